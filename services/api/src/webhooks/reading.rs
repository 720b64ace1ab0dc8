//! From the log to deliveries: looks at a short interval what was stored since, in the transaction that moves the position. Nothing is lost
//! with NATS or with an api; what is stored waits in the log until somebody reads it. And removes what is over for long.

use std::sync::Arc;
use std::time::Duration;

use chat_runtime::backoff::Backoff;
use chat_store::log_positions::{Reader, pass_over};
use chat_store::webhooks::sending;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::error::ApiError;

/// How often what is over is removed; and, where there is no endpoint, the position moved.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// How often it is measured what waits.
const MEASURE: Duration = Duration::from_secs(10);
/// How many deliveries are removed at once, and how often in a row.
const SWEEP: (u32, usize) = (1000, 100);

/// Reads until the stop.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = interval(app.webhooks.settings.poll());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let (mut keep_house_at, mut measure_at) = (Instant::now(), Instant::now());
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let round = async {
            read(&app).await?;
            if Instant::now() >= keep_house_at {
                keep_house(&app).await?;
                keep_house_at = Instant::now() + HOUSEKEEPING;
            }
            if Instant::now() >= measure_at {
                measure(&app).await?;
                measure_at = Instant::now() + MEASURE;
            }
            Ok::<_, ApiError>(())
        };
        // A round that is cut off has not been.
        match stop.run_until_cancelled(round).await {
            None | Some(Ok(())) => backoff.reset(),
            Some(Err(error)) => {
                tracing::warn!("the log is not read for webhooks now: {error}");
                stop.run_until_cancelled(sleep(backoff.next_delay())).await;
            }
        }
    }
    Ok(())
}

/// Reads until there is nothing new.
async fn read(app: &App) -> Result<(), ApiError> {
    let pool = app.database.pool();
    if !app.within(sending::is_wanted(pool)).await? {
        return Ok(());
    }
    loop {
        let done = app.within(sending::fan_out(pool)).await?;
        metrics::counter!("chat_api_webhook_deliveries_made_total").increment(done.deliveries.unsigned_abs());
        if done.partitions == 0 {
            return Ok(());
        }
    }
}

async fn keep_house(app: &App) -> Result<(), ApiError> {
    let pool = app.database.pool();
    app.within(pass_over(pool, Reader::Webhooks)).await?;
    for _ in 0..SWEEP.1 {
        if app.within(sending::sweep(pool, app.webhooks.settings.kept(), SWEEP.0)).await? < u64::from(SWEEP.0) {
            break;
        }
    }
    Ok(())
}

async fn measure(app: &App) -> Result<(), ApiError> {
    let pool = app.database.pool();
    let (due, oldest) = app.within(sending::backlog(pool)).await?;
    metrics::gauge!("chat_api_webhook_deliveries_due").set(u32::try_from(due).unwrap_or(u32::MAX));
    metrics::gauge!("chat_api_webhook_oldest_due_seconds").set(oldest);
    Ok(())
}
