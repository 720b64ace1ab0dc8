//! This gateway's presence lease: whose sockets it holds is published as it changes, renewed, repeated as a whole where
//! it may have been missed, and given back at the end.

mod confirmation;
mod pace;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use async_nats::Message;
use chat_bus::Bus;
use chat_protocol::ids::{InstanceId, UserId};
use chat_protocol::presence::{Choice, ChosenStatus, LeaseBook, LeaseReply, LeaseUpdate, LeaseWish};
use chat_protocol::subjects;
use chat_protocol::time::Timestamp;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use self::pace::Pace;
use super::choices::RecentChoices;
use super::watching::Watching;

/// How often changes are published.
const TICK: Duration = Duration::from_millis(100);

/// The lease. Cheap to clone.
#[derive(Clone)]
pub(super) struct Lease(Arc<Inner>);

struct Inner {
    bus: Bus,
    gateway: InstanceId,
    interval: Duration,
    watching: Watching,
    desk: Mutex<Desk>,
    /// Notified when choices may have been missed.
    doubts: Notify,
}

/// Who is here, and what was chosen lately.
struct Desk {
    book: LeaseBook,
    choices: RecentChoices,
}

impl Lease {
    pub(super) fn new(bus: Bus, gateway: InstanceId, interval: Duration, watching: Watching) -> Self {
        let desk = Desk { book: LeaseBook::new(gateway.clone(), now()), choices: RecentChoices::new(Instant::now()) };
        Self(Arc::new(Inner { bus, gateway, interval, watching, desk: Mutex::new(desk), doubts: Notify::new() }))
    }

    pub(super) fn enter(&self, user_id: UserId, status: ChosenStatus, status_version: i64) -> Stay {
        let mut desk = self.0.desk.lock();
        let told = Choice { user_id, status, version: status_version };
        let newest = desk.choices.of(user_id).filter(|heard| heard.version > told.version).unwrap_or(told);
        desk.book.open(user_id, newest.status, newest.version);
        Stay { lease: self.clone(), user_id }
    }

    fn choose(&self, choice: Choice) {
        let mut desk = self.0.desk.lock();
        desk.choices.note(choice, Instant::now());
        desk.book.choose(choice.user_id, choice.status, choice.version);
    }

    /// Publishes until the stop was asked for and the last stay is over; then gives the lease back.
    pub(super) async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let client = self.0.bus.client();
        let inbox = client.new_inbox();
        let mut replies = client.subscribe(inbox.clone()).await.context("replies")?;
        let mut choices = client.subscribe(subjects::PRESENCE_STATUS).await.context("choices")?;
        let mut disturbances = self.0.bus.disturbances();
        let mut ticks = interval(TICK.min(self.0.interval));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pace = Pace::new(self.0.interval);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    if stop.is_cancelled() && self.0.desk.lock().book.is_empty() {
                        return self.give_back(&inbox).await;
                    }
                    self.publish_due(&mut pace, &inbox).await;
                }
                Some(reply) = replies.next() => self.hear_wish(&reply, &mut pace),
                Some(choice) = choices.next() => self.hear_choice(&choice),
                Ok(()) = disturbances.changed() => {
                    pace.want_full_set();
                    self.0.doubts.notify_one();
                }
                else => anyhow::bail!("the connection is gone"),
            }
        }
    }

    /// Whether the stay of anybody goes on is not told while the connection is down: the full set tells it later.
    async fn publish_due(&self, pace: &mut Pace, inbox: &str) {
        if !self.0.bus.is_connected() {
            return;
        }
        let updates = self.due(pace);
        if let Err(error) = self.publish(updates, inbox).await {
            tracing::warn!("the presence lease cannot be published: {error:#}");
            pace.want_full_set();
        }
    }

    fn due(&self, pace: &mut Pace) -> Vec<LeaseUpdate> {
        let mut desk = self.0.desk.lock();
        let (now, instant) = (now(), Instant::now());
        let mut updates =
            if pace.is_full_set_due(instant) { desk.book.full_set(now) } else { desk.book.take_changes(now) };
        if pace.is_renewal_due(instant) {
            updates.push(desk.book.heartbeat(now));
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            metrics::gauge!("chat_gateway_people_here").set(desk.book.len() as f64);
        }
        updates
    }

    async fn publish(&self, updates: Vec<LeaseUpdate>, inbox: &str) -> anyhow::Result<()> {
        let subject = subjects::presence_lease(&self.0.gateway);
        for update in updates {
            let payload = serde_json::to_vec(&update)?.into();
            self.0.bus.client().publish_with_reply(subject.clone(), inbox.to_owned(), payload).await?;
        }
        Ok(())
    }

    async fn give_back(&self, inbox: &str) -> anyhow::Result<()> {
        if !self.0.bus.is_connected() {
            return Ok(());
        }
        let release = self.0.desk.lock().book.release(now());
        self.publish(vec![release], inbox).await?;
        self.0.bus.flush().await?;
        tracing::info!("the presence lease is given back");
        Ok(())
    }

    fn hear_wish(&self, message: &Message, pace: &mut Pace) {
        // "No responders": no presence service runs. The first that does will ask.
        if message.payload.is_empty() {
            return;
        }
        match serde_json::from_slice::<LeaseReply>(&message.payload) {
            Ok(LeaseReply { wish: LeaseWish::FullSet, .. }) => pace.want_full_set(),
            Ok(LeaseReply { wish: LeaseWish::Refresh, .. }) => self.0.watching.refresh(),
            Err(error) => tracing::warn!(%error, "malformed wish of the presence service"),
        }
    }

    fn hear_choice(&self, message: &Message) {
        match serde_json::from_slice::<Choice>(&message.payload) {
            Ok(choice) => self.choose(choice),
            Err(error) => tracing::warn!(%error, "malformed choice"),
        }
    }
}

/// A person's socket on this gateway. The person is here as long as it is kept.
pub struct Stay {
    lease: Lease,
    user_id: UserId,
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.lease.0.desk.lock().book.close(self.user_id, now());
    }
}

fn now() -> Timestamp {
    chrono::Utc::now().into()
}
