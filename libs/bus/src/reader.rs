//! Reads commands in the order of the stream, from a position on, without acks: positions stand in Postgres.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::{Config, Stream as Messages};
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use chat_protocol::partition::{PARTITIONS, Partition};
use chat_protocol::subjects::{self, COMMANDS_STREAM, COMMANDS_WILDCARD};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;

use crate::streams::position;
use crate::{Bus, BusError};

/// How many messages one pull asks for.
const PULL: usize = 1000;
/// A pull that brings nothing says every so often that it lives.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How long a pull waits.
const EXPIRES: Duration = Duration::from_secs(10);
/// A consumer that nobody pulls from is forgotten after this.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);
/// How long the server may take to set a consumer up.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// A message of the stream with its position.
#[derive(Debug)]
pub struct Delivered {
    /// Its position.
    pub pos: i64,
    /// When the stream took it, in seconds since 1970.
    pub taken_at: i64,
    /// How many more there were for these partitions when it was delivered.
    pub waiting: u64,
    /// The message.
    pub message: async_nats::Message,
}

/// Reads the commands of some partitions.
pub struct CommandReader {
    consumer: Consumer<Config>,
    messages: Messages,
    consumed: u64,
    delivered_pos: i64,
    disturbances: watch::Receiver<u64>,
}

impl CommandReader {
    /// Starts right after `after_pos`, with the commands of these partitions alone.
    pub async fn open(bus: &Bus, after_pos: i64, partitions: &[Partition]) -> Result<Self, BusError> {
        let disturbances = bus.disturbances();
        let open = async {
            let stream = bus.jetstream().get_stream_no_info(COMMANDS_STREAM).await.map_err(BusError::jetstream)?;
            let consumer = stream.create_consumer(config(after_pos, partitions)).await.map_err(BusError::jetstream)?;
            let pull = consumer.stream().max_messages_per_batch(PULL).heartbeat(HEARTBEAT).expires(EXPIRES);
            let messages = pull.messages().await.map_err(BusError::jetstream)?;
            Ok::<_, BusError>((consumer, messages))
        };
        let (consumer, messages) = tokio::time::timeout(OPEN_TIMEOUT, open).await.map_err(BusError::jetstream)??;
        Ok(Self { consumer, messages, consumed: 0, delivered_pos: after_pos, disturbances })
    }

    /// Everything for these partitions up to here has come out of [`next_batch`](Self::next_batch).
    #[must_use]
    pub fn delivered_pos(&self) -> i64 {
        self.delivered_pos
    }

    /// Whether everything for these partitions has come out of [`next_batch`](Self::next_batch) by now, as far as the copy of the
    /// stream knows that is read: its leader may know more.
    pub async fn is_caught_up(&mut self) -> Result<bool, BusError> {
        let info = tokio::time::timeout(OPEN_TIMEOUT, self.consumer.info()).await.map_err(BusError::jetstream)?;
        let info = info.map_err(BusError::jetstream)?;
        Ok(info.num_pending == 0 && info.delivered.consumer_sequence == self.consumed)
    }

    /// Waits for the next command and takes with it all that is there already, up to `max`. Safe to cancel.
    ///
    /// # Errors
    /// [`BusError::Interrupted`]: something may have been missed; open a new reader at the last known position.
    pub async fn next_batch(&mut self, max: usize) -> Result<Vec<Delivered>, BusError> {
        let mut batch = Vec::new();
        let first = tokio::select! {
            biased;
            _ = self.disturbances.changed() => return Err(BusError::Interrupted("messages may have been lost on the way".to_owned())),
            first = self.messages.next() => first,
        };
        self.take(first, &mut batch)?;
        while batch.len() < max {
            // What is not there yet is for the next batch; an error will show again then.
            let Some(next) = self.messages.next().now_or_never() else { break };
            self.take(next, &mut batch)?;
        }
        Ok(batch)
    }

    fn take<E: std::fmt::Display>(
        &mut self,
        next: Option<Result<async_nats::jetstream::Message, E>>,
        batch: &mut Vec<Delivered>,
    ) -> Result<(), BusError> {
        let message = match next {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(BusError::Interrupted(error.to_string())),
            None => return Err(BusError::Interrupted("the consumer ended".to_owned())),
        };
        let info = message.info().map_err(|error| BusError::Interrupted(error.to_string()))?;
        if info.consumer_sequence != self.consumed + 1 {
            return Err(BusError::Interrupted(format!("delivery {} after {}", info.consumer_sequence, self.consumed)));
        }
        let (pos, taken_at) = (position(info.stream_sequence), info.published.unix_timestamp());
        let waiting = info.pending;
        self.consumed += 1;
        self.delivered_pos = pos;
        batch.push(Delivered { pos, taken_at, waiting, message: message.message });
        Ok(())
    }
}

fn config(after_pos: i64, partitions: &[Partition]) -> Config {
    let filter_subjects = if partitions.len() == usize::from(PARTITIONS) {
        vec![COMMANDS_WILDCARD.to_owned()]
    } else {
        partitions.iter().map(|partition| subjects::command(*partition)).collect()
    };
    Config {
        filter_subjects,
        deliver_policy: DeliverPolicy::ByStartSequence {
            start_sequence: u64::try_from(after_pos.max(0)).unwrap_or(0) + 1,
        },
        ack_policy: AckPolicy::None,
        memory_storage: true,
        inactive_threshold: FORGOTTEN_AFTER,
        num_replicas: 1,
        max_deliver: -1,
        ..Config::default()
    }
}
