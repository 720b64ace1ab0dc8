//! What the writer answers to the instance that asked: the replies of a batch travel together.

use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::ids::{CommandId, ConversationId, MessageId, Seq};
use crate::partition::Partition;
use crate::time::Timestamp;

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The message is committed.
    MessageStored {
        /// Its id: the command's own, or that of the first message with the same `client_id`.
        id: MessageId,
        /// Its position.
        seq: Seq,
        /// When it was stored.
        created_at: Timestamp,
        /// Whether this command created it; false for a repeated `client_id`.
        created: bool,
    },
    /// The conversation is committed, or was there before.
    ConversationStored {
        /// Its id.
        id: ConversationId,
        /// Whether this command created it.
        created: bool,
    },
    /// What was asked for holds now.
    Done,
    /// Messages are marked as read.
    MarkedAsRead {
        /// How many were not before.
        marked: i64,
        /// How many are left, at most 1,000.
        unread_count: i64,
    },
    /// It was refused; nothing happened.
    Refused(Refusal),
}

/// The answer to one command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Which command.
    pub command_id: CommandId,
    /// What became of it.
    pub outcome: Outcome,
}

/// How far a partition is stored: every command up to there was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionPosition {
    /// Which.
    pub partition: Partition,
    /// In which life of the stream the position counts.
    pub incarnation: i64,
    /// The position.
    pub stored_pos: i64,
}

/// The answers of one batch to one instance, and how far the batch has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Replies {
    /// In the order in which the commands were stored.
    pub replies: Vec<Reply>,
    /// The partitions of the batch.
    #[serde(default)]
    pub positions: Vec<PartitionPosition>,
}

/// What each worker says every second to everybody who waits for answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Positions {
    /// The partitions of the worker.
    pub positions: Vec<PartitionPosition>,
}
