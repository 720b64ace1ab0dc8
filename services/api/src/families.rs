//! Families of tokens: begun, gone on with, ended; and whole people whose tokens end. Postgres has the truth; the buckets on
//! NATS follow it.

mod telling;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_auth::{Claims, RefreshToken, TokenError};
use chat_bus::Bus;
use chat_bus::kv::BucketSettings;
use chat_bus::revocations::{Origin, Revocation, Revocations, Stretch};
use chat_protocol::ids::{FamilyId, TokenId, UserId};
use chat_protocol::time::Timestamp;
use chat_store::revoked_users;
use chat_store::token_families::{self, IssuedToken, Presented, Rotation};
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio::sync::Notify;

pub(crate) use self::telling::{keep_told, serve};
use crate::app::App;
use crate::config::Config;
use crate::error::ApiError;

/// How much longer than tokens are good their revocation is remembered: for clocks that differ.
const CLOCK_SLACK: Duration = Duration::from_mins(1);

/// What this api knows of families and of people whose tokens are revoked, and how it tells of them.
pub(crate) struct Families {
    bus: Bus,
    revocations: Revocations,
    buckets: BucketSettings,
    access_ttl: Duration,
    refresh_ttl: Duration,
    grace: Duration,
    /// The stretch of hearing in which the database was compared with the buckets last.
    compared_in: Mutex<Option<Stretch>>,
    /// When the last comparison began; held while one is under way.
    comparing: tokio::sync::Mutex<Option<Instant>>,
    /// What could not be told.
    untold: Mutex<HashSet<Revocation>>,
    /// There is something that could not be told.
    has_untold: Notify,
}

impl Families {
    pub(crate) fn new(config: &Config, bus: Bus, revocations: Revocations) -> Self {
        let access_ttl = Duration::from_secs(config.tokens.access_token_ttl_secs);
        let longest_token = access_ttl.max(Duration::from_secs(config.tokens.outside_token_max_secs));
        Self {
            bus,
            revocations,
            buckets: BucketSettings {
                replicas: usize::from(config.shared.stream_replicas),
                families_age: access_ttl + CLOCK_SLACK,
                users_age: longest_token + CLOCK_SLACK,
            },
            access_ttl,
            refresh_ttl: Duration::from_secs(config.tokens.refresh_token_ttl_secs),
            grace: Duration::from_secs(config.tokens.refresh_grace_secs),
            compared_in: Mutex::default(),
            comparing: tokio::sync::Mutex::default(),
            untold: Mutex::default(),
            has_untold: Notify::new(),
        }
    }

    /// Whether the copy here knows everything that the database does.
    fn knows_everything(&self) -> bool {
        let revocations = &self.revocations;
        *self.compared_in.lock() == Some(revocations.stretch()) && revocations.is_complete()
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
                app.families.tell(Revocation::Family(token.family)).await;
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
        app.families.tell(Revocation::Family(token.family)).await;
        Ok(())
    })
    .await
}

/// Ends every family of a person, and refuses every token of theirs that was issued before a moment or does not say when, whoever
/// issued it: everywhere within two seconds. When this returns, the database has it.
pub(crate) async fn revoke_user(app: &Arc<App>, user_id: UserId, issued_before: DateTime<Utc>) -> Result<(), ApiError> {
    let (app, issued_before) = (Arc::clone(app), Timestamp::from(issued_before));
    to_the_end(async move {
        app.within(revoked_users::revoke(app.database.pool(), user_id, issued_before)).await?;
        app.families.tell(Revocation::of_user(user_id, issued_before)).await;
        Ok(())
    })
    .await
}

/// Refuses revoked tokens: by the copy here while it is whole, otherwise by the database.
pub(crate) async fn check(app: &App, claims: &Claims) -> Result<(), ApiError> {
    let issued_at = claims.issued_at.map(Timestamp::from);
    let origin = Origin { user_id: claims.user_id, issued_at, family: claims.family };
    let families = &app.families;
    if families.revocations.is_revoked(&origin) || (!families.knows_everything() && is_revoked(app, &origin).await?) {
        return Err(TokenError::Invalid("revoked").into());
    }
    Ok(())
}

async fn is_revoked(app: &App, origin: &Origin) -> Result<bool, ApiError> {
    let pool = app.database.pool();
    if let Some(family) = origin.family
        && app.within(token_families::is_revoked(pool, family)).await?
    {
        return Ok(true);
    }
    let moment = app.within(revoked_users::revoked_before(pool, origin.user_id)).await?;
    Ok(moment.is_some_and(|moment| origin.is_before(moment)))
}

/// Carries on when the request is gone: what the database has must be told.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::spawn(work).await.map_err(|_| ApiError::Unavailable("the work was cut short"))?
}
