//! What the environment says about all scenarios.

use std::time::Duration;

use clap::Parser;

/// The settings of a run.
#[derive(Debug, Clone, Parser)]
pub struct Settings {
    /// Seed of all chances of the load; printed by every run
    #[arg(long, env = "SEED")]
    pub seed: Option<u64>,
    /// Seconds of the campaign; without it, there is none
    #[arg(long, env = "FAULTS_SECONDS")]
    pub faults_seconds: Option<u64>,
    /// Set where machines are slow and shared: deadlines are three times as long
    #[arg(long, env = "CI")]
    pub ci: Option<String>,
}

impl Settings {
    /// From the environment alone: the arguments are the test program's.
    #[must_use]
    pub fn read() -> Self {
        Self::parse_from(["chatcheck"])
    }

    /// A promised deadline as it is asserted here.
    #[must_use]
    pub fn deadline(&self, promised: Duration) -> Duration {
        if self.ci.is_some() { promised * 3 } else { promised }
    }
}
