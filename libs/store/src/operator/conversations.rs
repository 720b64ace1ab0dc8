//! Conversations as an operator looks at them: how large they are, and who takes part.

use chat_protocol::ids::{ConversationId, UserId};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// Somebody who takes part, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Member {
    /// Who.
    pub user_id: i64,
    /// What others call them.
    pub name: String,
    /// 0 owner, 1 administrator, 2 member.
    pub role: i16,
    /// Since which position.
    pub joined_seq: i64,
    /// Until which position; none while they take part.
    pub left_seq: Option<i64>,
    /// Up to where they have read.
    pub read_seq: i64,
    /// When they were last seen.
    pub last_seen: Option<DateTime<Utc>>,
}

/// Up to `limit` people who take part or did, in the order of their ids.
pub async fn members(
    pool: &PgPool,
    id: ConversationId,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Member>, StoreError> {
    let members = sqlx::query_as(
        "select p.user_id, u.name, p.role, p.joined_seq, p.left_seq, p.read_seq, u.last_seen
           from participants p join users u on u.id = p.user_id
          where p.conversation_id = $1 and p.user_id > $2 order by p.user_id limit $3",
    )
    .bind(id.uuid())
    .bind(after.map_or(0, UserId::get))
    .bind(i64::from(limit));
    Ok(members.fetch_all(pool).await?)
}

/// Up to `limit` conversations that somebody takes part in or did, deleted ones too, after one of them.
pub async fn of_person(
    pool: &PgPool,
    user: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<ConversationId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select conversation_id from participants where user_id = $1 and conversation_id > $2
          order by conversation_id limit $3",
    )
    .bind(user.get())
    .bind(after.map_or(Uuid::nil(), ConversationId::uuid))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(ConversationId::from_uuid).collect())
}
