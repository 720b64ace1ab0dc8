//! Messages that somebody has not read for a while and was not there to see: gathered from the log once for each message and person,
//! checked against presence, then told. Webhooks get them as deliveries; devices are told by whoever [`claim`]s them.
//!
//! [`gather`] makes rows that are to be checked, [`claim_unchecked`] hands them to one checker, and [`settle`] says who was away: from then
//! on a row has been *missed*. To tell people's devices: [`claim`] some, tell, and [`finish`] each (or leave it: after the lease it is
//! claimed again, so the telling is at least once). Nobody gathers unless somebody wants it: a migration that knows devices replaces
//! `is_anybody_notified()`. Rows are forgotten after a day, told or not.

use std::time::Duration;

use chat_protocol::ids::{ConversationId, MessageId, UserId};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// Messages of a partition that are looked at in one round.
const AT_ONCE: i32 = 256;

/// What one person has missed in one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The event's id; the same at every telling.
    pub id: Uuid,
    /// Who.
    pub user_id: UserId,
    /// Where.
    pub conversation_id: ConversationId,
    /// Which messages, in the order of the log; at least one.
    pub message_ids: Vec<MessageId>,
    /// How many are unread there altogether, up to 1,000.
    pub unread_count: i32,
}

/// Rows whose person is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unchecked {
    /// The row.
    pub id: Uuid,
    /// The person.
    pub user_id: UserId,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    user_id: i64,
    conversation_id: Uuid,
    message_ids: Vec<Uuid>,
    unread_count: i32,
}

impl TryFrom<Row> for Missed {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            user_id: user(row.user_id)?,
            conversation_id: ConversationId::from_uuid(row.conversation_id),
            message_ids: row.message_ids.into_iter().map(MessageId::from_uuid).collect(),
            unread_count: row.unread_count,
        })
    }
}

fn user(id: i64) -> Result<UserId, StoreError> {
    UserId::new(id).ok_or(StoreError::Unexpected("missed_messages.user_id"))
}

/// Whether anybody wants to know what was missed: a webhook or a device.
pub async fn is_wanted(pool: &PgPool) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("select is_missing_wanted()").fetch_one(pool).await?)
}

/// Gathers what has not been read for `after`; returns how many rows are to be checked because of it.
pub async fn gather(pool: &PgPool, after: Duration) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("select gather_missed($1, $2)").bind(after).bind(AT_ONCE).fetch_one(pool).await?)
}

/// Takes up to `limit` rows whose person is to be looked for; nobody else gets them before the lease is over.
pub async fn claim_unchecked(pool: &PgPool, limit: u32, lease: Duration) -> Result<Vec<Unchecked>, StoreError> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "update missed_messages x set check_at = clock_timestamp() + $2
          where x.id in (select y.id from missed_messages y where y.missed_at is null and y.check_at <= clock_timestamp()
                          order by y.check_at limit $1 for no key update skip locked)
         returning x.id, x.user_id",
    )
    .bind(i64::from(limit))
    .bind(lease)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|(id, user_id)| Ok(Unchecked { id, user_id: user(user_id)? })).collect()
}

/// Says of checked rows whether their person was away or here; returns how many have been missed.
pub async fn settle(pool: &PgPool, away: &[Uuid], here: &[Uuid]) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("select settle_missed($1, $2)").bind(away).bind(here).fetch_one(pool).await?)
}

/// Takes up to `limit` of what was missed and not told to devices yet, the oldest first; nobody else gets it before the lease is over.
pub async fn claim(pool: &PgPool, limit: u32, lease: Duration) -> Result<Vec<Missed>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "update missed_messages x set notify_at = clock_timestamp() + $2
          where x.id in (select y.id from missed_messages y where y.notify_at <= clock_timestamp()
                          order by y.notify_at limit $1 for no key update skip locked)
         returning x.id, x.user_id, x.conversation_id, x.message_ids, coalesce(x.unread_count, 0) as unread_count",
    )
    .bind(i64::from(limit))
    .bind(lease)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Says that the person's devices were told, or that there are none.
pub async fn finish(pool: &PgPool, id: Uuid) -> Result<(), StoreError> {
    sqlx::query("update missed_messages set notify_at = null where id = $1").bind(id).execute(pool).await?;
    Ok(())
}

/// Removes up to `limit` rows that are a day old; returns how many.
pub async fn forget(pool: &PgPool, limit: u32) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from missed_messages where id in (
            select id from missed_messages where created_at < now() - interval '1 day' order by created_at limit $1)",
    )
    .bind(i64::from(limit))
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
