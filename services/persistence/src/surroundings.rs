//! Measures what the worker stands on and nobody else sees: how full the stream of commands is, whether the clock of Postgres is ours, and
//! whether its standby is there.

use std::time::Duration;

use chat_bus::{Bus, streams};
use chat_store::{Database, surroundings};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(5);
/// How long a look at Postgres may take.
const LIMIT: Duration = Duration::from_secs(3);

/// Measures until `stop`; what cannot be measured stays as it was.
pub async fn run(bus: Bus, database: Database, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let look = async { tokio::join!(look_at_stream(&bus), look_at_database(&database)) };
        if stop.run_until_cancelled(look).await.is_none() {
            break;
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
async fn look_at_stream(bus: &Bus) {
    match streams::look_at_commands(bus).await {
        Ok(state) => {
            metrics::gauge!("chat_commands_stream_bytes").set(state.bytes as f64);
            metrics::gauge!("chat_commands_stream_limit_bytes").set(state.max_bytes as f64);
        }
        Err(error) => tracing::debug!(%error, "the stream of commands is not measured now"),
    }
}

async fn look_at_database(database: &Database) {
    match chat_store::within(LIMIT, surroundings::look(database.pool())).await {
        Ok(found) => {
            metrics::gauge!("chat_database_clock_offset_seconds").set(found.clock_offset_secs);
            metrics::gauge!("chat_database_standbys").set(f64::from(found.standbys));
            metrics::gauge!("chat_database_standbys_required").set(if found.is_standby_required { 1.0 } else { 0.0 });
        }
        Err(error) => tracing::debug!(%error, "Postgres is not measured now"),
    }
}
