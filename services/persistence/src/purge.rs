//! Forgets what was needed until it was told: commands that were stored and published some time ago, which the stream never
//! drops by itself, and the rows of the outbox.

use std::collections::VecDeque;
use std::time::Duration;

use chat_bus::{Bus, streams};
use chat_store::{Database, outbox, partitions};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::StreamSection;

/// How often the lowest position is looked at, at the most.
const LOOK: Duration = Duration::from_mins(1);
/// How often news is forgotten.
const FORGET: Duration = Duration::from_mins(1);
/// How long news, and the answers of commands that leave nothing in the log, are kept at least; and how much longer than
/// the stream keeps commands, which may all be read again.
const OUTBOX_KEEP: (Duration, Duration) = (Duration::from_hours(1), Duration::from_mins(10));
/// Rows of the outbox that are forgotten at once, of each partition.
const FORGET_AT_ONCE: u32 = 500;

/// Forgets news and kept answers until `stop`. Every worker does this.
pub async fn forget_news(database: Database, config: StreamSection, stop: CancellationToken) -> anyhow::Result<()> {
    let keep = OUTBOX_KEEP.0.max(Duration::from_secs(config.commands_keep_secs) + OUTBOX_KEEP.1);
    let mut ticks = interval(FORGET);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let mut is_more = true;
        while is_more && !stop.is_cancelled() {
            let forgotten = outbox::forget(database.pool(), keep, FORGET_AT_ONCE).await;
            is_more = matches!(forgotten, Ok(count) if count >= u64::from(FORGET_AT_ONCE));
            match forgotten {
                Ok(count) => tracing::debug!(count, "forgot news"),
                Err(error) => tracing::debug!(%error, "no news is forgotten now"),
            }
        }
    }
    Ok(())
}

/// Forgets commands until `stop`. Every worker does this; purging twice does no harm.
pub async fn run(bus: Bus, database: Database, config: StreamSection, stop: CancellationToken) -> anyhow::Result<()> {
    let keep = Duration::from_secs(config.commands_keep_secs);
    let mut ticks = interval(LOOK.min(keep.max(Duration::from_secs(1))));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut marks = VecDeque::new();
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match lowest_pos(&bus, &database).await {
            Ok(pos) => marks.push_back((Instant::now(), pos)),
            Err(error) => {
                tracing::debug!(%error, "no purge now");
                continue;
            }
        }
        if let Some(pos) = due(&mut marks, Instant::now(), keep) {
            match streams::purge_commands_before(&bus, pos).await {
                Ok(purged) => tracing::debug!(purged, pos, "forgot stored commands"),
                Err(error) => tracing::warn!(%error, "cannot purge stored commands"),
            }
        }
    }
    Ok(())
}

async fn lowest_pos(bus: &Bus, database: &Database) -> anyhow::Result<i64> {
    let state = streams::look_at_commands(bus).await?;
    let incarnation = partitions::incarnation_of_stream(database.pool(), &state.created).await?;
    Ok(partitions::lowest_stored_pos(database.pool(), incarnation).await?)
}

/// The newest mark that is old enough; older ones are dropped.
fn due(marks: &mut VecDeque<(Instant, i64)>, now: Instant, keep: Duration) -> Option<i64> {
    let mut newest = None;
    while let Some((at, pos)) = marks.front().copied() {
        if now.duration_since(at) < keep {
            break;
        }
        newest = Some(pos);
        marks.pop_front();
    }
    newest.filter(|pos| *pos > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_stored_long_enough_ago_is_due() {
        let keep = Duration::from_mins(10);
        let start = Instant::now();
        let mut marks = VecDeque::from([(start, 5), (start + keep / 2, 9), (start + keep, 12)]);
        assert_eq!(due(&mut marks, start + keep - Duration::from_secs(1), keep), None);
        assert_eq!(due(&mut marks, start + keep + keep / 2, keep), Some(9));
        assert_eq!(marks, [(start + keep, 12)]);
    }
}
