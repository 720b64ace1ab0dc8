//! Families of tokens: begun, gone on with, ended. Postgres has the truth; the bucket on NATS follows it.

mod telling;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chat_auth::{RefreshToken, TokenError};
use chat_bus::Bus;
use chat_bus::kv::BucketSettings;
use chat_bus::revocations::Revocations;
use chat_protocol::ids::{FamilyId, TokenId, UserId};
use chat_store::token_families::{self, IssuedToken, Presented, Rotation};
use chrono::{DateTime, Utc};
use tokio::sync::Notify;

pub(crate) use self::telling::keep_told;
use crate::app::App;
use crate::config::Config;
use crate::error::ApiError;

/// How much longer than access tokens are good their revocation is remembered: for clocks that differ.
const CLOCK_SLACK: Duration = Duration::from_mins(1);

/// What this api knows of families, and how it tells of them.
pub(crate) struct Families {
    bus: Bus,
    revocations: Revocations,
    buckets: BucketSettings,
    access_ttl: Duration,
    refresh_ttl: Duration,
    grace: Duration,
    /// Whether the database has been compared with the bucket since the start.
    is_compared: AtomicBool,
    /// Somebody could not be told.
    untold: Notify,
}

impl Families {
    pub(crate) fn new(config: &Config, bus: Bus, revocations: Revocations) -> Self {
        let access_ttl = Duration::from_secs(config.tokens.access_token_ttl_secs);
        Self {
            bus,
            revocations,
            buckets: BucketSettings {
                replicas: usize::from(config.shared.stream_replicas),
                revocations_age: access_ttl + CLOCK_SLACK,
            },
            access_ttl,
            refresh_ttl: Duration::from_secs(config.tokens.refresh_token_ttl_secs),
            grace: Duration::from_secs(config.tokens.refresh_grace_secs),
            is_compared: AtomicBool::new(false),
            untold: Notify::new(),
        }
    }

    fn issue(&self, now: DateTime<Utc>) -> (IssuedToken, DateTime<Utc>) {
        // What the token says must be what is stored, so that it can be signed again: whole seconds.
        let issued_at = DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now);
        let token = IssuedToken { id: TokenId::generate(), issued_at, expires_at: issued_at + self.refresh_ttl };
        (token, issued_at + self.access_ttl)
    }
}

/// Begins a family; returns it with its first refresh token.
pub(crate) async fn begin(app: &App, user_id: UserId) -> Result<(FamilyId, IssuedToken), ApiError> {
    let family = FamilyId::generate();
    let (first, access_until) = app.families.issue(app.clock.now());
    app.within(token_families::begin(app.database.pool(), family, user_id, first, access_until)).await?;
    Ok((family, first))
}

/// The successor of a refresh token: for a while the same, however often it is asked for. Later use ends the family.
pub(crate) async fn go_on(app: &Arc<App>, token: RefreshToken) -> Result<IssuedToken, ApiError> {
    let app = Arc::clone(app);
    to_the_end(async move {
        let (fresh, access_until) = app.families.issue(app.clock.now());
        let presented = Presented { id: token.id, family: token.family, user_id: token.user_id };
        let grace = app.families.grace;
        let rotate = token_families::rotate(app.database.pool(), presented, fresh, access_until, grace);
        match app.within(rotate).await? {
            Rotation::Successor(successor) => Ok(successor),
            Rotation::Unknown => Err(TokenError::Invalid("of no family of ours").into()),
            Rotation::Revoked => Err(TokenError::Invalid("of a revoked family").into()),
            Rotation::Reused => {
                tracing::warn!(user = %token.user_id, family = %token.family, "a refresh token came back late: family revoked");
                app.families.tell(token.family).await;
                Err(TokenError::Invalid("used before").into())
            }
        }
    })
    .await
}

/// Ends a family. When this returns, the database has it.
pub(crate) async fn end(app: &Arc<App>, token: RefreshToken) -> Result<(), ApiError> {
    let app = Arc::clone(app);
    to_the_end(async move {
        let known = app.within(token_families::revoke(app.database.pool(), token.family, token.user_id)).await?;
        if !known {
            return Err(TokenError::Invalid("of no family of ours").into());
        }
        app.families.tell(token.family).await;
        Ok(())
    })
    .await
}

/// Refuses tokens of revoked families: by the copy here while it is whole, otherwise by the database.
pub(crate) async fn check(app: &App, family: Option<FamilyId>) -> Result<(), ApiError> {
    let (Some(family), families) = (family, &app.families) else { return Ok(()) };
    let revocations = &families.revocations;
    let is_whole = families.is_compared.load(Ordering::Acquire) && revocations.is_complete();
    let is_revoked = revocations.is_revoked(family)
        || (!is_whole && app.within(token_families::is_revoked(app.database.pool(), family)).await?);
    if is_revoked { Err(TokenError::Invalid("of a revoked family").into()) } else { Ok(()) }
}

/// Carries on when the request is gone: what the database has must be told.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|_| ApiError::Unavailable("the work was cut short"))?
}
