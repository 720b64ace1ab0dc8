//! Fills what messages are found by, beside the write path and never in it: looks at a short interval what was stored since.

use std::time::Duration;

use chat_protocol::partition::PARTITIONS;
use chat_runtime::backoff::Backoff;
use chat_store::search::filling::{self, Care, Filled, Limits};
use chat_store::{Database, StoreError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::config::SearchSection;

/// How long one round may take altogether. Each of its statements has a shorter limit in the database.
const ROUND_TIMEOUT: Duration = Duration::from_secs(30);
/// Rounds in which nothing is cut, one after the other, after which each partition has been looked at: the rest is stored newly,
/// and waits for the next look. Blocks that grow are written anew, so what comes at once is cheaper.
const ROUNDS_OF_A_LOOK: u32 = (PARTITIONS as u32).div_ceil(Limits::ROUND.partitions);
/// How often blocks of deleted conversations are looked for, and how many are removed at once.
const FORGET: Duration = Duration::from_mins(1);
const FORGET_AT_ONCE: u32 = 500;

/// Fills until `stop`, whatever fails meanwhile. Every worker does this: each round takes partitions that nobody else is at.
pub async fn run(database: Database, config: SearchSection, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = interval(config.interval());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut filler = Filler {
        database,
        care: Care::Fast,
        backoff: Backoff::new(Duration::from_millis(100), Duration::from_secs(5)),
        filled_at: Instant::now(),
    };
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        // A round that is cut off has not been.
        stop.run_until_cancelled(filler.catch_up()).await;
    }
    Ok(())
}

/// Removes the blocks of deleted conversations until `stop`. Nobody finds anything in them from the deletion on.
pub async fn forget_deleted(database: Database, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = interval(FORGET);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let mut is_more = true;
        while is_more && !stop.is_cancelled() {
            let forgotten = filling::forget_deleted(database.pool(), FORGET_AT_ONCE).await;
            is_more = matches!(forgotten, Ok(count) if count >= u64::from(FORGET_AT_ONCE));
            if let Err(error) = forgotten {
                tracing::debug!(%error, "no blocks are removed now");
            }
        }
    }
    Ok(())
}

struct Filler {
    database: Database,
    care: Care,
    backoff: Backoff,
    /// When there was last nothing left to do.
    filled_at: Instant,
}

impl Filler {
    /// Fills until everything that was stored when it began is filled, or something fails.
    async fn catch_up(&mut self) {
        let mut whole_rounds = 0;
        loop {
            let started = Instant::now();
            match self.round().await {
                Ok(filled) => {
                    note(filled);
                    whole_rounds = if filled.is_cut { 0 } else { whole_rounds + 1 };
                    if filled.partitions == 0 || whole_rounds == ROUNDS_OF_A_LOOK {
                        self.filled_at = Instant::now();
                        note_lag(Duration::ZERO);
                        return;
                    }
                    self.backoff.reset();
                    self.care = Care::Fast;
                    note_lag(self.filled_at.elapsed());
                    // Half of the time is left to what cannot wait.
                    sleep(started.elapsed()).await;
                }
                Err(error) => {
                    note_lag(self.filled_at.elapsed());
                    if error.is_transient() {
                        tracing::debug!(%error, "search is not filled now");
                    } else {
                        tracing::warn!(%error, "search cannot be filled as it is; trying each part by itself");
                        self.care = Care::Careful;
                    }
                    sleep(self.backoff.next_delay()).await;
                    return;
                }
            }
        }
    }

    async fn round(&self) -> Result<Filled, StoreError> {
        let round = Box::pin(filling::fill_round(self.database.pool(), Limits::ROUND, self.care));
        chat_store::within(ROUND_TIMEOUT, round).await
    }
}

fn note(filled: Filled) {
    metrics::counter!("chat_persistence_search_messages_total").increment(filled.messages as u64);
    metrics::counter!("chat_persistence_search_blocks_total").increment(filled.blocks as u64);
    metrics::counter!("chat_persistence_search_refused_total").increment(filled.refused as u64);
}

fn note_lag(lag: Duration) {
    metrics::gauge!("chat_persistence_search_behind_seconds").set(lag.as_secs_f64());
}
