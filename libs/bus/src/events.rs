//! Durable events and replies on the wire, published by persistence after the commit.

use async_nats::HeaderMap;
use async_nats::jetstream::context::PublishAckFuture;
use chat_protocol::event::{
    Event, HEADER_CE_ID, HEADER_CE_SOURCE, HEADER_CE_SPECVERSION, HEADER_CE_TIME, HEADER_CE_TYPE, HEADER_SEQ,
};
use chat_protocol::ids::{ConversationId, InstanceId, Seq};
use chat_protocol::reply::{Positions, Replies};
use chat_protocol::subjects::{self, ConversationSubject};

use crate::{Bus, BusError};

/// An event in the form in which it travels.
#[derive(Debug, Clone)]
pub struct EncodedEvent {
    subject: String,
    headers: HeaderMap,
    payload: bytes::Bytes,
}

impl EncodedEvent {
    /// Encodes the event of a command.
    pub fn new(id: uuid::Uuid, event: &Event) -> Result<Self, BusError> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER_SEQ, event.seq().to_string());
        headers.insert(HEADER_CE_SPECVERSION, "1.0");
        headers.insert(HEADER_CE_ID, id.to_string());
        headers.insert(HEADER_CE_TYPE, event.kind().ce_type());
        headers.insert(HEADER_CE_SOURCE, format!("/chat/conversations/{}", event.conversation_id()));
        headers.insert(HEADER_CE_TIME, event.created_at().to_string());
        let payload = serde_json::to_vec(event)?.into();
        Ok(Self { subject: subjects::conversation_log(event.conversation_id()), headers, payload })
    }

    /// The size of the frame, in bytes.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        self.payload.len()
    }

    /// Hands it to the broker; the order of calls is the order of events.
    pub async fn publish(&self, bus: &Bus) -> Result<PublishAckFuture, BusError> {
        bus.jetstream()
            .publish_with_headers(self.subject.clone(), self.headers.clone(), self.payload.clone())
            .await
            .map_err(BusError::jetstream)
    }
}

/// A durable event as a gateway takes it in: the frame is not parsed.
#[derive(Debug, Clone)]
pub struct ReceivedEvent {
    /// Where.
    pub conversation_id: ConversationId,
    /// Its position.
    pub seq: Seq,
    /// The value of `ce-type`.
    pub ce_type: String,
    /// The frame.
    pub frame: bytes::Bytes,
}

/// Reads a message of a conversation's log; none if it is something else.
#[must_use]
pub fn decode(message: async_nats::Message) -> Option<ReceivedEvent> {
    let ConversationSubject::Log(conversation_id) = subjects::parse_conversation(&message.subject)? else {
        return None;
    };
    let headers = message.headers?;
    let seq = headers.get(HEADER_SEQ)?.as_str().parse().ok().map(Seq)?;
    let ce_type = headers.get(HEADER_CE_TYPE)?.as_str().to_owned();
    Some(ReceivedEvent { conversation_id, seq, ce_type, frame: message.payload })
}

/// Answers an instance.
pub async fn publish_replies(bus: &Bus, to: &InstanceId, replies: &Replies) -> Result<(), BusError> {
    let payload = serde_json::to_vec(replies)?;
    bus.client().publish(subjects::reply(to), payload.into()).await.map_err(BusError::client)
}

/// Tells everybody who waits for answers how far a worker has come.
pub async fn publish_positions(bus: &Bus, positions: &Positions) -> Result<(), BusError> {
    let payload = serde_json::to_vec(positions)?;
    bus.client().publish(subjects::POSITIONS, payload.into()).await.map_err(BusError::client)
}
