//! Messages in bulk.

use chat_protocol::ids::{CommandId, ConversationId, UserId};
use chat_protocol::partition::Partition;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::StoreError;

/// A message to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeededMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Which one there, from 1 on: they follow the conversation's creation.
    pub number: i64,
    /// Who says it.
    pub sender: UserId,
    /// What.
    pub content: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Its place among all that are made, below 0: before everything on the stream of commands, so nobody publishes it.
    pub command_pos: i64,
}

/// Stores messages of conversations in which nothing was said yet. [`close`] has to follow.
pub async fn insert_messages(pool: &PgPool, messages: &[SeededMessage]) -> Result<(), StoreError> {
    sqlx::query(
        "insert into messages (conversation_id, seq, id, number, sender_id, message_type, content, created_at, partition, command_pos)
         select x.conversation_id, x.number + 1, x.id, x.number, x.sender_id, 0, x.content, x.created_at, x.partition, x.command_pos
           from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[], $7::smallint[], $8::bigint[])
                as x (conversation_id, number, id, sender_id, content, created_at, partition, command_pos)",
    )
    .bind(messages.iter().map(|one| one.conversation.uuid()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.number).collect::<Vec<_>>())
    .bind(messages.iter().map(|_| CommandId::generate().uuid()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.sender.get()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.content.as_str()).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.created_at).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| i16::from(Partition::of_conversation(one.conversation).get())).collect::<Vec<_>>())
    .bind(messages.iter().map(|one| one.command_pos).collect::<Vec<_>>())
    .execute(pool)
    .await?;
    Ok(())
}

/// Counts what was stored in these conversations, as the write path would have.
pub async fn close(pool: &PgPool, conversations: &[ConversationId]) -> Result<(), StoreError> {
    let ids: Vec<_> = conversations.iter().map(|id| id.uuid()).collect();
    let mut transaction = pool.begin().await?;
    sqlx::query(
        "update conversations c set last_seq = x.count + 1, last_message_seq = x.count + 1, message_count = x.count,
                                    created_at = x.first_at, updated_at = x.last_at
           from (select m.conversation_id, count(*) as count, min(m.created_at) as first_at, max(m.created_at) as last_at
                   from messages m where m.conversation_id = any ($1) group by 1) x
          where c.id = x.conversation_id",
    )
    .bind(&ids)
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "update participants p set sent_count = x.count
           from (select m.conversation_id, m.sender_id, count(*) as count
                   from messages m where m.conversation_id = any ($1) group by 1, 2) x
          where p.conversation_id = x.conversation_id and p.user_id = x.sender_id",
    )
    .bind(&ids)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
