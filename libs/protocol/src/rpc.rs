//! Requests between services (NATS micro services): what a gateway, which has no database, asks the api.

mod many;

use serde::{Deserialize, Serialize};

pub use self::many::{
    Authorization, AuthorizeManyRequest, AuthorizeManyResponse, MAX_QUESTIONS, ReadStatesManyRequest,
    ReadStatesManyResponse,
};
use crate::event::{EventFacts, EventKind};
use crate::frame::ReadState;
use crate::ids::{ConversationId, Seq, UserId};
use crate::live::Standing;
use crate::presence::ChosenStatus;
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

/// `chat.rpc.api.revocations`: let the buckets of revocations hold everything that was revoked until now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationsRequest {}

/// The answer to [`RevocationsRequest`]: they do. Where the database is away, they hold what the answering api knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationsResponse {}

/// What holds for one conversation at one position of its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Where.
    pub conversation_id: ConversationId,
    /// Whether the person is a participant; false for unknown conversations too.
    pub is_participant: bool,
    /// The head of the log, and the position at which this was true.
    pub last_seq: Seq,
    /// The event that let the person in.
    pub joined_seq: Seq,
    /// How many take part.
    pub participant_count: i64,
    /// Whether one of the two people of a direct or job conversation has blocked the other: nothing passes between them.
    #[serde(default)]
    pub is_blocked: bool,
    /// From which the person's unread count follows.
    pub standing: Standing,
}

/// The answer to [`AuthorizeRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizeResponse {
    /// Which life of the log the positions belong to.
    pub log_epoch: i64,
    /// What others see of the person.
    pub name: String,
    /// What the person chose to show.
    pub status: ChosenStatus,
    /// Grows with every choice.
    pub status_version: i64,
    /// One row for each conversation asked for, in that order.
    pub memberships: Vec<Membership>,
}

/// `chat.rpc.api.memberships`: everything that this person takes part in, by id, in pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipsRequest {
    /// Who.
    pub user_id: UserId,
    /// The last conversation of the page before.
    #[serde(default)]
    pub after: Option<ConversationId>,
    /// At most so many; 2,000 are always too many.
    pub limit: u32,
}

/// The answer to [`MembershipsRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipsResponse {
    /// The person's membership version when this was read.
    pub version: i64,
    /// In the order of their ids.
    pub memberships: Vec<Membership>,
    /// Whether there are more.
    pub more: bool,
}

/// `chat.rpc.api.membership_versions`: has news of these people been missed? At most 2,000 people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipVersionsRequest {
    /// Whom.
    pub user_ids: Vec<UserId>,
}

/// The answer to [`MembershipVersionsRequest`]. Unknown people are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipVersionsResponse {
    /// By person.
    pub versions: Vec<(UserId, i64)>,
}

/// `chat.rpc.api.read_states`: how far everybody has read, of up to 100 conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStatesRequest {
    /// On whose behalf; membership is checked with the read.
    pub user_id: UserId,
    /// Where.
    pub conversation_ids: Vec<ConversationId>,
}

/// The answer to [`ReadStatesRequest`]; cut at 512 KiB: who is missing is asked for again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadStatesResponse {
    /// One row for each conversation that the person takes part in, in the order asked for.
    pub conversations: Vec<ConversationReadState>,
}

/// How far the participants of one conversation have read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationReadState {
    /// Where.
    pub conversation_id: ConversationId,
    /// By person.
    pub readers: Vec<ReadState>,
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
    pub kind: EventKind,
    /// What has to be known of it without reading the frame.
    #[serde(default)]
    pub facts: EventFacts,
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
