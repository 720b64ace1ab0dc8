//! Reading messages. Membership is checked in the statement that reads.

use chat_protocol::ids::{ConversationId, MessageId, Seq, UserId};
use chat_protocol::message::{Message, MessageType, Reaction, Sender};
use chat_protocol::rest::{Attachment, PlatformRole};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;

/// A message with its sender, as read.
#[derive(Debug, FromRow)]
pub(crate) struct MessageRow {
    pub(crate) id: Uuid,
    pub(crate) conversation_id: Uuid,
    pub(crate) seq: i64,
    pub(crate) content: String,
    pub(crate) message_type: i16,
    pub(crate) sender_id: Option<i64>,
    pub(crate) sender_name: Option<String>,
    pub(crate) sender_avatar_url: Option<String>,
    pub(crate) sender_role: Option<i16>,
    pub(crate) attachments: Option<Json<Vec<Attachment>>>,
    pub(crate) reactions: Option<Json<Vec<Reaction>>>,
    pub(crate) reply_to: Option<Uuid>,
    pub(crate) client_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) edited_at: Option<DateTime<Utc>>,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
}

/// The columns of [`MessageRow`] from `messages m left join users u`; the reader is a parameter or `null`.
macro_rules! message_columns {
    ($reader:literal) => {
        concat!(
            "m.id, m.conversation_id, m.seq, case when m.deleted_at is null then m.content else '' end as content, \
             m.message_type, m.sender_id, u.name as sender_name, u.avatar_url as sender_avatar_url, \
             u.role as sender_role, case when m.attachment_count > 0 and m.deleted_at is null \
             then message_attachments_json(m.conversation_id, m.seq) end as attachments, \
             case when m.has_reactions then reactions_json(m.conversation_id, m.seq, ",
            $reader,
            ") end as reactions, m.reply_to, m.client_id, m.created_at, m.edited_at, m.deleted_at"
        )
    };
}
pub(crate) use message_columns;

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let sender = row.sender_id.map(|id| {
            Ok::<_, StoreError>(Sender {
                id: UserId::new(id).ok_or(StoreError::Unexpected("messages.sender_id"))?,
                name: row.sender_name.unwrap_or_default(),
                avatar_url: row.sender_avatar_url,
                role: row.sender_role.and_then(PlatformRole::from_number).unwrap_or_default(),
            })
        });
        let client_id = row.client_id.map(|id| id.try_into().map_err(|_| StoreError::Unexpected("messages.client_id")));
        Ok(Self {
            id: MessageId::from_uuid(row.id),
            conversation_id: ConversationId::from_uuid(row.conversation_id),
            seq: Seq(row.seq),
            content: row.content,
            message_type: MessageType::from_number(row.message_type)
                .ok_or(StoreError::Unexpected("messages.message_type"))?,
            sender: sender.transpose()?,
            attachments: row.attachments.map(|attachments| attachments.0).unwrap_or_default(),
            reply_to: row.reply_to.map(MessageId::from_uuid),
            reactions: row.reactions.map(|reactions| reactions.0).unwrap_or_default(),
            client_id: client_id.transpose()?,
            created_at: row.created_at.into(),
            edited_at: row.edited_at.map(Into::into),
            deleted_at: row.deleted_at.map(Into::into),
        })
    }
}

/// Which part of a conversation's messages is wanted. Bounds are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The newest before the position, newest first.
    Before(Seq),
    /// The oldest after the position, oldest first.
    After(Seq),
}

/// The newest end of every log.
pub const END: Seq = Seq(i64::MAX);

/// Up to `limit` messages of a conversation; none if the reader is no participant.
pub async fn list(
    pool: &PgPool,
    reader: UserId,
    conversation: ConversationId,
    window: Window,
    limit: u32,
) -> Result<Option<Vec<Message>>, StoreError> {
    let (statement, bound) = match window {
        Window::Before(seq) => (
            concat!(
                "select x.* from participants p left join lateral (select ",
                message_columns!("$2"),
                " from messages m left join users u on u.id = m.sender_id
                  where m.conversation_id = p.conversation_id and m.seq < $3 order by m.seq desc limit $4) x on true
                 join conversations c on c.id = p.conversation_id and c.deleted_at is null
                 where p.conversation_id = $1 and p.user_id = $2 and p.left_seq is null order by x.seq desc"
            ),
            seq,
        ),
        Window::After(seq) => (
            concat!(
                "select x.* from participants p left join lateral (select ",
                message_columns!("$2"),
                " from messages m left join users u on u.id = m.sender_id
                  where m.conversation_id = p.conversation_id and m.seq > $3 order by m.seq limit $4) x on true
                 join conversations c on c.id = p.conversation_id and c.deleted_at is null
                 where p.conversation_id = $1 and p.user_id = $2 and p.left_seq is null order by x.seq"
            ),
            seq,
        ),
    };
    let rows = sqlx::query(statement)
        .bind(conversation.uuid())
        .bind(reader.get())
        .bind(bound.0)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    if rows.is_empty() {
        return Ok(None);
    }
    // A participant of an empty conversation is one row of nulls.
    let is_message = |row: &sqlx::postgres::PgRow| {
        use sqlx::Row as _;
        row.try_get::<Option<Uuid>, _>("id").is_ok_and(|id| id.is_some())
    };
    rows.iter()
        .filter(|row| is_message(row))
        .map(|row| MessageRow::from_row(row)?.try_into())
        .collect::<Result<Vec<_>, _>>()
        .map(Some)
}

/// One message, if the reader takes part in its conversation.
pub async fn find(pool: &PgPool, reader: UserId, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> = sqlx::query_as(concat!(
        "select ",
        message_columns!("$2"),
        " from messages m left join users u on u.id = m.sender_id
         join participants p on p.conversation_id = m.conversation_id and p.user_id = $2 and p.left_seq is null
         join conversations c on c.id = m.conversation_id and c.deleted_at is null
         where m.id = $1"
    ))
    .bind(id.uuid())
    .bind(reader.get())
    .fetch_optional(pool)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// One message, to be shown to its sender as the answer to sending it: also after the sender was removed.
pub async fn find_sent(pool: &PgPool, sender: UserId, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> = sqlx::query_as(concat!(
        "select ",
        message_columns!("$2"),
        " from messages m left join users u on u.id = m.sender_id where m.id = $1 and m.sender_id = $2"
    ))
    .bind(id.uuid())
    .bind(sender.get())
    .fetch_optional(pool)
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// One message that a machine has posted as the system, to be shown to it as the answer.
pub async fn find_posted(pool: &PgPool, actor: UserId, id: MessageId) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> = sqlx::query_as(concat!(
        "select ",
        message_columns!("null"),
        " from messages m left join users u on u.id = m.sender_id
         where m.id = $1 and m.actor_id = $2 and m.sender_id is null"
    ))
    .bind(id.uuid())
    .bind(actor.get())
    .fetch_optional(pool)
    .await?;
    row.map(TryInto::try_into).transpose()
}
