//! Browsers that want to be told what their person misses, and what they are told.

use std::time::Duration;

use chat_protocol::ids::{MessageId, PushSubscriptionId, UserId};
use chat_protocol::rest::{ConversationKind, NewPushSubscription};
use chat_protocol::time::Timestamp;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;
use crate::missed::Missed;

/// The longest and the shortest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_hours(1), Duration::from_secs(5));

/// A browser of somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: PushSubscriptionId,
    /// Where its push service takes messages for it.
    pub endpoint: String,
    /// Its public key.
    pub p256dh: Vec<u8>,
    /// Its secret.
    pub auth: Vec<u8>,
    /// When it ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// What somebody is told of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What the conversation is.
    pub kind: ConversationKind,
    /// What it is called; of a direct one what the other person is called.
    pub title: Option<String>,
    /// Who said the newest that is unread.
    pub sender_name: String,
    /// Which message that is.
    pub message_id: MessageId,
    /// Its text.
    pub content: String,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
    /// How many are unread there.
    pub unread_count: i32,
}

#[derive(FromRow)]
struct SubscriptionRow {
    id: Uuid,
    endpoint: String,
    p256dh: Vec<u8>,
    auth: Vec<u8>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl From<SubscriptionRow> for Subscription {
    fn from(row: SubscriptionRow) -> Self {
        let SubscriptionRow { id, endpoint, p256dh, auth, expires_at, created_at } = row;
        Self { id: PushSubscriptionId::from_uuid(id), endpoint, p256dh, auth, expires_at, created_at }
    }
}

#[derive(FromRow)]
struct NoticeRow {
    kind: i16,
    title: Option<String>,
    sender_name: String,
    message_id: Uuid,
    content: String,
    created_at: DateTime<Utc>,
    unread_count: i64,
}

/// Takes a browser in, and says whether it is a new one. Of more than `max` of one person the oldest go.
pub async fn subscribe(
    pool: &PgPool,
    user: UserId,
    new: &NewPushSubscription,
    max: u32,
) -> Result<(Subscription, bool), StoreError> {
    let fresh = PushSubscriptionId::generate();
    let row: SubscriptionRow = sqlx::query_as(
        "select s.id, s.endpoint, s.p256dh, s.auth, s.expires_at, s.created_at
           from subscribe_to_push($1, $2, $3, $4, $5, $6, $7) s",
    )
    .bind(fresh.uuid())
    .bind(user.get())
    .bind(&new.endpoint)
    .bind(&new.p256dh)
    .bind(&new.auth)
    .bind(new.expires_at.map(Timestamp::datetime))
    .bind(i32::try_from(max).unwrap_or(i32::MAX))
    .fetch_one(pool)
    .await?;
    let is_new = row.id == fresh.uuid();
    Ok((row.into(), is_new))
}

/// Somebody's browsers, the newest first. Their number is bounded where they are taken in.
pub async fn list(pool: &PgPool, user: UserId, limit: u32) -> Result<Vec<Subscription>, StoreError> {
    let rows: Vec<SubscriptionRow> = sqlx::query_as(
        "select id, endpoint, p256dh, auth, expires_at, created_at from push_subscriptions
          where user_id = $1 order by created_at desc, id desc limit $2",
    )
    .bind(user.get())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Removes a browser of this person, and says whether there was one.
pub async fn unsubscribe(pool: &PgPool, user: UserId, id: PushSubscriptionId) -> Result<bool, StoreError> {
    let removed = sqlx::query("delete from push_subscriptions where id = $1 and user_id = $2")
        .bind(id.uuid())
        .bind(user.get())
        .execute(pool)
        .await?;
    Ok(removed.rows_affected() > 0)
}

/// Removes a browser that is gone; not one that has subscribed anew meanwhile.
pub async fn forget(pool: &PgPool, gone: &Subscription) -> Result<(), StoreError> {
    sqlx::query("delete from push_subscriptions where id = $1 and p256dh = $2 and auth = $3")
        .bind(gone.id.uuid())
        .bind(&gone.p256dh)
        .bind(&gone.auth)
        .execute(pool)
        .await?;
    Ok(())
}

/// The browsers that were not told of this yet.
pub async fn untold(pool: &PgPool, missed: &Missed, limit: u32) -> Result<Vec<Subscription>, StoreError> {
    let rows: Vec<SubscriptionRow> = sqlx::query_as(
        "select s.id, s.endpoint, s.p256dh, s.auth, s.expires_at, s.created_at from push_subscriptions s
          where s.user_id = $1 and (s.expires_at is null or s.expires_at > now())
            and not exists (select from push_told t where t.missed_id = $2 and t.subscription_id = s.id)
          order by s.created_at desc limit $3",
    )
    .bind(missed.user_id.get())
    .bind(missed.id)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Notes that a browser was told.
pub async fn note_told(pool: &PgPool, missed: &Missed, told: PushSubscriptionId) -> Result<(), StoreError> {
    // Either may be gone by now.
    sqlx::query(
        "insert into push_told (missed_id, subscription_id)
         select m.id, s.id from missed_messages m, push_subscriptions s where m.id = $1 and s.id = $2
         on conflict do nothing",
    )
    .bind(missed.id)
    .bind(told.uuid())
    .execute(pool)
    .await?;
    Ok(())
}

/// Has it tried again: after as long as it has been tried already, and not before `at_least`.
pub async fn retry(pool: &PgPool, missed: &Missed, at_least: Duration) -> Result<(), StoreError> {
    sqlx::query(
        "update missed_messages
            set notify_at = clock_timestamp()
                + greatest(least(clock_timestamp() - missed_at, $2), $3, $4) * (0.75 + 0.5 * random())
          where id = $1 and notify_at is not null",
    )
    .bind(missed.id)
    .bind(PAUSE.0)
    .bind(PAUSE.1)
    .bind(at_least)
    .execute(pool)
    .await?;
    Ok(())
}

/// What there is to tell of it now; none if it was read meanwhile, is gone, or is not to be told: muted, blocked.
pub async fn find_notice(pool: &PgPool, missed: &Missed) -> Result<Option<Notice>, StoreError> {
    let row: Option<NoticeRow> = sqlx::query_as(
        "select c.kind, case when c.kind = 0 then u.name else c.title end as title, u.name as sender_name,
                m.id as message_id, m.content, m.created_at,
                least(greatest(c.message_count - p.sent_count - p.read_count, 0), 1000) as unread_count
           from participants p
           join conversations c on c.id = p.conversation_id and c.deleted_at is null
           join users me on me.id = p.user_id and me.deactivated_at is null
           join messages m on m.conversation_id = c.id and m.id = any ($3) and m.seq > p.read_seq and m.deleted_at is null
           join users u on u.id = m.sender_id
          where p.conversation_id = $1 and p.user_id = $2 and p.left_seq is null and not p.muted
            and c.message_count - p.sent_count - p.read_count > 0
            and not exists (select from read_marks r
                             where r.conversation_id = m.conversation_id and r.user_id = p.user_id and r.seq = m.seq)
            and not (me.block_count > 0 and exists (
                select from blocks b where (b.user_id, b.blocked_id) in ((p.user_id, m.sender_id), (m.sender_id, p.user_id))))
          order by m.seq desc limit 1",
    )
    .bind(missed.conversation_id.uuid())
    .bind(missed.user_id.get())
    .bind(missed.message_ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Notice {
            kind: ConversationKind::from_number(row.kind).ok_or(StoreError::Unexpected("conversations.kind"))?,
            title: row.title,
            sender_name: row.sender_name,
            message_id: MessageId::from_uuid(row.message_id),
            content: row.content,
            created_at: row.created_at,
            unread_count: i32::try_from(row.unread_count).unwrap_or(i32::MAX),
        })
    })
    .transpose()
}
