//! Commands that change what was said: edits, deletions, reactions.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, MessageId, UserId};
use crate::time::Timestamp;

/// Change the text of one's own message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
    /// Who asks; whether that may be is decided where it is stored.
    pub actor_id: UserId,
    /// The new text, checked like that of a new message.
    pub content: String,
    /// How old the message may be, in seconds.
    pub window_secs: u32,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Delete a message for all: a tombstone stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Which.
    pub message_id: MessageId,
    /// Who asks.
    pub actor_id: UserId,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Put a reaction of one's own on a message, or take it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetReaction {
    /// Where.
    pub conversation_id: ConversationId,
    /// On which message.
    pub message_id: MessageId,
    /// Whose.
    pub actor_id: UserId,
    /// Which.
    pub emoji: String,
    /// Whether it is to be there.
    pub is_set: bool,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}
