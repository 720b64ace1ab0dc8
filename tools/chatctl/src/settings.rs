//! Settings that several jobs share; the same variables as the services'.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chat_auth::{MIN_SECRET_BYTES, Rules, Signer};
use chat_bus::{Bus, NatsOptions};
use chat_runtime::config::NatsSection;
use chat_runtime::secret::Secret;
use chat_store::Database;
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;

/// How many statements run at once.
pub(crate) const CONNECTIONS: u32 = 4;

/// How long NATS may take to be there.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Connects to NATS, and makes sure that somebody answers there.
pub(crate) async fn connect(nats: &NatsSection) -> anyhow::Result<Bus> {
    let options = NatsOptions {
        url: nats.nats_url.clone(),
        user: nats.nats_user.clone(),
        password: nats.nats_password.as_ref().map(|password| password.expose().to_owned()),
        name: format!("chatctl-{:08x}", rand::random::<u32>()),
    };
    let bus = Bus::connect_over(&options, &nats.tls_files().into()).await?;
    let connected = tokio::time::timeout(CONNECT_LIMIT, bus.flush()).await;
    connected.context("NATS_URL: nobody answers there")??;
    Ok(bus)
}

/// Where Postgres is.
#[derive(Debug, Args)]
pub(crate) struct DatabaseSettings {
    /// Connection string of Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Secret,
}

impl DatabaseSettings {
    pub(crate) fn open(&self) -> anyhow::Result<Database> {
        Ok(Database::new(self.database_url.expose(), CONNECTIONS)?)
    }

    /// For statements that go through whole tables, and may take minutes.
    pub(crate) fn open_patiently(&self) -> anyhow::Result<Database> {
        Ok(Database::patient(self.database_url.expose(), CONNECTIONS)?)
    }
}

/// A new file that nobody else may read.
pub(crate) fn create_private(path: &Path) -> anyhow::Result<File> {
    let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    opened.with_context(|| format!("cannot write {}", path.display()))
}

/// What tokens are signed with.
#[expect(clippy::struct_field_names, reason = "named like their variables")]
#[derive(Debug, Args)]
pub(crate) struct TokenSettings {
    /// Shared secret that signs tokens (HS256), at least 32 bytes
    #[arg(long, env = "JWT_SECRET", hide_env_values = true)]
    jwt_secret: Secret,
    /// The issuer to name
    #[arg(long, env = "JWT_ISSUER")]
    jwt_issuer: Option<String>,
    /// The audience to name
    #[arg(long, env = "JWT_AUDIENCE")]
    jwt_audience: Option<String>,
}

impl TokenSettings {
    pub(crate) fn signer(&self, ttl: Duration) -> anyhow::Result<Signer> {
        let secret = self.jwt_secret.expose().as_bytes();
        ensure!(secret.len() >= MIN_SECRET_BYTES, "JWT_SECRET: at least {MIN_SECRET_BYTES} bytes are needed");
        let rules = Rules {
            issuer: given(self.jwt_issuer.as_ref()),
            audience: given(self.jwt_audience.as_ref()),
            ..Rules::default()
        };
        Ok(Signer::hs256(secret, rules, ttl))
    }
}

/// A variable that is set but empty counts as not set, as in the services.
fn given(setting: Option<&String>) -> Option<String> {
    setting.cloned().filter(|text| !text.is_empty())
}

/// A time, or how long ago it was.
pub(crate) fn parse_since(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let wrong = || "a time such as 2026-11-23T09:10:42Z, or 90s, 15m, 6h, 2d".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: i64 = number.parse().ok().filter(|number| *number >= 0).ok_or_else(wrong)?;
    let ago = match unit {
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        _ => None,
    };
    ago.and_then(|ago| Utc::now().checked_sub_signed(ago)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_given_or_counted_back() {
        assert_eq!(parse_since("2026-11-23T11:10:42+02:00").unwrap().to_string(), "2026-11-23 09:10:42 UTC");
        let age = |text: &str| (Utc::now() - parse_since(text).unwrap()).num_seconds();
        for (text, seconds) in [("90s", 90), ("15m", 900), ("6h", 21_600), ("2d", 172_800), ("0s", 0)] {
            assert!((seconds - 1..seconds + 5).contains(&age(text)), "{text}");
        }
        for bad in ["", "m", "-5m", "5", "5y", "yesterday", "99999999999999999999s", "9999999999999d", "é"] {
            assert!(parse_since(bad).is_err(), "{bad}");
        }
    }
}
