//! Everybody is told of what is revoked, at once where that works, and again until it has.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_bus::revocations::{self, Revocation};
use chat_bus::rpc::{RpcError, RpcService};
use chat_bus::{BusError, kv};
use chat_protocol::rpc::{RevocationsRequest, RevocationsResponse};
use chat_runtime::backoff::Backoff;
use chat_runtime::lifecycle::Lifecycle;
use chat_store::revoked_users;
use chat_store::token_families::{self, PAGE};
use tokio_util::sync::CancellationToken;

use super::{CLOCK_SLACK, Families};
use crate::app::App;
use crate::error::ApiError;

/// How often the bucket is compared with the database when nothing has happened.
const COMPARE_INTERVAL: Duration = Duration::from_secs(30);
/// After a comparison that failed: at most, at first and in the end.
const RETRY_DELAY: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

impl Families {
    /// Tells everybody, this api first. What cannot be told now is told later.
    pub(super) async fn tell(&self, revocation: Revocation) {
        if let Err(error) = self.revocations.revoke(revocation).await {
            tracing::warn!(%error, "a revocation could not be told yet");
            self.untold.lock().insert(revocation);
            self.has_untold.notify_one();
        }
    }

    /// Tells what could not be told before, whether the database is there or not.
    async fn tell_untold(&self) -> Result<(), BusError> {
        let untold: Vec<_> = self.untold.lock().iter().copied().collect();
        revocations::tell(&self.bus, &untold).await?;
        self.untold.lock().retain(|revocation| !untold.contains(revocation));
        Ok(())
    }
}

/// Answers gateways that come back to NATS, until the stop.
pub(crate) fn serve(service: &Arc<RpcService>, app: &Arc<App>, lifecycle: &Lifecycle) {
    let (stop, answering, shared) = (lifecycle.stop(), Arc::clone(service), Arc::clone(app));
    lifecycle.spawn("rpc revocations", async move {
        let bring_up_to_date = move |request| bring_up_to_date(Arc::clone(&shared), request);
        Ok(answering.serve("revocations", stop, bring_up_to_date).await?)
    });
}

/// While the database is away nothing is revoked either, and what was before was told then, or is told now by whoever could not.
async fn bring_up_to_date(app: Arc<App>, _: RevocationsRequest) -> Result<RevocationsResponse, RpcError> {
    match compare(&app).await {
        Ok(()) => {}
        Err(CompareError::Database(error)) => tracing::warn!(%error, "what is revoked is told without the database"),
        Err(CompareError::Bus(error)) => return Err(RpcError::Unavailable(error.to_string())),
    }
    Ok(RevocationsResponse {})
}

/// Keeps the buckets on NATS as they must be until the stop: declared, and with every revocation that still matters.
pub(crate) async fn keep_told(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut backoff = Backoff::new(RETRY_DELAY.0, RETRY_DELAY.1);
    loop {
        let stretch = app.families.revocations.stretch();
        let pause = match compare(&app).await {
            Ok(()) => {
                backoff.reset();
                COMPARE_INTERVAL
            }
            Err(error) => {
                tracing::warn!(%error, "revocations could not be compared");
                backoff.next_delay()
            }
        };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => {}
            () = app.families.has_untold.notified() => {}
            () = app.families.revocations.ended(stretch) => {}
        }
    }
}

/// Why a comparison failed.
#[derive(Debug, thiserror::Error)]
enum CompareError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Database(#[from] ApiError),
}

/// Lets the buckets hold what the database does. One comparison serves all who have asked before it began.
async fn compare(app: &App) -> Result<(), CompareError> {
    let (families, asked) = (&app.families, Instant::now());
    let mut last_begun = families.comparing.lock().await;
    if last_begun.is_some_and(|begun| begun >= asked) {
        return Ok(());
    }
    let (begun, stretch) = (Instant::now(), families.revocations.stretch());
    kv::declare(&families.bus, families.buckets).await?;
    families.tell_untold().await?;
    let told = revocations::told(&families.bus).await?;
    tell_families(app, &told).await?;
    tell_users(app, &told).await?;
    *families.compared_in.lock() = Some(stretch);
    *last_begun = Some(begun);
    Ok(())
}

async fn tell_families(app: &App, told: &HashSet<Revocation>) -> Result<(), CompareError> {
    let (pool, since) = (app.database.pool(), app.clock.now() - CLOCK_SLACK);
    let mut last = None;
    loop {
        let page = app.within(token_families::revoked(pool, since, last)).await?;
        last = page.last().copied();
        tell_page(app, page.iter().map(|family| Revocation::Family(family.id)), told).await?;
        if page.len() < PAGE {
            break;
        }
    }
    while app.within(token_families::forget_expired(pool, since)).await? == PAGE {}
    Ok(())
}

async fn tell_users(app: &App, told: &HashSet<Revocation>) -> Result<(), CompareError> {
    let (pool, since) = (app.database.pool(), app.clock.now() - app.families.buckets.users_age);
    let mut last = None;
    loop {
        let page = app.within(revoked_users::page(pool, since, last)).await?;
        last = page.last().copied();
        let revoked = page.iter().map(|user| Revocation::of_user(user.id, user.issued_before));
        tell_page(app, revoked, told).await?;
        if page.len() < PAGE {
            break;
        }
    }
    while app.within(revoked_users::forget(pool, since)).await? == PAGE {}
    Ok(())
}

async fn tell_page(
    app: &App,
    revoked: impl Iterator<Item = Revocation>,
    told: &HashSet<Revocation>,
) -> Result<(), BusError> {
    let revoked: Vec<_> = revoked.collect();
    app.families.revocations.learn(revoked.iter().copied());
    let untold: Vec<_> = revoked.into_iter().filter(|revocation| !told.contains(revocation)).collect();
    revocations::tell(&app.families.bus, &untold).await
}
