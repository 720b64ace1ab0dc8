//! Claims what was missed and tells the person's browsers: each once, again where a push service cannot now, never what was read
//! meanwhile or is muted. Any number of apis do this side by side; what one that dies had claimed is claimed again.

use std::sync::Arc;
use std::time::Duration;

use chat_store::missed::{self, Missed};
use chat_store::push::{self, Subscription};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::notice;
use super::request::{self, Message, Outcome};
use super::settings::Sender;
use crate::app::App;
use crate::error::ApiError;
use crate::presence;

/// How much longer than one attempt at each browser a claim is kept from others.
const LEASE_MARGIN: Duration = Duration::from_secs(30);

/// Tells until the stop, and then what is under way.
pub(super) async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let most = app.push.settings.push_concurrency;
    let mut ticks = interval(app.push.settings.poll());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way = JoinSet::new();
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        while under_way.try_join_next().is_some() {}
        let free = most.saturating_sub(u32::try_from(under_way.len()).unwrap_or(u32::MAX));
        if free == 0 {
            continue;
        }
        let lease = app.webhooks.settings.timeout() * app.push.settings.max_push_subscriptions + LEASE_MARGIN;
        match app.within(missed::claim(app.database.pool(), free, lease)).await {
            Ok(claimed) => {
                for one in claimed {
                    let app = Arc::clone(&app);
                    under_way.spawn(async move { tell(&app, &one).await });
                }
            }
            Err(error) => tracing::warn!("nobody can be told what was missed now: {error}"),
        }
    }
    while under_way.join_next().await.is_some() {}
    Ok(())
}

/// Tells everybody's browsers. If something of ours goes wrong, the claim runs out and it is tried again.
async fn tell(app: &App, missed: &Missed) {
    if let Err(error) = tell_each(app, missed).await {
        tracing::warn!("somebody is told later what was missed: {error}");
    }
}

async fn tell_each(app: &App, missed: &Missed) -> Result<(), ApiError> {
    let (pool, settings) = (app.database.pool(), &app.push.settings);
    let Some(sender) = &app.push.sender else { return Ok(()) };
    let subscriptions = app.within(push::untold(pool, missed, settings.max_push_subscriptions)).await?;
    let notice = match app.within(push::find_notice(pool, missed)).await? {
        Some(notice) if !subscriptions.is_empty() && !is_here(app, missed).await? => notice,
        _ => return app.within(missed::finish(pool, missed.id)).await,
    };
    let text = notice::encode(missed.conversation_id, notice, settings.push_show_text);
    let mut pause = None;
    for to in &subscriptions {
        let outcome = tell_one(app, sender, missed, to, &text).await?;
        if let Outcome::Later(at_least) = outcome {
            pause = pause.max(Some(at_least));
        }
    }
    match pause {
        Some(at_least) => app.within(push::retry(pool, missed, at_least)).await,
        None => app.within(missed::finish(pool, missed.id)).await,
    }
}

/// Whoever is back sees it there.
async fn is_here(app: &App, missed: &Missed) -> Result<bool, ApiError> {
    Ok(presence::ask(app, &[missed.user_id]).await?.is_here(missed.user_id))
}

async fn tell_one(
    app: &App,
    sender: &Sender,
    missed: &Missed,
    to: &Subscription,
    text: &[u8],
) -> Result<Outcome, ApiError> {
    let pool = app.database.pool();
    let message = Message { to, conversation: missed.conversation_id, text };
    let outcome = request::send(&message, sender, &app.push.settings, &app.webhooks).await;
    metrics::counter!("chat_api_push_messages_total", "outcome" => outcome.label()).increment(1);
    match outcome {
        Outcome::Taken | Outcome::Refused => app.within(push::note_told(pool, missed, to.id)).await?,
        Outcome::Gone => app.within(push::forget(pool, to)).await?,
        Outcome::Later(_) => {}
    }
    if outcome != Outcome::Taken {
        tracing::debug!(subscription = %to.id, outcome = outcome.label(), "a browser was not told");
    }
    Ok(outcome)
}
