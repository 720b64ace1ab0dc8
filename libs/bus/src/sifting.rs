//! Takes single messages out of a stream for good: what an erasure needs of NATS.

use std::time::Duration;

use async_nats::Message;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::streams::position;
use crate::{Bus, BusError};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// The positions of those messages of a stream, up to its end at this moment, of which `is_wanted` says so.
pub async fn find(bus: &Bus, stream: &str, mut is_wanted: impl FnMut(&Message) -> bool) -> Result<Vec<i64>, BusError> {
    let open = bus.jetstream().get_stream(stream);
    let stream = timeout(ANSWER, open).await.map_err(BusError::jetstream)?.map_err(BusError::jetstream)?;
    let mut found = Vec::new();
    if stream.cached_info().state.messages == 0 {
        return Ok(found);
    }
    let config = OrderedConfig { deliver_policy: DeliverPolicy::All, ..OrderedConfig::default() };
    let consumer = stream.create_consumer(config).await.map_err(BusError::jetstream)?;
    let mut messages = consumer.messages().await.map_err(BusError::jetstream)?;
    loop {
        let next = timeout(ANSWER, messages.next()).await.map_err(BusError::jetstream)?;
        let message = next.ok_or_else(|| BusError::Interrupted("the consumer ended".to_owned()))?;
        let message = message.map_err(|error| BusError::Interrupted(error.to_string()))?;
        let (pos, left) = {
            let info = message.info().map_err(|error| BusError::Interrupted(error.to_string()))?;
            (position(info.stream_sequence), info.pending)
        };
        if is_wanted(&message.message) {
            found.push(pos);
        }
        if left == 0 {
            return Ok(found);
        }
    }
}

/// Removes the message at a position, and its bytes from the disk.
pub async fn remove(bus: &Bus, stream: &str, pos: i64) -> Result<(), BusError> {
    let Ok(sequence) = u64::try_from(pos) else { return Ok(()) };
    let stream = bus.jetstream().get_stream_no_info(stream).await.map_err(BusError::jetstream)?;
    timeout(ANSWER, stream.delete_message(sequence))
        .await
        .map_err(BusError::jetstream)?
        .map_err(BusError::jetstream)?;
    Ok(())
}

/// Removes everything that a stream has of one subject; says how much that was.
pub async fn purge_subject(bus: &Bus, stream: &str, subject: &str) -> Result<u64, BusError> {
    let stream = bus.jetstream().get_stream_no_info(stream).await.map_err(BusError::jetstream)?;
    let purge = async { stream.purge().filter(subject).await };
    let purged = timeout(ANSWER, purge).await.map_err(BusError::jetstream)?.map_err(BusError::jetstream)?;
    Ok(purged.purged)
}
