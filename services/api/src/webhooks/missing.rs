//! What people have missed: what was not read for a while by who is not there. Gathered from the log, checked against presence, then told
//! to webhooks (as deliveries) and to whoever claims it from `chat_store::missed`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chat_runtime::backoff::Backoff;
use chat_store::log_positions::{Reader, pass_over};
use chat_store::missed::{self, Unchecked};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiError;
use crate::presence;

/// Rows that are checked at once, and how long they are kept from others meanwhile.
const CHECK: (u32, Duration) = (500, Duration::from_secs(10));
/// How often in a row it is gathered before it is checked.
const MAX_ROUNDS: usize = 20;
/// How often old rows are removed; and, where nobody wants to know, the position moved.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// Old rows that are removed at once.
const FORGET: u32 = 5000;

/// Looks until the stop.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let after = app.webhooks.settings.missed_after();
    let mut ticks = interval(app.webhooks.settings.missed_poll());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    let mut keep_house_at = Instant::now();
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let round = async {
            if !after.is_zero() {
                look(&app, after).await?;
            }
            if Instant::now() >= keep_house_at {
                app.within(pass_over(app.database.pool(), Reader::Missed)).await?;
                app.within(missed::forget(app.database.pool(), FORGET)).await?;
                keep_house_at = Instant::now() + HOUSEKEEPING;
            }
            Ok::<_, ApiError>(())
        };
        match stop.run_until_cancelled(round).await {
            None | Some(Ok(())) => backoff.reset(),
            Some(Err(error)) => {
                tracing::warn!("what was missed is not known now: {error}");
                stop.run_until_cancelled(sleep(backoff.next_delay())).await;
            }
        }
    }
    Ok(())
}

async fn look(app: &App, after: Duration) -> Result<(), ApiError> {
    let pool = app.database.pool();
    if !app.within(missed::is_wanted(pool)).await? {
        return Ok(());
    }
    for _ in 0..MAX_ROUNDS {
        if app.within(missed::gather(pool, after)).await? == 0 {
            break;
        }
    }
    loop {
        let rows = app.within(missed::claim_unchecked(pool, CHECK.0, CHECK.1)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let (here, away) = part(app, rows).await?;
        let count = app.within(missed::settle(pool, &away, &here)).await?;
        metrics::counter!("chat_api_missed_total").increment(count.unsigned_abs());
    }
}

/// Who of them is here and who is away. As long as that is not known nobody is told anything.
async fn part(app: &App, rows: Vec<Unchecked>) -> Result<(Vec<Uuid>, Vec<Uuid>), ApiError> {
    let people: BTreeSet<_> = rows.iter().map(|row| row.user_id).collect();
    let known = presence::ask(app, &people.into_iter().collect::<Vec<_>>()).await?;
    let (here, away): (Vec<Unchecked>, Vec<Unchecked>) = rows.into_iter().partition(|row| known.is_here(row.user_id));
    let ids = |rows: Vec<Unchecked>| rows.into_iter().map(|row| row.id).collect();
    Ok((ids(here), ids(away)))
}
