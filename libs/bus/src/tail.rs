//! Follows CHAT_EVENTS for people: in the order of the stream, from now, from a time, or from its beginning on.

use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use chat_protocol::ids::ConversationId;
use chat_protocol::subjects::{self, EVENTS_STREAM, EVENTS_WILDCARD};
use futures_util::StreamExt as _;

use crate::events::{ReceivedEvent, decode};
use crate::streams::position;
use crate::{Bus, BusError};

/// How long the server may take to set the consumer up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// Where following begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the next event.
    Now,
    /// With what the stream took then or later, in nanoseconds since 1970.
    Time(i64),
    /// With the oldest event that the stream has.
    Beginning,
    /// After a position of the stream.
    After(i64),
}

/// Follows events. The server keeps the place; a lost connection is taken up again where it was.
pub struct EventTail(Ordered);

impl EventTail {
    /// Begins, with the events of all conversations or of one.
    pub async fn open(bus: &Bus, start: Start, conversation: Option<ConversationId>) -> Result<Self, BusError> {
        let filter_subject = conversation.map_or_else(|| EVENTS_WILDCARD.to_owned(), subjects::conversation_log);
        let config = OrderedConfig { filter_subject, deliver_policy: start.policy()?, ..OrderedConfig::default() };
        let open = async {
            let stream = bus.jetstream().get_stream(EVENTS_STREAM).await.map_err(BusError::jetstream)?;
            let consumer = stream.create_consumer(config).await.map_err(BusError::jetstream)?;
            consumer.messages().await.map(Self).map_err(BusError::jetstream)
        };
        tokio::time::timeout(OPEN_TIMEOUT, open).await.map_err(BusError::jetstream)?
    }

    /// Waits for the next event: its position in the stream, and the event unless it is none that can be read. Safe to
    /// cancel.
    ///
    /// # Errors
    /// [`BusError::Interrupted`]: open it again after the last position.
    pub async fn next(&mut self) -> Result<(i64, Option<ReceivedEvent>), BusError> {
        let next = self.0.next().await.ok_or_else(|| BusError::Interrupted("the consumer ended".to_owned()))?;
        let message = next.map_err(|error| BusError::Interrupted(error.to_string()))?;
        let info = message.info().map_err(|error| BusError::Interrupted(error.to_string()))?;
        Ok((position(info.stream_sequence), decode(message.message)))
    }
}

impl Start {
    pub(crate) fn policy(self) -> Result<DeliverPolicy, BusError> {
        Ok(match self {
            Self::Now => DeliverPolicy::New,
            Self::Beginning => DeliverPolicy::All,
            Self::After(pos) => {
                DeliverPolicy::ByStartSequence { start_sequence: u64::try_from(pos.max(0)).unwrap_or(0) + 1 }
            }
            Self::Time(nanos) => {
                let start_time = async_nats::datetime::from_nanos(nanos.into()).map_err(BusError::client)?;
                DeliverPolicy::ByStartTime { start_time }
            }
        })
    }
}
