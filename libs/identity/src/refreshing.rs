//! Looks at the keys of others from time to time, and when somebody asks for it; one look at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chat_runtime::backoff::Backoff;
use chat_runtime::lifecycle::Readiness;
use rand::Rng as _;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::config::AuthSection;
use crate::keyring::Keyring;
use crate::source::{KeySource, Loaded, SourceError};

/// Between the beginnings of two looks, however many unknown keys are asked for.
const MIN_GAP: Duration = Duration::from_secs(1);
/// Longest pause after failures, unless the interval is shorter.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// The looks, counted from 1.
#[derive(Default)]
pub(crate) struct Rounds {
    begun: AtomicU64,
    finished: watch::Sender<u64>,
    wanted: Notify,
}

impl Rounds {
    /// The number of the last look that has ended.
    pub(crate) fn finished(&self) -> watch::Receiver<u64> {
        self.finished.subscribe()
    }

    /// Asks for a look that begins after this moment; returns its number.
    pub(crate) fn want_next(&self) -> u64 {
        let next = self.begun.load(Ordering::Acquire) + 1;
        self.wanted.notify_one();
        next
    }

    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::AcqRel) + 1
    }
}

/// The task.
pub(crate) struct Refreshing {
    pub(crate) keyring: Keyring,
    pub(crate) section: AuthSection,
    pub(crate) source: KeySource,
    pub(crate) rounds: Arc<Rounds>,
    pub(crate) ready: Readiness,
}

impl Refreshing {
    /// Looks until the stop.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(MIN_GAP, MAX_PAUSE);
        loop {
            let (round, begun) = (self.rounds.begin(), Instant::now());
            let Some(loaded) = stop.run_until_cancelled(self.source.load()).await else { return Ok(()) };
            let pause = match self.take(loaded) {
                Ok(()) => {
                    backoff.reset();
                    // Never later than promised, and not all processes at once.
                    self.source.interval.mul_f64(rand::rng().random_range(0.9..=1.0))
                }
                Err(error) => {
                    tracing::warn!("{}: {error}; the keys that are known go on", self.source.describe());
                    backoff.next_delay().min(self.source.interval)
                }
            };
            self.rounds.finished.send_replace(round);
            let asked = async {
                self.rounds.wanted.notified().await;
                sleep_until(begun + MIN_GAP).await;
            };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep_until(begun + pause.max(MIN_GAP)) => {}
                () = asked => {}
            }
        }
    }

    fn take(&mut self, loaded: Result<Option<Loaded>, SourceError>) -> Result<(), SourceError> {
        let result = if loaded.is_ok() { "ok" } else { "failed" };
        metrics::counter!("chat_identity_key_refreshes_total", "result" => result).increment(1);
        let loaded = loaded?;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        metrics::gauge!("chat_identity_keys_checked_timestamp_seconds").set(chrono::Utc::now().timestamp() as f64);
        let Some(Loaded { keys, skipped }) = loaded else { return Ok(()) };
        self.source.report(&keys);
        for key in skipped {
            tracing::info!(kid = key.kid, reason = key.reason, "a published key is not used");
        }
        self.keyring.replace(self.section.verifier(Some(keys)));
        self.ready.set("keys", true);
        Ok(())
    }
}
