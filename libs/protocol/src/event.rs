//! Durable events: what has happened in a conversation, one for each `seq`.
//!
//! The payload on `chat.conversation.{bucket}.{id}.log` is the very frame that clients get; what a gateway needs to know
//! about it stands in the headers, so it is never parsed on its way.

mod kind;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::kind::EventKind;
use crate::ids::{ConversationId, Seq, UserId};
use crate::message::Message;
use crate::time::Timestamp;

/// Header: position in the conversation's log.
pub const HEADER_SEQ: &str = "chat-seq";
/// Header: whom a participant's event concerns.
pub const HEADER_PARTICIPANT: &str = "chat-participant";
/// Header: of an edit or deletion, the position of the message that it concerns.
pub const HEADER_CONCERNS: &str = "chat-concerns";
/// Header: of a message, how many there are with it, who sent it, and how many are the sender's: `7 42 3`, or `7 - 0`.
pub const HEADER_MESSAGE: &str = "chat-message";
/// Header (CloudEvents): id of the event, that of its command.
pub const HEADER_CE_ID: &str = "ce-id";
/// Header (CloudEvents): `chat.{type}.v1`.
pub const HEADER_CE_TYPE: &str = "ce-type";
/// Header (CloudEvents): always `1.0`.
pub const HEADER_CE_SPECVERSION: &str = "ce-specversion";
/// Header (CloudEvents): which installation, as its operator named it.
pub const HEADER_CE_SOURCE: &str = "ce-source";
/// Header (CloudEvents): the conversation.
pub const HEADER_CE_SUBJECT: &str = "ce-subject";
/// Header (CloudEvents): when it was stored.
pub const HEADER_CE_TIME: &str = "ce-time";
/// Header (CloudEvents): the `$id` of the schema that the payload fits.
pub const HEADER_CE_DATASCHEMA: &str = "ce-dataschema";
/// Header (CloudEvents): what the payload is, always `application/json`.
pub const HEADER_CONTENT_TYPE: &str = "content-type";

/// What a gateway needs to know of an event without reading its frame. Travels in headers, and beside the frame in
/// answers of the api.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFacts {
    /// Of a message: how many there are now, and how many are the sender's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageFacts>,
    /// Of a participant's event: whom it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<UserId>,
    /// Of an edit or deletion: the position of the message that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concerns: Option<Seq>,
}

/// The numbers that make unread counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFacts {
    /// How many messages that count as unread for others the conversation has with this one.
    pub number: i64,
    /// Who sent it; none for the system, whose messages are never unread.
    pub sender_id: Option<UserId>,
    /// How many the sender has sent here with this one; a later number may stand in for it.
    pub sent_count: i64,
}

/// The frame of a stored message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MessageReceived {
    /// `message_received`.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Where.
    pub conversation_id: ConversationId,
    /// Its position in the log.
    pub seq: Seq,
    /// Who caused it; null for the system.
    pub actor_id: Option<UserId>,
    /// What was said.
    pub message: Message,
}

impl fmt::Display for MessageFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sender_id {
            Some(sender) => write!(f, "{} {sender} {}", self.number, self.sent_count),
            None => write!(f, "{} - {}", self.number, self.sent_count),
        }
    }
}

impl MessageFacts {
    /// Reads the header's value.
    #[must_use]
    pub fn from_header(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (number, sender, sent_count) = (words.next()?, words.next()?, words.next()?);
        let sender_id = if sender == "-" { None } else { Some(sender.parse().ok()?) };
        Some(Self { number: number.parse().ok()?, sender_id, sent_count: sent_count.parse().ok()? })
    }
}

/// The frame of every other durable event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogEvent {
    /// Which event.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Where.
    pub conversation_id: ConversationId,
    /// Its position in the log.
    pub seq: Seq,
    /// Who caused it.
    pub actor_id: Option<UserId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// What belongs to this kind.
    #[serde(flatten)]
    pub body: serde_json::Map<String, serde_json::Value>,
}

/// A durable event as a frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A message was stored.
    Message(Box<MessageReceived>),
    /// Anything else.
    Log(Box<LogEvent>),
}

impl Event {
    /// The frame of a message as it was stored.
    #[must_use]
    pub fn of_message(message: Message) -> Self {
        let sender = message.sender.as_ref().map(|sender| sender.id);
        Self::of_message_by(message, sender)
    }

    /// The frame of a message that somebody caused without being its sender: one of the system.
    #[must_use]
    pub fn of_message_by(message: Message, actor_id: Option<UserId>) -> Self {
        Self::Message(Box::new(MessageReceived {
            kind: EventKind::MessageReceived,
            conversation_id: message.conversation_id,
            seq: message.seq,
            actor_id,
            message,
        }))
    }

    /// Which event.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Message(event) => event.kind,
            Self::Log(event) => event.kind,
        }
    }

    /// Where.
    #[must_use]
    pub fn conversation_id(&self) -> ConversationId {
        match self {
            Self::Message(event) => event.conversation_id,
            Self::Log(event) => event.conversation_id,
        }
    }

    /// Its position in the log.
    #[must_use]
    pub fn seq(&self) -> Seq {
        match self {
            Self::Message(event) => event.seq,
            Self::Log(event) => event.seq,
        }
    }

    /// When it was stored.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        match self {
            Self::Message(event) => event.message.created_at,
            Self::Log(event) => event.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_their_header() {
        for sender_id in [UserId::new(42), None] {
            let facts = MessageFacts { number: 7, sender_id, sent_count: 3 };
            assert_eq!(MessageFacts::from_header(&facts.to_string()), Some(facts));
        }
        for bad in ["", "7", "7 x 3", "7 0 3", "x - 0"] {
            assert_eq!(MessageFacts::from_header(bad), None, "{bad}");
        }
    }
}
