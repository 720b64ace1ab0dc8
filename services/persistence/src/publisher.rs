//! Publishes events and news in order, waits for the broker's acknowledgements of events in the background, and notes in
//! the database how far each partition is published. What was stored gets published, however often it takes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream::context::PublishAckFuture;
use chat_bus::events::EncodedEvent;
use chat_bus::streams::{self, StreamSettings};
use chat_bus::{Bus, BusError, live};
use chat_protocol::partition::Partition;
use chat_runtime::backoff::Backoff;
use chat_runtime::traces::Span;
use chat_store::apply::News;
use chat_store::{Database, partitions};
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// How often the database is told how far everything is published.
const FLUSH: Duration = Duration::from_secs(1);
/// How long news may take to leave the process.
const LEAVING: Duration = Duration::from_secs(1);

enum Entry {
    /// Handed to the broker, or to be handed to it again; the span lasts until the broker has it.
    Event(EncodedEvent, Option<PublishAckFuture>, Option<Span>),
    /// To be told once the events before it are acknowledged.
    News(News),
    /// Everything of this partition up to here was handed over before.
    Covered { incarnation: i64, partition: Partition, pos: i64 },
}

/// The worker's end: takes what is to be published.
pub struct Publisher {
    bus: Bus,
    entries: mpsc::Sender<Entry>,
    fluency: Arc<Fluency>,
}

/// Whether the broker takes events.
#[derive(Default)]
struct Fluency {
    stuck: AtomicBool,
    changed: Notify,
}

impl Publisher {
    /// Starts the background task. It ends when the publisher is dropped and everything is published, or shortly after
    /// `stop`.
    #[must_use]
    pub fn start(
        bus: Bus,
        database: Database,
        max_unpublished: usize,
        settings: StreamSettings,
        stop: CancellationToken,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (sender, entries) = mpsc::channel(max_unpublished);
        let fluency = Arc::new(Fluency::default());
        let follower = Follower {
            bus: bus.clone(),
            database,
            entries,
            settings,
            fluency: fluency.clone(),
            published: BTreeMap::new(),
        };
        let task = tokio::spawn(follower.run(stop));
        (Self { bus, entries: sender, fluency }, task)
    }

    /// Hands an event to the broker; false if that could not be done at once. Waits while too many are unacknowledged:
    /// then the caller stores nothing either.
    pub async fn publish(&self, event: EncodedEvent, span: Option<Span>) -> bool {
        let ack = match event.publish(&self.bus).await {
            Ok(ack) => Some(ack),
            Err(error) => {
                tracing::warn!(%error, "an event was not taken; it will be published again");
                None
            }
        };
        metrics::counter!("chat_persistence_events_total").increment(1);
        let is_handed_over = ack.is_some();
        self.push(Entry::Event(event, ack, span)).await;
        is_handed_over
    }

    /// Tells news. Nobody acknowledges it: it counts as published when it has left the process.
    pub async fn tell(&self, news: &News) -> Result<(), BusError> {
        tell(&self.bus, news).await
    }

    /// Tells news when every event before it is acknowledged.
    pub async fn tell_later(&self, news: News) {
        self.push(Entry::News(news)).await;
    }

    /// Says that everything of a partition up to `pos` was handed over.
    pub async fn cover(&self, incarnation: i64, partition: Partition, pos: i64) {
        self.push(Entry::Covered { incarnation, partition, pos }).await;
    }

    async fn push(&self, entry: Entry) {
        if self.entries.send(entry).await.is_err() {
            tracing::debug!("stopping: the next owner publishes the rest");
        }
    }

    /// Waits while the broker does not take events.
    pub async fn fluent(&self) {
        while self.fluency.stuck.load(Ordering::Acquire) {
            let changed = self.fluency.changed.notified();
            if !self.fluency.stuck.load(Ordering::Acquire) {
                return;
            }
            changed.await;
        }
    }
}

async fn tell(bus: &Bus, news: &News) -> Result<(), BusError> {
    metrics::counter!("chat_persistence_news_total").increment(1);
    match news {
        News::Conversation(id, news) => live::publish_to_conversation(bus, *id, news).await,
        News::User(id, news) => live::publish_to_user(bus, *id, news).await,
    }
}

struct Follower {
    bus: Bus,
    database: Database,
    entries: mpsc::Receiver<Entry>,
    settings: StreamSettings,
    fluency: Arc<Fluency>,
    published: BTreeMap<Partition, (i64, i64)>,
}

impl Follower {
    async fn run(mut self, stop: CancellationToken) {
        let mut flush = interval(FLUSH);
        flush.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                entry = self.entries.recv() => match entry {
                    Some(Entry::Event(event, ack, span)) => {
                        self.follow(event, ack, &stop).await;
                        drop(span);
                    }
                    Some(Entry::News(news)) => {
                        if let Err(error) = tell(&self.bus, &news).await {
                            tracing::error!(%error, "news could not be told");
                        }
                    }
                    Some(Entry::Covered { incarnation, partition, pos }) => {
                        self.published.insert(partition, (incarnation, pos));
                    }
                    None => break,
                },
                _ = flush.tick() => self.note_published().await,
            }
        }
        self.note_published().await;
    }

    /// Waits for the acknowledgement; publishes again, for as long as it takes.
    async fn follow(&mut self, event: EncodedEvent, ack: Option<PublishAckFuture>, stop: &CancellationToken) {
        let mut ack = ack;
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        loop {
            let failure = match ack.take() {
                Some(ack) => match ack.await {
                    Ok(_) => break,
                    Err(error) => error.to_string(),
                },
                None => "not taken".to_owned(),
            };
            self.set_stuck(true);
            if stop.is_cancelled() {
                // The next owner finds it behind published_pos: nothing after it may be noted as published.
                tracing::warn!(failure, "stopping with unpublished events; the next owner publishes them");
                self.published.clear();
                self.entries.close();
                while self.entries.try_recv().is_ok() {}
                return;
            }
            tracing::warn!(failure, "an event was not acknowledged; publishing it again");
            tokio::time::sleep(backoff.next_delay()).await;
            if let Err(error) = streams::declare_events(&self.bus, self.settings).await {
                tracing::warn!(%error, "CHAT_EVENTS cannot be declared");
            }
            ack = event.publish(&self.bus).await.ok();
        }
        self.set_stuck(false);
    }

    fn set_stuck(&self, stuck: bool) {
        if self.fluency.stuck.swap(stuck, Ordering::AcqRel) != stuck {
            self.fluency.changed.notify_waiters();
        }
    }

    /// Notes the positions; what cannot be noted now is noted with the next ones, or published once more.
    async fn note_published(&mut self) {
        metrics::gauge!("chat_persistence_unpublished_events")
            .set(f64::from(u32::try_from(self.entries.len()).unwrap_or(u32::MAX)));
        if self.published.is_empty() || !self.has_left().await {
            return;
        }
        let mut by_incarnation: BTreeMap<i64, Vec<(Partition, i64)>> = BTreeMap::new();
        for (partition, (incarnation, pos)) in &self.published {
            by_incarnation.entry(*incarnation).or_default().push((*partition, *pos));
        }
        for (incarnation, positions) in by_incarnation {
            if let Err(error) = partitions::set_published(self.database.pool(), incarnation, &positions).await {
                tracing::warn!(%error, "cannot note what is published");
                return;
            }
        }
        self.published.clear();
    }

    /// Whether all news that was handed to the client has left the process.
    async fn has_left(&self) -> bool {
        matches!(timeout(LEAVING, self.bus.flush()).await, Ok(Ok(())))
    }
}
