//! The log of a conversation as frames: what resume, repair and re-publication read.

use chat_protocol::event::{Event, EventFacts, EventKind, LogEvent, MessageFacts};
use chat_protocol::heads::Standpoint;
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::message::Message;
use chat_protocol::partition::Partition;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;
use crate::messages::{MessageRow, Window};

#[derive(FromRow)]
struct LogRow {
    id: Uuid,
    conversation_id: Uuid,
    seq: i64,
    kind: i16,
    actor_id: Option<i64>,
    body: Value,
    created_at: DateTime<Utc>,
    command_pos: i64,
}

#[derive(FromRow)]
struct PlacedMessageRow {
    #[sqlx(flatten)]
    message: MessageRow,
    actor_id: Option<i64>,
    command_pos: i64,
    number: i64,
    sent_count: i64,
}

/// The columns of [`PlacedMessageRow`], and where they come from. Each sender's count is that of now.
/// Messages as they were when they were said; of deleted ones the text is gone. The limit of 1 holds Postgres to looking senders up: it
/// thinks that conversations have few people, and would read them all.
macro_rules! placed_messages {
    () => {
        "select m.id, m.conversation_id, m.seq,
                case when m.deleted_at is null then coalesce(m.original_content, m.content) else '' end as content,
                m.message_type, m.sender_id, u.name as sender_name, u.avatar_url as sender_avatar_url,
                u.role as sender_role, case when m.attachment_count > 0
                then message_attachments_json(m.conversation_id, m.seq) end as attachments, null::jsonb as reactions,
                m.reply_to, m.client_id, m.created_at, null::timestamptz as edited_at, null::timestamptz as deleted_at,
                m.actor_id, m.command_pos, m.number, coalesce(p.sent_count, 0) as sent_count
           from messages m left join users u on u.id = m.sender_id
           left join lateral (select * from participants p
                where p.conversation_id = m.conversation_id and p.user_id = m.sender_id limit 1) p on true "
    };
}

/// An event with the command that caused it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEvent {
    /// The command's id, which is the event's.
    pub id: Uuid,
    /// The command's position in the stream of commands.
    pub command_pos: i64,
    /// The event.
    pub event: Event,
    /// What has to be known of it without reading its frame.
    pub facts: EventFacts,
}

/// What has to be known of an event that is no message.
pub(crate) fn facts_of(event: &LogEvent) -> EventFacts {
    let is_about_somebody = matches!(
        event.kind,
        EventKind::ParticipantAdded | EventKind::ParticipantRemoved | EventKind::ParticipantChanged
    );
    let participant = event.body.get("user_id").filter(|_| is_about_somebody).and_then(Value::as_i64);
    let concerns = event.body.get("message_seq").and_then(Value::as_i64).map(Seq);
    EventFacts { message: None, participant: participant.and_then(UserId::new), concerns }
}

impl TryFrom<LogRow> for LoggedEvent {
    type Error = StoreError;

    fn try_from(row: LogRow) -> Result<Self, StoreError> {
        let Value::Object(body) = row.body else { return Err(StoreError::Unexpected("log_events.body")) };
        let event = LogEvent {
            kind: EventKind::from_number(row.kind).ok_or(StoreError::Unexpected("log_events.kind"))?,
            conversation_id: ConversationId::from_uuid(row.conversation_id),
            seq: Seq(row.seq),
            actor_id: row.actor_id.and_then(UserId::new),
            created_at: row.created_at.into(),
            body,
        };
        let facts = facts_of(&event);
        Ok(Self { id: row.id, command_pos: row.command_pos, event: Event::Log(Box::new(event)), facts })
    }
}

impl TryFrom<PlacedMessageRow> for LoggedEvent {
    type Error = StoreError;

    fn try_from(row: PlacedMessageRow) -> Result<Self, StoreError> {
        let actor_id = row.actor_id.and_then(UserId::new);
        let message: Message = row.message.try_into()?;
        let sender_id = message.sender.as_ref().map(|sender| sender.id);
        let numbers = MessageFacts { number: row.number, sender_id, sent_count: row.sent_count };
        let facts = EventFacts { message: Some(numbers), ..EventFacts::default() };
        Ok(Self {
            id: message.id.uuid(),
            command_pos: row.command_pos,
            event: Event::of_message_by(message, sender_id.or(actor_id)),
            facts,
        })
    }
}

/// Which life of the log positions belong to.
pub async fn log_epoch(pool: &PgPool) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar("select epoch from log_epoch").fetch_one(pool).await?)
}

/// A stretch of a log.
#[derive(Debug)]
pub struct Stretch {
    /// The oldest position that the log still has.
    pub first_seq: Seq,
    /// The head.
    pub last_seq: Seq,
    /// Ascending, without holes.
    pub events: Vec<LoggedEvent>,
}

/// Up to `limit` events on one side of a position, oldest first in either case. None for an unknown conversation, or if a
/// reader is named who takes no part in it. Bounds, membership and events are one snapshot.
pub async fn stretch(
    pool: &PgPool,
    conversation: ConversationId,
    reader: Option<UserId>,
    window: Window,
    limit: u32,
) -> Result<Option<Stretch>, StoreError> {
    let mut snapshot = pool.begin_with("begin isolation level repeatable read, read only").await?;
    // No `exists`: Postgres may answer it from a list of all that the reader takes part in.
    let bounds: Option<(i64, i64)> = sqlx::query_as(
        "select c.first_seq, c.last_seq from conversations c
          where c.id = $1 and c.deleted_at is null and ($2::bigint is null or (
                select true from participants p where p.conversation_id = c.id and p.user_id = $2 and p.left_seq is null))",
    )
    .bind(conversation.uuid())
    .bind(reader.map(UserId::get))
    .fetch_optional(&mut *snapshot)
    .await?;
    let Some((first_seq, last_seq)) = bounds else { return Ok(None) };
    // Positions are dense: the range names exactly the rows wanted, in both tables.
    let (after, until) = match window {
        Window::After(seq) => (seq.0, seq.0.saturating_add(i64::from(limit)).min(last_seq)),
        Window::Before(seq) => {
            let until = last_seq.min(seq.0.saturating_sub(1));
            (until.saturating_sub(i64::from(limit)), until)
        }
    };
    let messages: Vec<PlacedMessageRow> =
        sqlx::query_as(concat!(placed_messages!(), "where m.conversation_id = $1 and m.seq > $2 and m.seq <= $3"))
            .bind(conversation.uuid())
            .bind(after)
            .bind(until)
            .fetch_all(&mut *snapshot)
            .await?;
    let others: Vec<LogRow> = sqlx::query_as(
        "select id, conversation_id, seq, kind, actor_id, body, created_at, command_pos from log_events
          where conversation_id = $1 and seq > $2 and seq <= $3",
    )
    .bind(conversation.uuid())
    .bind(after)
    .bind(until)
    .fetch_all(&mut *snapshot)
    .await?;
    snapshot.commit().await?;
    let mut events = merge(messages, others)?;
    events.sort_by_key(|logged| logged.event.seq());
    Ok(Some(Stretch { first_seq: Seq(first_seq), last_seq: Seq(last_seq), events }))
}

/// The event at a position, for whoever may see everything: of deleted conversations too, as long as it is there.
pub async fn find_event(pool: &PgPool, conversation: Uuid, seq: i64) -> Result<Option<LoggedEvent>, StoreError> {
    let message: Option<PlacedMessageRow> =
        sqlx::query_as(concat!(placed_messages!(), "where m.conversation_id = $1 and m.seq = $2"))
            .bind(conversation)
            .bind(seq)
            .fetch_optional(pool)
            .await?;
    if let Some(message) = message {
        return message.try_into().map(Some);
    }
    let other: Option<LogRow> = sqlx::query_as(
        "select id, conversation_id, seq, kind, actor_id, body, created_at, command_pos from log_events
          where conversation_id = $1 and seq = $2",
    )
    .bind(conversation)
    .bind(seq)
    .fetch_optional(pool)
    .await?;
    other.map(TryInto::try_into).transpose()
}

/// Up to `limit` conversations after one, in the order of their ids.
pub async fn conversations_after(
    pool: &PgPool,
    after: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<ConversationId>, StoreError> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select id from conversations where id > $1 and deleted_at is null order by id limit $2")
            .bind(after.map_or(Uuid::nil(), ConversationId::uuid))
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await?;
    Ok(ids.into_iter().map(ConversationId::from_uuid).collect())
}

/// How those of the conversations stand that exist: a block is looked for where nothing passes between the two people.
pub async fn heads(pool: &PgPool, conversations: &[ConversationId]) -> Result<Vec<Standpoint>, StoreError> {
    let rows: Vec<(Uuid, i64, bool)> = sqlx::query_as(
        "select c.id, c.last_seq,
                case when c.kind <> 1 and c.participant_count = 2
                     then exists (select 1 from participants p join users u on u.id = p.user_id and u.block_count > 0
                                   where p.conversation_id = c.id and p.left_seq is null and is_blocked(c.id, p.user_id))
                     else false end
           from conversations c where c.id = any ($1) and c.deleted_at is null",
    )
    .bind(conversations.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    let standpoint = |(id, last_seq, is_blocked)| Standpoint {
        conversation_id: ConversationId::from_uuid(id),
        last_seq: Seq(last_seq),
        is_blocked,
    };
    Ok(rows.into_iter().map(standpoint).collect())
}

/// What a partition has stored in `(published_pos, stored_pos]`, in the order of the commands: about `limit` events, but
/// all of a command or none of it.
pub async fn stored_between(
    pool: &PgPool,
    partition: Partition,
    after_pos: i64,
    up_to_pos: i64,
    limit: u32,
) -> Result<Vec<LoggedEvent>, StoreError> {
    let messages: Vec<PlacedMessageRow> = sqlx::query_as(concat!(
        placed_messages!(),
        "where m.partition = $1 and m.command_pos > $2 and m.command_pos <= $3 order by m.command_pos
         fetch first ($4) rows with ties"
    ))
    .bind(i16::from(partition.get()))
    .bind(after_pos)
    .bind(up_to_pos)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    let others: Vec<LogRow> = sqlx::query_as(
        "select id, conversation_id, seq, kind, actor_id, body, created_at, command_pos from log_events
          where partition = $1 and command_pos > $2 and command_pos <= $3 order by command_pos
          fetch first ($4) rows with ties",
    )
    .bind(i16::from(partition.get()))
    .bind(after_pos)
    .bind(up_to_pos)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    let mut events = merge(messages, others)?;
    events.sort_by_key(|logged| (logged.command_pos, logged.event.seq()));
    // Up to there both tables have been read without a gap.
    if let Some(last) = events.get((limit as usize).saturating_sub(1)).map(|logged| logged.command_pos) {
        events.retain(|logged| logged.command_pos <= last);
    }
    Ok(events)
}

fn merge(messages: Vec<PlacedMessageRow>, others: Vec<LogRow>) -> Result<Vec<LoggedEvent>, StoreError> {
    let messages = messages.into_iter().map(TryInto::try_into);
    let others = others.into_iter().map(TryInto::try_into);
    messages.chain(others).collect()
}
