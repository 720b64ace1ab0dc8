//! Reading conversations as one participant sees them.

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::limits::MAX_UNREAD;
use chat_protocol::message::{Message, Reaction};
use chat_protocol::rest::{
    Attachment, Conversation, ConversationKind, ConversationRole, Job, Participant, PlatformRole,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;
use crate::messages::MessageRow;

/// Where a page of the list begins: after this row in the direction of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListPosition {
    /// The row's `updated_at`.
    pub updated_at: DateTime<Utc>,
    /// The row's id, which decides between equals.
    pub id: ConversationId,
}

/// Which conversations are wanted; everything that is none does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListFilter {
    /// About this job.
    pub job_id: Option<String>,
    /// With this person.
    pub participant: Option<UserId>,
    /// With this in the title or a participant's name.
    pub search: Option<String>,
    /// Put away, or not.
    pub archived: Option<bool>,
    /// With something unread, or without.
    pub unread: Option<bool>,
}

/// Which part of the list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListWindow {
    /// Newest activity first, from the top or after a row.
    Older(Option<ListPosition>),
    /// What comes before a row, nearest to it first.
    Newer(ListPosition),
}

#[derive(FromRow)]
struct ConversationRow {
    id: Uuid,
    kind: i16,
    title: Option<String>,
    job: Option<Json<Job>>,
    metadata: serde_json::Value,
    participants: Json<Vec<ParticipantRow>>,
    participant_count: i32,
    unread_count: i64,
    muted: bool,
    archived: bool,
    last_seq: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    message_id: Option<Uuid>,
    message_seq: Option<i64>,
    message_content: Option<String>,
    message_type: Option<i16>,
    message_sender_id: Option<i64>,
    message_sender_name: Option<String>,
    message_sender_avatar_url: Option<String>,
    message_sender_role: Option<i16>,
    message_attachments: Option<Json<Vec<Attachment>>>,
    message_reactions: Option<Json<Vec<Reaction>>>,
    message_reply_to: Option<Uuid>,
    message_client_id: Option<String>,
    message_created_at: Option<DateTime<Utc>>,
    message_edited_at: Option<DateTime<Utc>>,
    message_deleted_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
pub(crate) struct ParticipantRow {
    id: UserId,
    name: String,
    avatar_url: Option<String>,
    role: i16,
    user_role: i16,
    last_seen: Option<DateTime<Utc>>,
}

/// Everything of a row but the choice of conversations, which comes in between. The limit of 1 holds Postgres to looking each
/// of the person's conversations up, whatever it thinks of reading them all.
macro_rules! conversation_rows {
    ($($chosen:tt)*) => {
        concat!(
            "select c.id, c.kind, c.title, c.job, c.metadata, c.participant_count, c.last_seq, c.created_at, c.updated_at,
                    c.muted, c.archived, c.unread_count,
                    m.id as message_id, m.seq as message_seq,
                    case when m.deleted_at is null then m.content else '' end as message_content, m.message_type,
                    m.sender_id as message_sender_id, s.name as message_sender_name,
                    s.avatar_url as message_sender_avatar_url, s.role as message_sender_role,
                    case when m.attachment_count > 0 and m.deleted_at is null
                         then message_attachments_json(m.conversation_id, m.seq) end as message_attachments,
                    case when m.has_reactions
                         then reactions_json(m.conversation_id, m.seq, $1) end as message_reactions,
                    m.reply_to as message_reply_to, m.client_id as message_client_id, m.created_at as message_created_at,
                    m.edited_at as message_edited_at, m.deleted_at as message_deleted_at,
                    (select coalesce(json_agg(x), '[]') from (
                        select p.user_id as id, u.name, u.avatar_url, p.role, u.role as user_role, u.last_seen
                          from participants p join users u on u.id = p.user_id
                         where p.conversation_id = c.id and p.left_seq is null
                         order by p.joined_seq, p.role, p.user_id limit 20) x) as participants
               from (select c.*, p.muted, p.archived,
                            least(greatest(c.message_count - p.sent_count - p.read_count, 0), 1000) as unread_count
                       from participants p cross join lateral (
                            select * from conversations c where c.id = p.conversation_id and c.deleted_at is null limit 1) c
                      where p.user_id = $1 and p.left_seq is null ",
            $($chosen)*,
            ") c left join messages m on m.conversation_id = c.id and m.seq = c.last_message_seq
                 left join users s on s.id = m.sender_id "
        )
    };
}

/// The rows of the list, in the given direction.
macro_rules! filtered_rows {
    ($direction:literal) => {
        conversation_rows!(
            "and (p.hidden_seq is null or p.hidden_seq < coalesce(c.last_message_seq, 0))
             and ($2::text is null or c.job_id = $2)
             and ($3::bigint is null or exists (select 1 from participants o where o.conversation_id = c.id
                  and o.user_id = $3 and o.left_seq is null))
             and ($4::text is null or position(lower($4) in lower(coalesce(c.title, ''))) > 0 or exists (
                  select 1 from participants o join users n on n.id = o.user_id where o.conversation_id = c.id
                  and o.left_seq is null and position(lower($4) in lower(n.name)) > 0))
             and ($5::boolean is null or p.archived = $5)
             and ($6::boolean is null or (c.message_count - p.sent_count - p.read_count > 0) = $6) ",
            $direction
        )
    };
}

/// Up to `limit` of a person's conversations. For [`ListWindow::Newer`] the rows come in the list's order all the same.
pub async fn list(
    pool: &PgPool,
    reader: UserId,
    filter: &ListFilter,
    window: ListWindow,
    limit: u32,
) -> Result<Vec<Conversation>, StoreError> {
    let (statement, position) = match window {
        ListWindow::Older(position) => (
            filtered_rows!(
                "and ($7::timestamptz is null or (c.updated_at, c.id) < ($7, $8))
                 order by c.updated_at desc, c.id desc limit $9"
            ),
            position,
        ),
        ListWindow::Newer(position) => {
            (filtered_rows!("and (c.updated_at, c.id) > ($7, $8) order by c.updated_at, c.id limit $9"), Some(position))
        }
    };
    let rows: Vec<ConversationRow> = sqlx::query_as(statement)
        .bind(reader.get())
        .bind(&filter.job_id)
        .bind(filter.participant.map(UserId::get))
        .bind(&filter.search)
        .bind(filter.archived)
        .bind(filter.unread)
        .bind(position.map(|position| position.updated_at))
        .bind(position.map(|position| position.id.uuid()))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    let mut conversations = rows.into_iter().map(TryInto::try_into).collect::<Result<Vec<Conversation>, _>>()?;
    conversations.sort_by_key(|row| std::cmp::Reverse((row.updated_at, row.id)));
    Ok(conversations)
}

/// One conversation, if the reader takes part in it; hidden ones too.
pub async fn find(pool: &PgPool, reader: UserId, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let row: Option<ConversationRow> = sqlx::query_as(conversation_rows!("and p.conversation_id = $2"))
        .bind(reader.get())
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    row.map(TryInto::try_into).transpose()
}

impl TryFrom<ConversationRow> for Conversation {
    type Error = StoreError;

    fn try_from(mut row: ConversationRow) -> Result<Self, StoreError> {
        let last_message = last_message(&mut row)?;
        let participants = row.participants.0.into_iter().map(TryInto::try_into).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            id: ConversationId::from_uuid(row.id),
            kind: ConversationKind::from_number(row.kind).ok_or(StoreError::Unexpected("conversations.kind"))?,
            title: row.title,
            job: row.job.map(|job| job.0),
            metadata: row.metadata,
            participants,
            participant_count: i64::from(row.participant_count),
            last_message,
            unread_count: row.unread_count.clamp(0, MAX_UNREAD),
            muted: row.muted,
            archived: row.archived,
            last_seq: Seq(row.last_seq),
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        })
    }
}

fn last_message(row: &mut ConversationRow) -> Result<Option<Message>, StoreError> {
    let (Some(id), Some(seq), Some(message_type), Some(created_at)) =
        (row.message_id, row.message_seq, row.message_type, row.message_created_at)
    else {
        return Ok(None);
    };
    let message = MessageRow {
        id,
        conversation_id: row.id,
        seq,
        content: row.message_content.take().unwrap_or_default(),
        message_type,
        sender_id: row.message_sender_id,
        sender_name: row.message_sender_name.take(),
        sender_avatar_url: row.message_sender_avatar_url.take(),
        sender_role: row.message_sender_role,
        attachments: row.message_attachments.take(),
        reactions: row.message_reactions.take(),
        reply_to: row.message_reply_to,
        client_id: row.message_client_id.take(),
        created_at,
        edited_at: row.message_edited_at,
        deleted_at: row.message_deleted_at,
    };
    message.try_into().map(Some)
}

impl TryFrom<ParticipantRow> for Participant {
    type Error = StoreError;

    /// Presence is not the database's to tell: `is_online` is filled in by the caller.
    fn try_from(row: ParticipantRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            name: row.name,
            avatar_url: row.avatar_url,
            role: ConversationRole::from_number(row.role).ok_or(StoreError::Unexpected("participants.role"))?,
            user_role: PlatformRole::from_number(row.user_role).ok_or(StoreError::Unexpected("users.role"))?,
            is_online: None,
            last_seen: row.last_seen.map(Into::into),
        })
    }
}
