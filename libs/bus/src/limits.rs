//! Limits that instances keep together: each tells what was taken there, a few times a second, and counts what it hears.
//! On core NATS and without answers: what gets lost lets somebody have a little more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_limits::Telling;
use chat_protocol::ids::InstanceId;
use chat_protocol::subjects;
use chat_protocol::taken::{MAX_TAKEN_KEYS, Taken};
use futures_util::StreamExt as _;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::{Bus, BusError};

/// How often it is told what was taken.
const INTERVAL: Duration = Duration::from_millis(100);

/// What an instance tells of its limits, and hears of others'.
pub struct Exchange {
    limits: Vec<Arc<dyn Telling>>,
    urgent: Notify,
}

impl Exchange {
    /// Of these limits.
    #[must_use]
    pub fn new(limits: Vec<Arc<dyn Telling>>) -> Self {
        Self { limits, urgent: Notify::new() }
    }

    /// Something was taken that others should know at once.
    pub fn tell_now(&self) {
        self.urgent.notify_one();
    }

    /// Tells and hears until the stop.
    pub async fn run(self: Arc<Self>, bus: Bus, instance: InstanceId, stop: CancellationToken) -> Result<(), BusError> {
        let mut told = bus.client().subscribe(subjects::LIMITS_WILDCARD).await.map_err(BusError::client)?;
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = ticks.tick() => self.tell(&bus, &instance).await?,
                () = self.urgent.notified() => self.tell(&bus, &instance).await?,
                message = told.next() => {
                    let Some(message) = message else { return Err(BusError::client("the subscription ended")) };
                    if subjects::parse_limits(&message.subject).is_some_and(|teller| teller != instance) {
                        self.hear(&message.payload);
                    }
                }
            }
        }
    }

    /// What could not be told in time is not told late: it would be a debt for what is long over.
    async fn tell(&self, bus: &Bus, instance: &InstanceId) -> Result<(), BusError> {
        let now = Instant::now();
        let due = self.limits.iter().map(|limit| (limit.class().to_owned(), limit.take_due(now, MAX_TAKEN_KEYS)));
        let taken: BTreeMap<_, _> = due.filter(|(_, taken)| !taken.is_empty()).collect();
        if taken.is_empty() || !bus.is_connected() {
            return Ok(());
        }
        let payload = serde_json::to_vec(&Taken { taken })?;
        bus.client().publish(subjects::limits(instance), payload.into()).await.map_err(BusError::client)
    }

    fn hear(&self, payload: &[u8]) {
        let heard: Taken = match serde_json::from_slice(payload) {
            Ok(heard) => heard,
            Err(error) => {
                tracing::warn!(%error, "malformed word of limits");
                return;
            }
        };
        for limit in &self.limits {
            if let Some(taken) = heard.taken.get(limit.class()) {
                limit.hear(taken, Instant::now());
            }
        }
    }
}
