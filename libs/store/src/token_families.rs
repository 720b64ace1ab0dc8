//! Families of tokens: which refresh token is the newest of each, and which families are revoked. This is the truth;
//! what is told on NATS follows from it.

use std::time::Duration;

use chat_protocol::ids::{FamilyId, TokenId, UserId};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// Families of one page of [`revoked`], and of one round of [`forget_expired`].
pub const PAGE: usize = 1000;

/// A refresh token as it is stored, and until when the access token that goes with it is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuedToken {
    /// Which.
    pub id: TokenId,
    /// In whole seconds, as the token says it.
    pub issued_at: DateTime<Utc>,
    /// In whole seconds, as the token says it.
    pub expires_at: DateTime<Utc>,
}

/// Whose refresh token, of which family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Which.
    pub id: TokenId,
    /// Its family.
    pub family: FamilyId,
    /// Its person.
    pub user_id: UserId,
}

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Its successor: made now, or by whoever came before within the grace.
    Successor(IssuedToken),
    /// There is no such family of this person.
    Unknown,
    /// The family was revoked before.
    Revoked,
    /// It was used before, too long ago: the family is revoked by this.
    Reused,
}

/// A family that is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedFamily {
    /// Which.
    pub id: FamilyId,
    /// Until when one of its access tokens may be good.
    pub access_until: DateTime<Utc>,
}

/// Begins a family with its first refresh token.
pub async fn begin(
    pool: &PgPool,
    family: FamilyId,
    user_id: UserId,
    first: IssuedToken,
    access_until: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query(
        "with family as (insert into token_families (id, user_id, access_until, refresh_until) values ($1, $2, $3, $6)
                         returning id)
         insert into refresh_tokens (id, family_id, issued_at, expires_at) select $4, id, $5, $6 from family",
    )
    .bind(family.uuid())
    .bind(user_id.get())
    .bind(access_until)
    .bind(first.id.uuid())
    .bind(first.issued_at)
    .bind(first.expires_at)
    .execute(pool)
    .await?;
    Ok(())
}

/// Answers a refresh token with its successor: `fresh` if it has none yet. One that was used longer than `grace` ago
/// revokes its family.
pub async fn rotate(
    pool: &PgPool,
    token: Presented,
    fresh: IssuedToken,
    access_until: DateTime<Utc>,
    grace: Duration,
) -> Result<Rotation, StoreError> {
    type Row = (i16, Option<Uuid>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);
    let row: Row = sqlx::query_as(
        "select outcome, id, issued_at, expires_at
           from rotate_refresh_token($1, $2, $3, make_interval(secs => $4), $5, $6, $7, $8)",
    )
    .bind(token.family.uuid())
    .bind(token.user_id.get())
    .bind(token.id.uuid())
    .bind(grace.as_secs_f64())
    .bind(fresh.id.uuid())
    .bind(fresh.issued_at)
    .bind(fresh.expires_at)
    .bind(access_until)
    .fetch_one(pool)
    .await?;
    match row {
        (0, Some(id), Some(issued_at), Some(expires_at)) => {
            Ok(Rotation::Successor(IssuedToken { id: TokenId::from_uuid(id), issued_at, expires_at }))
        }
        (1, ..) => Ok(Rotation::Unknown),
        (2, ..) => Ok(Rotation::Revoked),
        (3, ..) => Ok(Rotation::Reused),
        _ => Err(StoreError::Unexpected("rotate_refresh_token")),
    }
}

/// Revokes a family of this person for ever; false if there is none.
pub async fn revoke(pool: &PgPool, family: FamilyId, user_id: UserId) -> Result<bool, StoreError> {
    let revoked = sqlx::query(
        "update token_families set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1 and user_id = $2",
    )
    .bind(family.uuid())
    .bind(user_id.get())
    .execute(pool)
    .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Whether the family is revoked. A family that nobody knows is not: it may be another issuer's.
pub async fn is_revoked(pool: &PgPool, family: FamilyId) -> Result<bool, StoreError> {
    let revoked: Option<bool> = sqlx::query_scalar("select revoked_at is not null from token_families where id = $1")
        .bind(family.uuid())
        .fetch_optional(pool)
        .await?;
    Ok(revoked.unwrap_or(false))
}

/// Revoked families with access tokens that are good after `since`, a page at a time: in the order of the time until
/// which they are, from the one after `after` on.
pub async fn revoked(
    pool: &PgPool,
    since: DateTime<Utc>,
    after: Option<RevokedFamily>,
) -> Result<Vec<RevokedFamily>, StoreError> {
    let (until, id) = after.map_or((since, Uuid::max()), |last| (last.access_until, last.id.uuid()));
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
        "select id, access_until from token_families where revoked_at is not null and (access_until, id) > ($1, $2)
          order by access_until, id limit $3",
    )
    .bind(until)
    .bind(id)
    .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    let family = |(id, access_until)| RevokedFamily { id: FamilyId::from_uuid(id), access_until };
    Ok(rows.into_iter().map(family).collect())
}

/// Forgets a page of the families whose tokens have all expired before `since`; returns how many.
pub async fn forget_expired(pool: &PgPool, since: DateTime<Utc>) -> Result<usize, StoreError> {
    let forgotten = sqlx::query(
        "delete from token_families where id in (
            select id from token_families where refresh_until < $1 and access_until < $1
             order by refresh_until limit $2 for update skip locked)",
    )
    .bind(since)
    .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
    .execute(pool)
    .await?;
    Ok(usize::try_from(forgotten.rows_affected()).unwrap_or(PAGE))
}
