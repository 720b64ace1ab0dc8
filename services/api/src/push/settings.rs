//! The settings of Web Push, checked before a public port opens.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chat_auth::VapidKey;
use chat_runtime::secret::Secret;
use clap::{Args, value_parser};

/// Whether browsers are told what their people miss, and what of it.
#[derive(Debug, Clone, Args)]
pub struct PushSection {
    /// The private key by which push services know this operator, from `chatctl vapid` [default: none, and nobody is told]
    #[arg(long, env = "VAPID_PRIVATE_KEY", hide_env_values = true, conflicts_with = "vapid_private_key_file")]
    pub vapid_private_key: Option<Secret>,
    /// The file that it is in
    #[arg(long, env = "VAPID_PRIVATE_KEY_FILE")]
    pub vapid_private_key_file: Option<PathBuf>,
    /// Whom push services may write to: mailto:… or https://…
    #[arg(long, env = "VAPID_SUBJECT")]
    pub vapid_subject: Option<String>,
    /// Whether the beginning of a message's text is told
    #[arg(long, env = "PUSH_SHOW_TEXT", default_value_t = false, action = clap::ArgAction::Set)]
    pub push_show_text: bool,
    /// Browsers of one person; the oldest go
    #[arg(long, env = "MAX_PUSH_SUBSCRIPTIONS", default_value_t = 20, value_parser = value_parser!(u32).range(1..=100))]
    pub max_push_subscriptions: u32,
    /// How long a push service keeps what it cannot bring to the browser, in seconds
    #[arg(long, env = "PUSH_TTL_SECS", default_value_t = 86_400, value_parser = value_parser!(u64).range(0..=2_419_200))]
    pub push_ttl_secs: u64,
    /// How many push services one api speaks to at once
    #[arg(long, env = "PUSH_CONCURRENCY", default_value_t = 32, value_parser = value_parser!(u32).range(1..=1024))]
    pub push_concurrency: u32,
    /// How often what was missed is looked for, in milliseconds
    #[arg(long, env = "PUSH_POLL_MS", default_value_t = 1000, value_parser = value_parser!(u64).range(10..=60_000))]
    pub push_poll_ms: u64,
}

/// Who we are to push services.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) key: VapidKey,
    pub(crate) subject: String,
}

impl PushSection {
    /// Who we are to push services; none: nobody is told anything.
    pub(crate) fn sender(&self) -> anyhow::Result<Option<Sender>> {
        let text = match (&self.vapid_private_key, &self.vapid_private_key_file) {
            (Some(secret), _) => secret.expose().to_owned(),
            (None, Some(file)) => std::fs::read_to_string(file).context("VAPID_PRIVATE_KEY_FILE")?,
            (None, None) => return Ok(None),
        };
        let key = VapidKey::parse(&text).context("VAPID_PRIVATE_KEY")?;
        let subject = self.vapid_subject.clone().context("VAPID_SUBJECT is needed with VAPID_PRIVATE_KEY")?;
        let is_address = subject.starts_with("mailto:") || subject.starts_with("https://");
        ensure!(is_address, "VAPID_SUBJECT: mailto:… or https://…");
        Ok(Some(Sender { key, subject }))
    }

    pub(crate) const fn poll(&self) -> Duration {
        Duration::from_millis(self.push_poll_ms)
    }
}
