//! The section of the services that take words in: whether somebody is asked before they are accepted.

use std::time::Duration;

use clap::{Args, ValueEnum};

/// Whether a moderator is asked, and what counts where it does not answer.
#[derive(Debug, Clone, Args)]
pub struct ModerationSection {
    /// Whether a service is asked before words are accepted: `off`, or `open` or `closed`, which says whether words pass when it
    /// does not answer
    #[arg(long, env = "MODERATION", value_enum, default_value_t = Moderation::Off)]
    pub moderation: Moderation,
    /// Milliseconds that its answer may take
    #[arg(long, env = "MODERATION_TIMEOUT_MS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(10..=2500))]
    pub moderation_timeout_ms: u64,
}

/// Whether a moderator is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Moderation {
    /// Nobody is.
    Off,
    /// One is; without an answer words pass.
    Open,
    /// One is; without an answer words are refused.
    Closed,
}

impl ModerationSection {
    /// Whether words pass that nobody has judged; none: nobody is asked.
    #[must_use]
    pub const fn unjudged_pass(&self) -> Option<bool> {
        match self.moderation {
            Moderation::Off => None,
            Moderation::Open => Some(true),
            Moderation::Closed => Some(false),
        }
    }

    /// How long an answer may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.moderation_timeout_ms)
    }
}
