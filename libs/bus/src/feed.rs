//! The durable consumers of CHAT_EVENTS that an operator makes for readers outside: they begin where the operator says, and the
//! server keeps their place.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, ReplayPolicy};
use async_nats::jetstream::stream::Stream;
use chat_protocol::subjects::EVENTS_STREAM;
use tokio::time::timeout;

use crate::streams::position;
use crate::tail::Start;
use crate::{Bus, BusError};

/// How long the server may take for one request.
const LIMIT: Duration = Duration::from_secs(5);
/// After this an event that was not acknowledged comes again.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// The most events that are under way to a reader and not acknowledged.
const MAX_UNACKNOWLEDGED: i64 = 5000;

/// How a consumer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The position in the stream up to which everything is acknowledged.
    pub acknowledged_pos: i64,
    /// How many events are under way and not acknowledged.
    pub under_way: usize,
    /// How many are still to come.
    pub left: u64,
}

/// Makes a consumer; one of this name that begins elsewhere is in the way.
pub async fn create(bus: &Bus, name: &str, start: Start) -> Result<(), BusError> {
    let config = Config {
        durable_name: Some(name.to_owned()),
        deliver_policy: start.policy()?,
        replay_policy: ReplayPolicy::Instant,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_ack_pending: MAX_UNACKNOWLEDGED,
        ..Config::default()
    };
    let create = async { stream(bus).await?.create_consumer(config).await.map_err(BusError::jetstream) };
    timeout(LIMIT, create).await.map_err(BusError::jetstream)?.map(|_| ())
}

/// Removes a consumer, and its place with it.
pub async fn remove(bus: &Bus, name: &str) -> Result<(), BusError> {
    let remove = async { stream(bus).await?.delete_consumer(name).await.map_err(BusError::jetstream) };
    timeout(LIMIT, remove).await.map_err(BusError::jetstream)?.map(|_| ())
}

/// How a consumer stands; an error where there is none of this name.
pub async fn look(bus: &Bus, name: &str) -> Result<Standing, BusError> {
    let look = async {
        let consumer: Consumer<Config> = stream(bus).await?.get_consumer(name).await.map_err(BusError::jetstream)?;
        let info = consumer.cached_info();
        Ok(Standing {
            acknowledged_pos: position(info.ack_floor.stream_sequence),
            under_way: info.num_ack_pending,
            left: info.num_pending,
        })
    };
    timeout(LIMIT, look).await.map_err(BusError::jetstream)?
}

async fn stream(bus: &Bus) -> Result<Stream<()>, BusError> {
    bus.jetstream().get_stream_no_info(EVENTS_STREAM).await.map_err(BusError::jetstream)
}
