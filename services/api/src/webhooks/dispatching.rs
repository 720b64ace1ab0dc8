//! Claims deliveries and tries them, a bounded number at once and of each endpoint fewer, so that a slow one holds up nobody else.

use std::sync::Arc;
use std::time::Duration;

use chat_store::webhooks::sending::{self, Claimed, Failure};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::attempt::Outcome;
use super::schedule::delay;
use crate::app::App;
use crate::error::ApiError;

/// When it is tried again after something of ours went wrong, which says nothing about the endpoint.
const OUR_FAULT: Duration = Duration::from_secs(10);

/// Tries until the stop, and then what is under way.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let most = app.webhooks.settings.webhook_concurrency;
    let mut ticks = interval(app.webhooks.settings.poll());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way = JoinSet::new();
    let mut has_more = false;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
            Some(_) = under_way.join_next(), if has_more => {}
        }
        while under_way.try_join_next().is_some() {}
        let free = most.saturating_sub(u32::try_from(under_way.len()).unwrap_or(u32::MAX));
        // A few at once rather than each by itself.
        if free == 0 || has_more && free < most.div_ceil(4) {
            continue;
        }
        let claimed = match stop.run_until_cancelled(claim(&app, free)).await {
            None => break,
            Some(Ok(claimed)) => claimed,
            Some(Err(error)) => {
                tracing::warn!("nothing can be delivered to webhooks now: {error}");
                Vec::new()
            }
        };
        has_more = !claimed.is_empty();
        for one in claimed {
            let app = Arc::clone(&app);
            under_way.spawn(async move { deliver(&app, &one).await });
        }
    }
    while under_way.join_next().await.is_some() {}
    Ok(())
}

async fn claim(app: &App, free: u32) -> Result<Vec<Claimed>, ApiError> {
    app.within(sending::claim(app.database.pool(), app.webhooks.settings.share(free))).await
}

/// Makes the attempt and writes down what became of it. If that cannot be written, the lease runs out and it is tried again.
async fn deliver(app: &App, claimed: &Claimed) {
    let outcome = match app.within(sending::find_data(app.database.pool(), claimed)).await {
        Ok(Some(data)) => app.webhooks.sender.attempt(claimed, &data).await,
        Ok(None) => return note(app, claimed, ours("event_gone", None)).await,
        Err(error) => {
            tracing::warn!("an event for a webhook cannot be read now: {error}");
            return note(app, claimed, ours("unavailable", Some(OUR_FAULT))).await;
        }
    };
    let settings = &app.webhooks.settings;
    match outcome {
        Outcome::Taken(status) => {
            count("taken");
            let noted = app.within(sending::note_delivered(app.database.pool(), claimed, status)).await;
            noted
                .unwrap_or_else(|error| tracing::warn!("a delivery is repeated, its success cannot be noted: {error}"));
        }
        Outcome::Failed { status, error, retry_after, is_gone } => {
            count(error);
            let retry_in = delay(&settings.schedule(), claimed.attempt, retry_after).filter(|_| !is_gone);
            let disable_after = settings.disable_after();
            let failure = Failure { status, error, retry_in, is_gone, is_ours: false, disable_after };
            note(app, claimed, failure).await;
        }
    }
}

fn ours(error: &'static str, retry_in: Option<Duration>) -> Failure {
    Failure { status: None, error, retry_in, is_gone: false, is_ours: true, disable_after: Duration::ZERO }
}

async fn note(app: &App, claimed: &Claimed, failure: Failure) {
    let (endpoint, event) = (claimed.endpoint, claimed.event_id);
    tracing::debug!(%endpoint, %event, attempt = claimed.attempt, error = failure.error, "not delivered");
    match app.within(sending::note_failed(app.database.pool(), claimed, failure)).await {
        Ok(None) => {}
        Ok(Some(reason)) => tracing::warn!(%endpoint, reason, "a webhook is disabled"),
        Err(error) => tracing::warn!("a failed delivery cannot be noted: {error}"),
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("chat_api_webhook_attempts_total", "outcome" => outcome).increment(1);
}
