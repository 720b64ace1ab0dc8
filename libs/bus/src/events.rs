//! Durable events and replies on the wire, published by persistence after the commit.

use async_nats::header::{HeaderMap, HeaderName, HeaderValue};
use async_nats::jetstream::context::PublishAckFuture;
use chat_protocol::event::{
    Event, EventFacts, EventKind, HEADER_CE_ID, HEADER_CE_TYPE, HEADER_CONCERNS, HEADER_MESSAGE, HEADER_PARTICIPANT,
    HEADER_SEQ, MessageFacts,
};
use chat_protocol::ids::{ConversationId, InstanceId, Seq};
use chat_protocol::reply::{Positions, Replies};
use chat_protocol::subjects::{self, ConversationSubject};
use chat_protocol::trace::{TRACEPARENT, TraceContext};

use crate::attributes::Attributes;
use crate::{Bus, BusError, trace};

/// An event in the form in which it travels.
#[derive(Debug, Clone)]
pub struct EncodedEvent {
    subject: String,
    headers: HeaderMap,
    payload: bytes::Bytes,
}

impl EncodedEvent {
    /// Encodes an event, with what gateways and consumers need to know of it without reading it.
    pub fn new(id: uuid::Uuid, event: &Event, facts: EventFacts, attributes: &Attributes) -> Result<Self, BusError> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER_SEQ, event.seq().to_string());
        attributes.write(&mut headers, id, event);
        if let Some(message) = facts.message {
            headers.insert(HEADER_MESSAGE, message.to_string());
        }
        if let Some(participant) = facts.participant {
            headers.insert(HEADER_PARTICIPANT, participant.to_string());
        }
        if let Some(concerns) = facts.concerns {
            headers.insert(HEADER_CONCERNS, concerns.to_string());
        }
        let payload = serde_json::to_vec(event)?.into();
        Ok(Self { subject: subjects::conversation_log(event.conversation_id()), headers, payload })
    }

    /// The same event as part of a trace, if it is part of one. Then clients find it in the frame, as its last field.
    #[must_use]
    pub fn traced(mut self, place: Option<&TraceContext>) -> Self {
        let Some(place) = place else { return self };
        trace::write(&mut self.headers, place);
        if let Some(fields) = self.payload.strip_suffix(b"}") {
            self.payload = [fields, format!(r#","{TRACEPARENT}":"{place}"}}"#).as_bytes()].concat().into();
        }
        self
    }

    /// The size of the frame, in bytes.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        self.payload.len()
    }

    /// The size of its headers on the wire, in bytes.
    #[must_use]
    pub fn headers_len(&self) -> usize {
        let line = |(name, values): (&HeaderName, &Vec<HeaderValue>)| {
            let name: &str = name.as_ref();
            values.iter().map(|value| name.len() + value.as_str().len() + ": \r\n".len()).sum::<usize>()
        };
        "NATS/1.0\r\n\r\n".len() + self.headers.iter().map(line).sum::<usize>()
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedEvent {
    /// Where.
    pub conversation_id: ConversationId,
    /// Its position.
    pub seq: Seq,
    /// Which event; none of a kind that this version does not know: its place in the log counts all the same, and clients
    /// ignore what they do not know.
    pub kind: Option<EventKind>,
    /// What has to be known of it without reading the frame.
    pub facts: EventFacts,
    /// Its id. That of a message was made when the message was accepted.
    pub id: Option<uuid::Uuid>,
    /// Where in a trace it was published, if that is recorded.
    pub trace: Option<TraceContext>,
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
    let header = |name: &str| headers.get(name).map(HeaderValue::as_str);
    let seq = header(HEADER_SEQ)?.parse().ok().map(Seq)?;
    let kind = header(HEADER_CE_TYPE).and_then(EventKind::from_ce_type);
    let facts = EventFacts {
        message: header(HEADER_MESSAGE).and_then(MessageFacts::from_header),
        participant: header(HEADER_PARTICIPANT).and_then(|id| id.parse().ok()),
        concerns: header(HEADER_CONCERNS).and_then(|seq| seq.parse().ok()).map(Seq),
    };
    let id = header(HEADER_CE_ID).and_then(|id| id.parse().ok());
    let trace = trace::read(&headers);
    Some(ReceivedEvent { conversation_id, seq, kind, facts, id, trace, frame: message.payload })
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

#[cfg(test)]
mod tests {
    use chat_protocol::ids::UserId;

    use super::*;

    fn removal() -> Event {
        let event = serde_json::json!({
            "type": "participant_removed", "conversation_id": ConversationId::generate(), "seq": 7, "actor_id": 1,
            "created_at": "2026-01-01T00:00:00Z", "user_id": 42, "role": "member",
        });
        Event::Log(serde_json::from_value(event).unwrap())
    }

    fn message(encoded: &EncodedEvent) -> async_nats::Message {
        async_nats::Message {
            subject: encoded.subject.clone().into(),
            reply: None,
            payload: encoded.payload.clone(),
            headers: Some(encoded.headers.clone()),
            status: None,
            description: None,
            length: 0,
        }
    }

    #[test]
    fn event_comes_back_with_its_facts() {
        let event = removal();
        let number = MessageFacts { number: 3, sender_id: None, sent_count: 0 };
        for facts in [
            EventFacts::default(),
            EventFacts { participant: UserId::new(42), ..EventFacts::default() },
            EventFacts { concerns: Some(Seq(3)), ..EventFacts::default() },
            EventFacts { message: Some(number), ..EventFacts::default() },
        ] {
            let encoded = EncodedEvent::new(uuid::Uuid::nil(), &event, facts, &Attributes::of(None)).unwrap();
            let received = decode(message(&encoded)).unwrap();
            assert_eq!((received.seq, received.kind, received.facts), (event.seq(), Some(event.kind()), facts));
            assert_eq!(received.frame.len(), encoded.frame_len());
        }
    }

    #[test]
    fn trace_is_in_headers_and_frame_and_without_one_nothing_is() {
        let event = removal();
        let plain = EncodedEvent::new(uuid::Uuid::nil(), &event, EventFacts::default(), &Attributes::of(None)).unwrap();
        let place = TraceContext::new(7, 8, true, "a=b");
        let untouched = plain.clone().traced(None);
        assert_eq!((&untouched.headers, &untouched.payload), (&plain.headers, &plain.payload));
        assert_eq!(decode(message(&untouched)).unwrap().trace, None);
        let traced = plain.clone().traced(place.as_ref());
        let received = decode(message(&traced)).unwrap();
        assert_eq!(received.trace, place);
        let mut frame: serde_json::Value = serde_json::from_slice(&received.frame).unwrap();
        let named = frame.as_object_mut().unwrap().remove(TRACEPARENT).unwrap();
        assert_eq!(TraceContext::parse(named.as_str().unwrap(), Some("a=b")), place);
        assert_eq!(frame, serde_json::from_slice::<serde_json::Value>(&plain.payload).unwrap());
    }

    #[test]
    fn consumers_are_told_the_attributes_of_cloudevents() {
        let (id, event) = (uuid::Uuid::from_u128(7), removal());
        let encoded = EncodedEvent::new(id, &event, EventFacts::default(), &Attributes::of(Some("/chat"))).unwrap();
        let header = |name: &str| encoded.headers.get(name).map(HeaderValue::as_str);
        for (name, value) in [
            ("ce-specversion", "1.0"),
            ("ce-id", "00000000-0000-0000-0000-000000000007"),
            ("ce-source", "/chat"),
            ("ce-type", "chat.participant_removed.v1"),
            ("ce-subject", &event.conversation_id().to_string()),
            ("ce-time", "2026-01-01T00:00:00.000000Z"),
            ("ce-dataschema", "urn:chat:event:participant_removed:v1"),
            ("content-type", "application/json"),
            ("chat-seq", "7"),
        ] {
            assert_eq!(header(name), Some(value), "{name}");
        }
        let few = EncodedEvent::new(id, &event, EventFacts::default(), &Attributes::of(None)).unwrap();
        assert_eq!((few.headers.len(), encoded.headers.len()), (3, 9));
        assert!(few.headers_len() < encoded.headers_len());
    }

    #[test]
    fn event_of_a_later_version_keeps_its_place() {
        let none = Attributes::of(None);
        let mut encoded = EncodedEvent::new(uuid::Uuid::nil(), &removal(), EventFacts::default(), &none).unwrap();
        encoded.headers.insert(HEADER_CE_TYPE, "chat.coffee_brewed.v1");
        encoded.headers.insert(HEADER_PARTICIPANT, "nobody");
        let received = decode(message(&encoded)).unwrap();
        assert_eq!((received.seq, received.kind, received.facts), (Seq(7), None, EventFacts::default()));
        encoded.headers.insert(HEADER_SEQ, "first");
        assert_eq!(decode(message(&encoded)), None);
    }
}
