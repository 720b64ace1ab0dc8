//! Durable events: what has happened in a conversation, one for each `seq`.
//!
//! The payload on `chat.conversation.{bucket}.{id}.log` is the very frame that clients get; what a gateway needs to know
//! about it stands in the headers, so it is never parsed on its way.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, Seq, UserId};
use crate::message::Message;
use crate::time::Timestamp;

/// Header: position in the conversation's log.
pub const HEADER_SEQ: &str = "chat-seq";
/// Header (CloudEvents): id of the event, that of its command.
pub const HEADER_CE_ID: &str = "ce-id";
/// Header (CloudEvents): `chat.{type}.v1`.
pub const HEADER_CE_TYPE: &str = "ce-type";
/// Header (CloudEvents): always `1.0`.
pub const HEADER_CE_SPECVERSION: &str = "ce-specversion";
/// Header (CloudEvents): `/chat/conversations/{id}`.
pub const HEADER_CE_SOURCE: &str = "ce-source";
/// Header (CloudEvents): when it was stored.
pub const HEADER_CE_TIME: &str = "ce-time";

/// Which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A message was stored.
    MessageReceived,
    /// The conversation began; always seq 1.
    ConversationCreated,
}

impl EventKind {
    /// The frame's `type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessageReceived => "message_received",
            Self::ConversationCreated => "conversation_created",
        }
    }

    /// The kind that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::MessageReceived,
            1 => Self::ConversationCreated,
            _ => return None,
        })
    }

    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::MessageReceived => 0,
            Self::ConversationCreated => 1,
        }
    }

    /// The value of `ce-type`.
    #[must_use]
    pub fn ce_type(self) -> String {
        format!("chat.{}.v1", self.as_str())
    }
}

/// The frame of a stored message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        Self::Message(Box::new(MessageReceived {
            kind: EventKind::MessageReceived,
            conversation_id: message.conversation_id,
            seq: message.seq,
            actor_id: message.sender.as_ref().map(|sender| sender.id),
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
