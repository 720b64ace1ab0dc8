//! What the server says to one socket, besides durable events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Refusal};
use crate::ids::{ClientId, ConversationId, MessageId, Seq, UserId};
use crate::time::Timestamp;

/// What the server says to one socket, besides events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ServerFrame {
    /// The first frame.
    Ready {
        /// Who the caller is.
        user_id: UserId,
        /// On `/ws/chat/{id}/`: where.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// On `/ws/chat/{id}/`: the head; what comes after it comes live.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_seq: Option<Seq>,
        /// Which life of the log positions belong to.
        log_epoch: i64,
        /// How often `heartbeat` comes.
        heartbeat_seconds: u64,
    },
    /// The sender's message is committed.
    MessageSent {
        /// Where.
        conversation_id: ConversationId,
        /// The sender's own id for it, if one was given.
        client_id: Option<ClientId>,
        /// The message.
        id: MessageId,
        /// Its position.
        seq: Seq,
        /// When it was stored.
        created_at: Timestamp,
    },
    /// A fresh token was taken.
    Authenticated {
        /// Until when it is good.
        expires_at: Timestamp,
    },
    /// Something was refused; the socket stays open.
    Error {
        /// Where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// The code.
        code: ErrorCode,
        /// What happened.
        detail: String,
        /// Which message it was about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Which fields were wrong.
        #[serde(default, skip_serializing_if = "crate::error::FieldErrors::is_empty")]
        errors: crate::error::FieldErrors,
        /// When to come back with the same, in milliseconds: where it was too much, too fast.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
    /// The answer to `ping`.
    Pong,
    /// Everything that was missing has been sent; from here on it goes on live.
    Resumed {
        /// Where.
        conversation_id: ConversationId,
        /// Everything up to here has been sent or was known.
        last_seq: Seq,
        /// Which life of the log positions belong to.
        log_epoch: i64,
        /// How far each person has read.
        read_state: Vec<ReadState>,
        /// Whether the rest of the read state follows in another such frame.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    },
    /// What was asked for cannot be brought: reload this conversation over REST.
    ResyncRequired {
        /// Where.
        conversation_id: ConversationId,
        /// The head; what comes after it comes live.
        last_seq: Seq,
        /// Which life of the log positions belong to.
        log_epoch: i64,
    },
    /// The server is there; where the log is.
    Heartbeat {
        /// On `/ws/chat/{id}/`: where.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation_id: Option<ConversationId>,
        /// On `/ws/chat/{id}/`: the head.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_seq: Option<Seq>,
        /// On `/ws/`: the heads, all of them right after `ready`, then of what changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heads: Option<BTreeMap<ConversationId, Seq>>,
        /// Whether more heads follow at once.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        more: bool,
    },
    /// Somebody types, or has stopped.
    TypingIndicator {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        user_id: UserId,
        /// What others see.
        user_name: String,
        /// Whether they type.
        is_typing: bool,
    },
    /// Somebody has read.
    MessagesRead {
        /// Where.
        conversation_id: ConversationId,
        /// What was not read before, oldest first: the newest 500 of it.
        message_ids: Vec<MessageId>,
        /// Everything up to and with it is read.
        up_to_seq: Seq,
        /// Who.
        reader_id: UserId,
        /// When.
        read_at: Timestamp,
    },
    /// The conversation is deleted for all; nothing comes after this.
    ConversationDeleted {
        /// Which.
        conversation_id: ConversationId,
        /// Who did it.
        actor_id: Option<UserId>,
        /// When.
        deleted_at: Timestamp,
    },
    /// On `/ws/`: how much of a conversation is unread, and of all that are not muted.
    UnreadChanged {
        /// Where.
        conversation_id: ConversationId,
        /// How many messages, at most 1,000.
        unread_count: i64,
        /// The sum over the conversations that are not muted.
        total: i64,
    },
}

/// How far one person has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadState {
    /// Who.
    pub reader_id: UserId,
    /// Everything up to and with it is read.
    pub up_to_seq: Seq,
    /// Positions of others' messages that were read after a gap, ascending.
    pub beyond: Vec<Seq>,
    /// When the person last read; none before the first time.
    pub read_at: Option<Timestamp>,
}

impl ServerFrame {
    /// A refusal as a frame.
    #[must_use]
    pub fn refused(conversation_id: Option<ConversationId>, refusal: Refusal, client_id: Option<String>) -> Self {
        let Refusal { code, detail, errors, retry_after_ms } = refusal;
        Self::Error { conversation_id, code, detail, client_id, errors, retry_after_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_comes_first() {
        let text = serde_json::to_string(&ServerFrame::Pong).unwrap();
        assert_eq!(text, r#"{"type":"pong"}"#);
    }
}
