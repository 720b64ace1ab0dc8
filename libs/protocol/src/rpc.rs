//! Requests between services (NATS micro services): what a gateway, which has no database, asks the api.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, Seq, UserId};
use crate::rest::PlatformRole;
use crate::time::Timestamp;

/// What a verified token says of its bearer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user.
    pub user_id: UserId,
    /// The name in the token.
    pub name: Option<String>,
    /// The role in the token.
    pub role: PlatformRole,
    /// The picture in the token.
    pub avatar_url: Option<String>,
    /// When the token was made: of two tokens' names the newer's counts.
    pub issued_at: Option<Timestamp>,
}

/// `chat.rpc.api.authorize`: may this person take part in these conversations?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// Who; created from the claims when never seen.
    pub identity: Identity,
    /// Where.
    pub conversation_ids: Vec<ConversationId>,
}

/// What holds for one conversation at one position of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whether the person is a participant; false for unknown conversations too.
    pub is_participant: bool,
    /// The head of the log, and the position at which this was true.
    pub last_seq: Seq,
}

/// The answer to [`AuthorizeRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeResponse {
    /// Which life of the log the positions belong to.
    pub log_epoch: i64,
    /// One row for each conversation asked for, in that order.
    pub memberships: Vec<Membership>,
}

/// `chat.rpc.api.events_after`: the log of a conversation after a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventsAfterRequest {
    /// Where.
    pub conversation_id: ConversationId,
    /// On whose behalf; membership is checked with the read. Absent when a gateway fills its own ring.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// Exclusive.
    pub after_seq: Seq,
    /// At most so many.
    pub limit: u32,
}

/// One event of the log, framed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FramedEvent {
    /// Its position.
    pub seq: Seq,
    /// Which event, as in the frame.
    pub kind: crate::event::EventKind,
    /// The frame.
    pub frame: Box<serde_json::value::RawValue>,
}

/// The answer to [`EventsAfterRequest`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventsAfterResponse {
    /// Which life of the log the positions belong to.
    pub log_epoch: i64,
    /// Whether the person asked for is a participant; true when nobody was named and the conversation exists.
    pub is_participant: bool,
    /// The oldest position that the log still has.
    pub first_seq: Seq,
    /// The head of the log.
    pub last_seq: Seq,
    /// Without holes from `after_seq` on; cut by the limit or at 512 KiB.
    pub events: Vec<FramedEvent>,
}
