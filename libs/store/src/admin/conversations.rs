//! Conversations as moderators see them, whoever takes part.

use chat_protocol::ids::{ConversationId, MessageId, Seq, UserId};
use chat_protocol::message::Message;
use chat_protocol::rest::{AdminConversation, ConversationKind, Job};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Window, in_order};
use crate::StoreError;
use crate::conversations::ParticipantRow;
use crate::messages::{MessageRow, Window as Stretch, message_columns};

/// Which conversations are wanted; everything that is none does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this person.
    pub participant: Option<UserId>,
    /// About this job.
    pub job_id: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: i16,
    title: Option<String>,
    job: Option<Json<Job>>,
    metadata: serde_json::Value,
    participants: Json<Vec<ParticipantRow>>,
    participant_count: i32,
    last_seq: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl TryFrom<Row> for AdminConversation {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: ConversationId::from_uuid(row.id),
            kind: ConversationKind::from_number(row.kind).ok_or(StoreError::Unexpected("conversations.kind"))?,
            title: row.title,
            job: row.job.map(|job| job.0),
            metadata: row.metadata,
            participants: row.participants.0.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            participant_count: i64::from(row.participant_count),
            last_seq: Seq(row.last_seq),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

/// The rows that `$chosen` chooses.
macro_rules! conversation_rows {
    ($($chosen:tt)*) => {
        concat!(
            "select c.id, c.kind, c.title, c.job, c.metadata, c.participant_count, c.last_seq, c.created_at, c.updated_at,
                    (select coalesce(json_agg(x), '[]') from (
                        select p.user_id as id, u.name, u.avatar_url, p.role, u.role as user_role, u.last_seen
                          from participants p join users u on u.id = p.user_id
                         where p.conversation_id = c.id and p.left_seq is null
                         order by p.joined_seq, p.role, p.user_id limit 20) x) as participants
               from ",
            $($chosen)*
        )
    };
}

/// Of everybody, and of one person by way of the index of theirs.
macro_rules! of_all {
    ($end:literal) => {
        conversation_rows!(
            "conversations c where c.deleted_at is null and $1::bigint is null and ($2::text is null or c.job_id = $2) and c.id ",
            $end
        )
    };
}
macro_rules! of_one {
    ($end:literal) => {
        conversation_rows!(
            "participants m join conversations c on c.id = m.conversation_id and c.deleted_at is null
              where m.user_id = $1 and m.left_seq is null and ($2::text is null or c.job_id = $2) and m.conversation_id ",
            $end
        )
    };
}

/// Up to `limit` conversations, the newest first.
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    window: Window<ConversationId>,
    limit: u32,
) -> Result<Vec<AdminConversation>, StoreError> {
    let (key, backwards) = window.split();
    let statement = match (filter.participant, backwards) {
        (None, false) => of_all!("< $3 order by c.id desc limit $4"),
        (None, true) => of_all!("> $3 order by c.id limit $4"),
        (Some(_), false) => of_one!("< $3 order by m.conversation_id desc limit $4"),
        (Some(_), true) => of_one!("> $3 order by m.conversation_id limit $4"),
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(filter.participant.map(UserId::get))
        .bind(&filter.job_id)
        .bind(key.map_or(Uuid::max(), ConversationId::uuid))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    Ok(in_order(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?, backwards))
}

/// One conversation that is not deleted.
pub async fn find(pool: &PgPool, id: ConversationId) -> Result<Option<AdminConversation>, StoreError> {
    let row: Option<Row> =
        sqlx::query_as(conversation_rows!("conversations c where c.deleted_at is null and c.id = $1"))
            .bind(id.uuid())
            .fetch_optional(pool)
            .await?;
    row.map(TryInto::try_into).transpose()
}

/// The messages that `$chosen` chooses, to no reader in particular.
macro_rules! messages_where {
    ($chosen:literal) => {
        concat!(
            "select ",
            message_columns!("null"),
            " from messages m left join users u on u.id = m.sender_id where ",
            $chosen
        )
    };
}

/// Up to `limit` messages of a conversation, deleted ones as tombstones; none if there is no such conversation.
pub async fn list_messages(
    pool: &PgPool,
    id: ConversationId,
    window: Stretch,
    limit: u32,
) -> Result<Option<Vec<Message>>, StoreError> {
    let is_there =
        sqlx::query_scalar("select exists (select 1 from conversations where id = $1 and deleted_at is null)");
    if !is_there.bind(id.uuid()).fetch_one(pool).await? {
        return Ok(None);
    }
    read_messages(pool, id, window, limit).await.map(Some)
}

/// The same, whatever has become of the conversation: as far as there still are messages.
pub(super) async fn read_messages(
    pool: &PgPool,
    id: ConversationId,
    window: Stretch,
    limit: u32,
) -> Result<Vec<Message>, StoreError> {
    let (statement, bound) = match window {
        Stretch::Before(seq) => {
            (messages_where!("m.conversation_id = $1 and m.seq < $2 order by m.seq desc limit $3"), seq)
        }
        Stretch::After(seq) => (messages_where!("m.conversation_id = $1 and m.seq > $2 order by m.seq limit $3"), seq),
    };
    let rows: Vec<MessageRow> =
        sqlx::query_as(statement).bind(id.uuid()).bind(bound.0).bind(i64::from(limit)).fetch_all(pool).await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// One message, wherever it was said.
pub async fn find_message(pool: &PgPool, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> =
        sqlx::query_as(messages_where!("m.id = $1")).bind(id.uuid()).fetch_optional(pool).await?;
    row.map(TryInto::try_into).transpose()
}
