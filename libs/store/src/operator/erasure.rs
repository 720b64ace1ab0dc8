//! Somebody is forgotten: what their messages are found by, and what is done once these are deleted.

use chat_protocol::ids::{ConversationId, MessageId, UserId};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// How many messages are blanked at once.
const AT_ONCE: i32 = 1000;

/// What there still is of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, FromRow)]
pub struct Remains {
    /// Messages with words, files or a `client_id`.
    pub messages: i64,
    /// Accounts, devices, and others' records of their words.
    pub rows: i64,
    /// Files whose objects are to be removed.
    pub attachments: i64,
}

/// Up to `limit` messages of somebody in one conversation that are not deleted, after a position: which, and where.
pub async fn messages(
    pool: &PgPool,
    user: UserId,
    conversation: ConversationId,
    after: i64,
    limit: u32,
) -> Result<Vec<(MessageId, i64)>, StoreError> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select m.id, m.seq from messages m join conversations c on c.id = m.conversation_id and c.deleted_at is null
          where m.conversation_id = $1 and m.sender_id = $2 and m.deleted_at is null and m.seq > $3 order by m.seq limit $4",
    )
    .bind(conversation.uuid())
    .bind(user.get())
    .bind(after)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(id, seq)| (MessageId::from_uuid(id), seq)).collect())
}

/// Whether somebody takes part in a conversation that is not deleted.
pub async fn takes_part(pool: &PgPool, user: UserId, conversation: ConversationId) -> Result<bool, StoreError> {
    let takes_part = sqlx::query_scalar(
        "select exists (select from participants p join conversations c on c.id = p.conversation_id and c.deleted_at is null
                         where p.conversation_id = $1 and p.user_id = $2 and p.left_seq is null)",
    );
    Ok(takes_part.bind(conversation.uuid()).bind(user.get()).fetch_one(pool).await?)
}

/// Blanks what is left of somebody in one conversation.
pub async fn blank_conversation(pool: &PgPool, user: UserId, conversation: ConversationId) -> Result<i64, StoreError> {
    let mut all = 0;
    loop {
        let blanked: i64 = sqlx::query_scalar("select erase_in_conversation($1, $2, $3)")
            .bind(user.get())
            .bind(conversation.uuid())
            .bind(AT_ONCE)
            .fetch_one(pool)
            .await?;
        all += blanked;
        if blanked < i64::from(AT_ONCE) {
            return Ok(all);
        }
    }
}

/// Takes account, name, picture, devices and tokens.
pub async fn forget_person(pool: &PgPool, user: UserId) -> Result<(), StoreError> {
    sqlx::query("select erase_person($1)").bind(user.get()).execute(pool).await?;
    Ok(())
}

/// What there still is.
pub async fn remains(pool: &PgPool, user: UserId) -> Result<Remains, StoreError> {
    let remains = sqlx::query_as(
        "select (select count(*) from messages m where m.sender_id = $1 and (m.deleted_at is null or m.content <> '' or m.client_id is not null))
                    as messages,
                (select count(*) from accounts where user_id = $1) + (select count(*) from push_subscriptions where user_id = $1)
                    + (select count(*) from reports where sender_id = $1 and content <> '' or reporter_id = $1 and reason <> '')
                    + (select count(*) from users where id = $1 and deactivated_at is null) as rows,
                (select count(*) from attachments where uploader_id = $1) as attachments",
    );
    Ok(remains.bind(user.get()).fetch_one(pool).await?)
}
