//! Heads: where the logs of conversations stand. They reveal the loss of a last event, which no later event reveals.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, Seq};

/// The head of one conversation's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Its newest committed position.
    pub last_seq: Seq,
}

/// What was said on `chat.heads.{bucket}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// In no order.
    pub heads: Vec<Head>,
}

/// `chat.rpc.api.heads`: how do these conversations stand? Unknown and deleted ones are left out of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadsRequest {
    /// Up to 1,000.
    pub conversation_ids: Vec<ConversationId>,
}

/// How one conversation stands now, in the answer to [`HeadsRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standpoint {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The newest committed position of its log.
    pub last_seq: Seq,
    /// Whether it has two people, of whom one has blocked the other.
    #[serde(default)]
    pub is_blocked: bool,
}

/// The answer to [`HeadsRequest`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standpoints {
    /// In no order.
    pub heads: Vec<Standpoint>,
}
