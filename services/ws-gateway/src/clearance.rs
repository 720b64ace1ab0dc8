//! Whether anything that comes from NATS may be told to anybody. Not while it is unknown whose tokens were revoked: then sockets
//! stay open, and hear nothing.

use std::time::{Duration, Instant};

use chat_bus::revocations::Revocations;
use chat_runtime::faults;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often it is looked at how long the list of revocations is waited for.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// The clearance of a gateway. Clones share it.
#[derive(Debug, Clone)]
pub struct Clearance {
    revocations: Revocations,
    /// Whether the list was waited for too long.
    is_overdue: watch::Sender<bool>,
}

impl Clearance {
    /// As far as these revocations are known.
    #[must_use]
    pub fn new(revocations: Revocations) -> Self {
        Self { revocations, is_overdue: watch::Sender::default() }
    }

    /// Whether everything is known that was revoked up to a moment ago.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.revocations.is_complete() || faults::on("mutant.no_clearance")
    }

    /// Returns when it is given.
    pub async fn given(&self) {
        self.revocations.completed().await;
    }

    /// Returns when NATS is there and the list of revocations still cannot be had, for longer than may be waited.
    pub async fn overdue(&self) {
        // The sender lives as long as this does.
        let _ = self.is_overdue.subscribe().wait_for(|is_overdue| *is_overdue).await;
    }

    /// Looks until the stop whether the list is waited for too long.
    pub async fn run(self, patience: Duration, stop: CancellationToken) -> anyhow::Result<()> {
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        let mut waited_since = None;
        while stop.run_until_cancelled(looks.tick()).await.is_some() {
            let is_waiting = self.revocations.hears() && !self.revocations.is_complete();
            waited_since = is_waiting.then(|| waited_since.unwrap_or_else(Instant::now));
            let is_overdue = waited_since.is_some_and(|since| since.elapsed() >= patience);
            if self.is_overdue.send_replace(is_overdue) != is_overdue && is_overdue {
                tracing::error!("what is revoked cannot be listed: sockets of token families are closed");
            }
        }
        Ok(())
    }
}
