//! Everybody is told of the families that have ended, at once where that works, and again until it has.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chat_bus::{BusError, kv, revocations};
use chat_protocol::ids::FamilyId;
use chat_runtime::backoff::Backoff;
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
    pub(super) async fn tell(&self, family: FamilyId) {
        self.revocations.learn([family]);
        if let Err(error) = revocations::tell(&self.bus, &[family]).await {
            tracing::warn!(%error, "a revocation could not be told yet");
            self.untold.notify_one();
        }
    }
}

/// Keeps the buckets on NATS as they must be until the stop: declared, and with every revocation that still matters.
pub(crate) async fn keep_told(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let mut disturbances = app.families.bus.disturbances();
    let mut backoff = Backoff::new(RETRY_DELAY.0, RETRY_DELAY.1);
    loop {
        disturbances.mark_unchanged();
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
            () = app.families.untold.notified() => {}
            changed = disturbances.changed() => if changed.is_err() { return Ok(()) },
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

async fn compare(app: &App) -> Result<(), CompareError> {
    let (families, pool) = (&app.families, app.database.pool());
    kv::declare(&families.bus, families.buckets).await?;
    let told: HashSet<FamilyId> = revocations::told(&families.bus).await?;
    let since = app.clock.now() - CLOCK_SLACK;
    let mut last = None;
    loop {
        let page = app.within(token_families::revoked(pool, since, last)).await?;
        last = page.last().copied();
        let revoked: Vec<_> = page.into_iter().map(|family| family.id).collect();
        families.revocations.learn(revoked.iter().copied());
        let untold: Vec<_> = revoked.iter().copied().filter(|family| !told.contains(family)).collect();
        revocations::tell(&families.bus, &untold).await?;
        if revoked.len() < PAGE {
            break;
        }
    }
    families.is_compared.store(true, Ordering::Release);
    while app.within(token_families::forget_expired(pool, since)).await? == PAGE {}
    Ok(())
}
