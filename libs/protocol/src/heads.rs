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

/// What was said on `chat.heads.{bucket}`, or answered to [`HeadsRequest`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// In no order.
    pub heads: Vec<Head>,
}

/// `chat.rpc.api.heads`: where do these logs stand? Unknown conversations are left out of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadsRequest {
    /// Up to 1,000.
    pub conversation_ids: Vec<ConversationId>,
}
