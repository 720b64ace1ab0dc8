//! What a socket asks the api: where may this person read, what has happened after a position, how far has everybody
//! read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chat_bus::BusError;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rpc::{
    AuthorizeRequest, AuthorizeResponse, EventsAfterRequest, EventsAfterResponse, Identity, Membership,
    MembershipsRequest, MembershipsResponse, ReadStatesRequest, ReadStatesResponse,
};
use chat_runtime::faults;
use tokio::time::{sleep, timeout};

use crate::mailbox::Mailbox;
use crate::person::Following;
use crate::room::{Room, RoomMembership};
use crate::session::Door;
use crate::socket::Shared;

/// How long the api may take to say who may read what.
const AUTHORIZE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one page of the log, or of other reads, may take.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Events of one page.
const READ_PAGE: u32 = 500;
/// Conversations of one page.
const MEMBERSHIPS_PAGE: u32 = 1000;
/// Conversations whose read states are asked for at once.
pub const READ_STATES_AT_ONCE: usize = 100;

/// How late the failpoint `gateway.late_answer` makes an answer at the most.
const LATE_LIMIT: Duration = Duration::from_secs(10);

/// Conversations that a socket has a seat in, or is about to have.
pub type Known = HashSet<ConversationId>;

/// Why the api's answer could not be had.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// NATS.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The api.
    #[error(transparent)]
    Rpc(#[from] RpcError),
}

/// What a socket needs to begin.
#[derive(Debug)]
pub struct Entered {
    /// What the api says of the person and, on `/ws/chat/{id}/`, of the conversation.
    pub response: AuthorizeResponse,
    /// The person's news, on sockets that follow them.
    pub following: Option<Following>,
    /// Where the person takes part.
    pub listing: Listing,
}

/// Everything that a person takes part in, as of a membership version.
#[derive(Debug, Default)]
pub struct Listing {
    /// The version.
    pub version: i64,
    /// Places in the rooms that were not known before, and what holds there.
    pub entered: Vec<(RoomMembership, Membership)>,
    /// What holds in the rooms that were known.
    pub known: Vec<Membership>,
    /// The rooms that were known when it was asked for.
    pub asked: Known,
}

/// First the subscriptions, then, on the same connection, the questions: what happens in between is in the rings.
pub async fn enter(
    shared: Arc<Shared>,
    door: Door,
    mailbox: Arc<Mailbox>,
    identity: Identity,
) -> Result<Entered, AccessError> {
    let user = identity.user_id;
    match door {
        Door::Chat(conversation) => {
            let (place, response) = join(&shared, conversation, mailbox, identity).await?;
            let fact = response.memberships.first().cloned();
            let entered = fact.map(|fact| (place, fact)).into_iter().collect();
            Ok(Entered { response, following: None, listing: Listing { entered, ..Listing::default() } })
        }
        Door::Presence => {
            let following = follow(&shared, user, mailbox).await?;
            let response = authorize(&shared, identity, Vec::new()).await?;
            Ok(Entered { response, following: Some(following), listing: Listing::default() })
        }
        Door::All => {
            let following = follow(&shared, user, mailbox.clone()).await?;
            let response = authorize(&shared, identity.clone(), Vec::new()).await?;
            let listing = list(shared, mailbox, identity, Known::new()).await?;
            Ok(Entered { response, following: Some(following), listing })
        }
    }
}

async fn follow(shared: &Shared, user: UserId, mailbox: Arc<Mailbox>) -> Result<Following, AccessError> {
    Ok(shared.people.person(user).await?.follow(mailbox))
}

async fn authorize(
    shared: &Shared,
    identity: Identity,
    conversation_ids: Vec<ConversationId>,
) -> Result<AuthorizeResponse, AccessError> {
    let request = AuthorizeRequest { identity, conversation_ids };
    Ok(shared.asking.authorize.ask(request, AUTHORIZE_TIMEOUT).await?)
}

/// A place in one conversation's room, and whether the person may take it.
pub async fn join(
    shared: &Shared,
    conversation: ConversationId,
    mailbox: Arc<Mailbox>,
    identity: Identity,
) -> Result<(RoomMembership, AuthorizeResponse), AccessError> {
    let membership = shared.hub.room(conversation).await?.join(mailbox);
    let response = authorize(shared, identity, vec![conversation]).await?;
    come_late(membership.room()).await;
    Ok((membership, response))
}

/// Everything that the person takes part in, with places in the rooms beyond the `known` ones.
pub async fn list(
    shared: Arc<Shared>,
    mailbox: Arc<Mailbox>,
    identity: Identity,
    known: Known,
) -> Result<Listing, AccessError> {
    let place = shared.log_reads.acquire().await.map_err(|_| RpcError::Unavailable("stopping".to_owned()))?;
    let (_, before) = memberships(&shared, identity.user_id).await?;
    let mut places = HashMap::new();
    for fact in before.iter().filter(|fact| !known.contains(&fact.conversation_id)) {
        let room = shared.hub.room(fact.conversation_id).await?;
        places.insert(fact.conversation_id, room.join(mailbox.clone()));
    }
    // Only what is said after the subscriptions were sent can be built upon.
    let (version, facts) = memberships(&shared, identity.user_id).await?;
    for place in places.values() {
        come_late(place.room()).await;
    }
    let mut listing = Listing { version, ..Listing::default() };
    for fact in facts {
        if known.contains(&fact.conversation_id) {
            listing.known.push(fact);
        } else if let Some(place) = places.remove(&fact.conversation_id) {
            listing.entered.push((place, fact));
        } else {
            let (place, response) = join(&shared, fact.conversation_id, mailbox.clone(), identity.clone()).await?;
            let fact = response.memberships.into_iter().find(|fact| fact.is_participant);
            listing.entered.extend(fact.map(|fact| (place, fact)));
        }
    }
    listing.asked = known;
    drop(place);
    Ok(listing)
}

/// The failpoint `gateway.late_answer`: the answer comes when somebody has been removed after it was decided.
async fn come_late(room: &Room) {
    if faults::on("gateway.late_answer") {
        metrics::counter!("chat_gateway_late_answers_total").increment(1);
        let removed = async {
            while !room.has_removals() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        // Nobody may be removed.
        let _ = timeout(LATE_LIMIT, removed).await;
    }
}

/// All pages, and the membership version of the first: what changes meanwhile shows as a hole.
async fn memberships(shared: &Shared, user_id: UserId) -> Result<(i64, Vec<Membership>), AccessError> {
    let (mut version, mut facts, mut after) = (None, Vec::new(), None);
    loop {
        let request = MembershipsRequest { user_id, after, limit: MEMBERSHIPS_PAGE };
        let page: MembershipsResponse =
            rpc::call(&shared.bus, "api", "memberships", &request, AUTHORIZE_TIMEOUT).await?;
        let first = *version.get_or_insert(page.version);
        after = page.memberships.last().map(|fact| fact.conversation_id);
        facts.extend(page.memberships);
        if !page.more || after.is_none() {
            return Ok((first, facts));
        }
    }
}

/// A page of the log after a position, as far as this person may read it. Only so many are read at once.
pub async fn read(
    shared: Arc<Shared>,
    conversation_id: ConversationId,
    user: UserId,
    after_seq: Seq,
) -> Result<EventsAfterResponse, AccessError> {
    let place = shared.log_reads.acquire().await.map_err(|_| RpcError::Unavailable("stopping".to_owned()))?;
    let request = EventsAfterRequest { conversation_id, user_id: Some(user), after_seq, limit: READ_PAGE };
    let page = rpc::call(&shared.bus, "api", "events_after", &request, READ_TIMEOUT).await?;
    drop(place);
    Ok(page)
}

/// How far everybody has read in these conversations.
pub async fn read_states(
    shared: Arc<Shared>,
    user_id: UserId,
    conversation_ids: Vec<ConversationId>,
) -> Result<ReadStatesResponse, AccessError> {
    let request = ReadStatesRequest { user_id, conversation_ids };
    Ok(shared.asking.read_states.ask(request, READ_TIMEOUT).await?)
}
