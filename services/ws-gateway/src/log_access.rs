//! What a socket asks the api: may this person read here, and what has happened after a position.

use std::sync::Arc;
use std::time::Duration;

use chat_bus::BusError;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rpc::{AuthorizeRequest, AuthorizeResponse, EventsAfterRequest, EventsAfterResponse, Identity};

use crate::mailbox::Mailbox;
use crate::room::RoomMembership;
use crate::socket::Shared;

/// How long the api may take to say who may read what.
const AUTHORIZE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one page of the log may take.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// Events of one page.
const READ_PAGE: u32 = 500;

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

/// First the subscription, then, on the same connection, the question: what happens in between is in the ring.
pub async fn enter(
    shared: Arc<Shared>,
    conversation: ConversationId,
    mailbox: Arc<Mailbox>,
    identity: Identity,
) -> Result<(RoomMembership, AuthorizeResponse), AccessError> {
    let room = shared.hub.room(conversation).await?;
    let membership = room.join(mailbox);
    let request = AuthorizeRequest { identity, conversation_ids: vec![conversation] };
    let response = rpc::call(&shared.bus, "api", "authorize", &request, AUTHORIZE_TIMEOUT).await?;
    Ok((membership, response))
}

/// A page of the log after a position, as far as this person may read it. Only so many are read at once.
pub async fn read(
    shared: Arc<Shared>,
    conversation_id: ConversationId,
    user: UserId,
    after_seq: Seq,
) -> Result<(Seq, EventsAfterResponse), AccessError> {
    let place = shared.log_reads.acquire().await.map_err(|_| RpcError::Unavailable("stopping".to_owned()))?;
    let request = EventsAfterRequest { conversation_id, user_id: Some(user), after_seq, limit: READ_PAGE };
    let page = rpc::call(&shared.bus, "api", "events_after", &request, READ_TIMEOUT).await?;
    drop(place);
    Ok((after_seq, page))
}
