//! People whose tokens are revoked, whoever issued them. This is the truth; what is told on NATS follows from it.

use chat_protocol::ids::UserId;
use chat_protocol::time::Timestamp;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::StoreError;
use crate::token_families::PAGE;

/// A person whose tokens are revoked that were issued before a moment, and those that do not say when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevokedUser {
    /// Who.
    pub id: UserId,
    /// Exclusive.
    pub issued_before: Timestamp,
}

/// Revokes the tokens of a person who is known, and ends the families; an earlier moment than the known one changes nothing.
pub async fn revoke(pool: &PgPool, user: UserId, issued_before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("select revoke_user($1, $2)").bind(user.get()).bind(issued_before.datetime()).execute(pool).await?;
    Ok(())
}

/// The moment before which the person's tokens are revoked, if they are.
pub async fn revoked_before(pool: &PgPool, user: UserId) -> Result<Option<Timestamp>, StoreError> {
    let moment: Option<DateTime<Utc>> =
        sqlx::query_scalar("select issued_before from revoked_users where user_id = $1")
            .bind(user.get())
            .fetch_optional(pool)
            .await?;
    Ok(moment.map(Timestamp::from))
}

/// A page of those who were revoked for a moment after `since`, in the order of these moments, after the last one of the page before.
pub async fn page(
    pool: &PgPool,
    since: DateTime<Utc>,
    after: Option<RevokedUser>,
) -> Result<Vec<RevokedUser>, StoreError> {
    let (moment, id) = after.map_or((since, UserId::MAX), |last| (last.issued_before.datetime(), last.id.get()));
    let rows: Vec<(i64, DateTime<Utc>)> = sqlx::query_as(
        "select user_id, issued_before from revoked_users where (issued_before, user_id) > ($1, $2)
          order by issued_before, user_id limit $3",
    )
    .bind(moment)
    .bind(id)
    .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await?;
    let user = |(id, issued_before): (i64, DateTime<Utc>)| {
        let id = UserId::new(id).ok_or(StoreError::Unexpected("revoked_users.user_id"))?;
        Ok(RevokedUser { id, issued_before: issued_before.into() })
    };
    rows.into_iter().map(user).collect()
}

/// Forgets a page of those of whom no token from before `until` can be good any more; returns how many.
pub async fn forget(pool: &PgPool, until: DateTime<Utc>) -> Result<usize, StoreError> {
    let forgotten = sqlx::query(
        "delete from revoked_users where user_id in (
            select user_id from revoked_users where issued_before < $1 order by issued_before limit $2
               for update skip locked)",
    )
    .bind(until)
    .bind(i64::try_from(PAGE).unwrap_or(i64::MAX))
    .execute(pool)
    .await?;
    Ok(usize::try_from(forgotten.rows_affected()).unwrap_or(PAGE))
}
