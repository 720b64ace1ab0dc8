//! The rows that `apply_commands` answers, read as verdicts.

use chat_protocol::command::{CommandBody, SendMessage};
use chat_protocol::event::{Event, EventFacts, EventKind, LogEvent, MessageFacts};
use chat_protocol::ids::{Seq, UserId};
use chat_protocol::message::Message;
use chat_protocol::rest::PlatformRole;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Applied, Carried, Placed, Stored, Verdict};
use crate::StoreError;
use crate::log::{LoggedEvent, facts_of};
use crate::outbox::NewsRow;

/// What became of one command; the row of index -1 says that the batch was fenced.
#[derive(FromRow)]
pub(super) struct Row {
    pub(super) ord: i32,
    outcome: i16,
    id: Option<Uuid>,
    seq: Option<i64>,
    at: Option<DateTime<Utc>>,
    sender_name: Option<String>,
    sender_avatar_url: Option<String>,
    sender_role: Option<i16>,
    number: Option<i64>,
    sent_count: Option<i64>,
    detail: Option<Value>,
    events: Option<Json<Vec<EventRow>>>,
    news: Option<Json<Vec<NewsRow>>>,
}

/// A new row of `log_events`.
#[derive(Deserialize)]
struct EventRow {
    id: Uuid,
    seq: i64,
    kind: i16,
    actor_id: Option<UserId>,
    at: DateTime<Utc>,
    body: Map<String, Value>,
}

/// Reads one row with the command that it answers.
pub(super) fn verdict(row: Row, commands: &[Placed]) -> Result<Applied, StoreError> {
    let index = usize::try_from(row.ord).map_err(|_| StoreError::Unexpected("ord"))?;
    let command = commands.get(index).ok_or(StoreError::Unexpected("ord"))?;
    let verdict = match (row.outcome, row.id, row.at) {
        (0, Some(id), Some(at)) => Verdict::Stored(stored(id, at, row, command)?),
        (1 | 2, Some(id), Some(at)) => {
            Verdict::Known { id, seq: row.seq.unwrap_or_default(), at, same_command: row.outcome == 1 }
        }
        (3, _, _) => Verdict::NotFound,
        (4, _, _) => Verdict::Expired,
        (5, _, _) => Verdict::Invalid(row.detail),
        (6, _, _) => Verdict::Carried(Box::new(carried(row, command)?)),
        (7, _, _) => Verdict::Forbidden,
        (8, _, _) => Verdict::Conflict(row.detail.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()),
        (10, _, _) => Verdict::Blocked,
        _ => return Err(StoreError::Unexpected("outcome")),
    };
    Ok(Applied { index, verdict })
}

fn stored(id: Uuid, at: DateTime<Utc>, row: Row, command: &Placed) -> Result<Stored, StoreError> {
    let facts = match &command.body {
        CommandBody::SendMessage(body) => message_facts(&row, body),
        _ => EventFacts::default(),
    };
    let role = row.sender_role.and_then(PlatformRole::from_number);
    let sender = row.sender_name.zip(role).map(|(name, role)| (name, row.sender_avatar_url, role));
    let news = news(row.news)?;
    Ok(Stored { id, seq: row.seq.unwrap_or_default(), at, sender, body: row.detail, facts, news })
}

fn message_facts(row: &Row, body: &SendMessage) -> EventFacts {
    let numbers = row.number.zip(row.sent_count);
    let facts =
        numbers.map(|(number, sent_count)| MessageFacts { number, sender_id: Some(body.sender_id), sent_count });
    EventFacts { message: facts, ..EventFacts::default() }
}

fn carried(row: Row, command: &Placed) -> Result<Carried, StoreError> {
    let events = row.events.map(|events| events.0).unwrap_or_default();
    let events = events.into_iter().map(|event| logged(event, command)).collect::<Result<_, _>>()?;
    let news = news(row.news)?;
    Ok(match &command.body {
        CommandBody::MarkAsRead(_) => Carried { events, news, marked: detail(row.detail)?, posted: None },
        CommandBody::PostSystemMessage(_) => Carried { events, news, marked: None, posted: detail(row.detail)? },
        _ => Carried { events, news, marked: None, posted: None },
    })
}

fn detail<T: DeserializeOwned>(detail: Option<Value>) -> Result<Option<T>, StoreError> {
    detail.map(serde_json::from_value).transpose().map_err(|_| StoreError::Unexpected("detail"))
}

/// A message that the system says by a command, as an event.
#[derive(Deserialize)]
struct SystemMessage {
    number: i64,
    message: Message,
}

fn logged(row: EventRow, command: &Placed) -> Result<LoggedEvent, StoreError> {
    if row.kind == EventKind::MessageReceived.number() {
        let said: SystemMessage =
            serde_json::from_value(Value::Object(row.body)).map_err(|_| StoreError::Unexpected("events.body"))?;
        let numbers = MessageFacts { number: said.number, sender_id: None, sent_count: 0 };
        let facts = EventFacts { message: Some(numbers), ..EventFacts::default() };
        let event = Event::of_message_by(said.message, row.actor_id);
        return Ok(LoggedEvent { id: row.id, command_pos: command.pos, event, facts });
    }
    let event = LogEvent {
        kind: EventKind::from_number(row.kind).ok_or(StoreError::Unexpected("log_events.kind"))?,
        conversation_id: command.body.conversation_id(),
        seq: Seq(row.seq),
        actor_id: row.actor_id,
        created_at: row.at.into(),
        body: row.body,
    };
    let facts = facts_of(&event);
    Ok(LoggedEvent { id: row.id, command_pos: command.pos, event: Event::Log(Box::new(event)), facts })
}

fn news(rows: Option<Json<Vec<NewsRow>>>) -> Result<Vec<super::News>, StoreError> {
    rows.map(|rows| rows.0).unwrap_or_default().into_iter().map(TryInto::try_into).collect()
}

/// The people that an invalid creation named and nobody knows.
#[must_use]
pub fn unknown_participants(detail: Option<&Value>) -> Vec<UserId> {
    let ids = detail.and_then(|detail| detail.get("unknown_participants")).and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(|id| id.as_i64().and_then(UserId::new)).collect()
}
