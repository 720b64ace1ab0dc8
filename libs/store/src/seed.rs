//! Conversations in bulk, for benchmarks and tests: the rows that the write path would have stored, without commands.

pub mod history;
mod messages;

use chat_protocol::event::EventKind;
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::partition::Partition;
use chat_protocol::rest::{ConversationKind, ConversationRole};
use sqlx::postgres::PgPool;

pub use self::messages::{SeededMessage, close, insert_messages};
use crate::StoreError;

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// Its id.
    pub id: ConversationId,
    /// What it is called.
    pub title: String,
    /// Everybody, each once; the first is its owner.
    pub participants: Vec<UserId>,
}

/// Stores groups with their participants and the first event of their logs, all or none. The events stand at position 0
/// of the stream of commands, which is before everything that is to be published.
pub async fn insert_groups(pool: &PgPool, groups: &[NewGroup]) -> Result<(), StoreError> {
    let ids: Vec<_> = groups.iter().map(|group| group.id.uuid()).collect();
    let mut transaction = pool.begin().await?;
    sqlx::query(
        "insert into conversations (id, kind, title, last_seq, participant_count, created_at, updated_at)
         select x.id, $4, x.title, 1, x.people, now(), now() from unnest($1::uuid[], $2::text[], $3::int[]) as x (id, title, people)",
    )
    .bind(&ids)
    .bind(groups.iter().map(|group| group.title.as_str()).collect::<Vec<_>>())
    .bind(groups.iter().map(|group| i32::try_from(group.participants.len()).unwrap_or(i32::MAX)).collect::<Vec<_>>())
    .bind(ConversationKind::Group.number())
    .execute(&mut *transaction)
    .await?;
    let places =
        || groups.iter().flat_map(|group| group.participants.iter().enumerate().map(|place| (group.id, place)));
    let role = |index| if index == 0 { ConversationRole::Owner } else { ConversationRole::Member };
    sqlx::query(
        "insert into participants (conversation_id, user_id, role, joined_seq)
         select x.id, x.user_id, x.role, 1 from unnest($1::uuid[], $2::bigint[], $3::smallint[]) as x (id, user_id, role)",
    )
    .bind(places().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
    .bind(places().map(|(_, (_, user))| user.get()).collect::<Vec<_>>())
    .bind(places().map(|(_, (index, _))| role(index).number()).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    sqlx::query(
        "insert into log_events (conversation_id, seq, id, kind, actor_id, body, created_at, partition, command_pos)
         select x.id, 1, x.id, $4, x.actor_id, jsonb_build_object('conversation', conversation_summary(x.id)), now(), x.partition, 0
           from unnest($1::uuid[], $2::bigint[], $3::smallint[]) as x (id, actor_id, partition)",
    )
    .bind(&ids)
    .bind(groups.iter().map(|group| group.participants.first().map(|owner| owner.get())).collect::<Vec<_>>())
    .bind(groups.iter().map(|group| i16::from(Partition::of_conversation(group.id).get())).collect::<Vec<_>>())
    .bind(EventKind::ConversationCreated.number())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
