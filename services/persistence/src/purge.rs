//! Forgets commands that were stored and published some time ago. The stream never drops anything by itself.

use std::collections::VecDeque;
use std::time::Duration;

use chat_bus::{Bus, streams};
use chat_store::{Database, partitions};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::StreamSection;

/// How often the lowest position is looked at, at the most.
const LOOK: Duration = Duration::from_mins(1);

/// Runs until `stop`. Every worker does this; purging twice does no harm.
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
