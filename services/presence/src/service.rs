//! The shell around the state: leases and other instances' diffs come in from NATS, diffs and wishes go out, snapshots
//! are answered. Each task holds the state's lock for one call, never across an await.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chat_bus::Bus;
use chat_bus::rpc::{RpcError, RpcService};
use chat_protocol::ids::InstanceId;
use chat_protocol::presence::{
    DIFFS_WILDCARD, LEASES_WILDCARD, LeaseReply, LeaseUpdate, LeaseWish, MAX_SNAPSHOT_USERS, PresenceDiff,
    SnapshotRequest, SnapshotResponse,
};
use chat_protocol::subjects;
use chat_runtime::lifecycle::Readiness;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use rand::Rng as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::state::{Outbox, State, Timing};

/// How often sizes are measured.
const MEASURE: Duration = Duration::from_secs(5);

/// One instance of the service.
#[derive(Clone)]
pub(crate) struct Presence {
    bus: Bus,
    instance: InstanceId,
    state: Arc<Mutex<State>>,
    started: Instant,
    timing: Timing,
}

impl Presence {
    pub(crate) fn new(bus: Bus, instance: InstanceId, timing: Timing) -> Self {
        let state = Arc::new(Mutex::new(State::new(timing, Duration::ZERO)));
        Self { bus, instance, state, started: Instant::now(), timing }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Follows the leases of all gateways.
    pub(crate) async fn hear_leases(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut updates = self.bus.client().subscribe(LEASES_WILDCARD).await.context("leases")?;
        while let Some(Some(message)) = stop.run_until_cancelled(updates.next()).await {
            let Some(update) = decode::<LeaseUpdate>(&message.payload) else { continue };
            if message.subject.as_str() == subjects::presence_lease(&update.gateway) {
                let reply_to = message.reply.as_deref();
                self.state.lock().hear_lease(update, reply_to, self.now());
            } else {
                tracing::warn!(subject = %message.subject, gateway = %update.gateway, "lease of another gateway");
            }
        }
        ended_by(&stop)
    }

    /// Follows what other instances say.
    pub(crate) async fn hear_diffs(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut diffs = self.bus.client().subscribe(DIFFS_WILDCARD).await.context("diffs")?;
        while let Some(Some(message)) = stop.run_until_cancelled(diffs.next()).await {
            let diff = decode::<PresenceDiff>(&message.payload);
            if let Some(diff) = diff.filter(|diff| diff.instance != self.instance) {
                self.state.lock().hear_diff(&diff.users, self.now());
            }
        }
        ended_by(&stop)
    }

    /// Starts over whenever updates may have been missed: a connection made or lost, an overflow.
    pub(crate) async fn watch_connection(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut disturbances = self.bus.disturbances();
        while let Some(Ok(())) = stop.run_until_cancelled(disturbances.changed()).await {
            self.state.lock().start_over(self.now());
        }
        ended_by(&stop)
    }

    /// Says what has to be said, each time after a random part of `flush`, so that instances rarely speak at once.
    pub(crate) async fn tell(self, flush: Duration, ready: Readiness, stop: CancellationToken) -> anyhow::Result<()> {
        let mut last_turn = self.now();
        loop {
            let pause = flush.mul_f64(rand::rng().random_range(0.4..=1.0));
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
            let outbox = self.take_turn(last_turn);
            last_turn = self.now();
            ready.set("nats", self.bus.is_connected());
            ready.set("leases", self.state.lock().is_speaking());
            if let Err(error) = self.send(outbox).await {
                tracing::warn!("cannot tell: {error:#}");
            }
        }
    }

    fn take_turn(&self, last_turn: Duration) -> Outbox {
        let now = self.now();
        let mut state = self.state.lock();
        let pause = now.saturating_sub(last_turn);
        if pause > self.timing.lease_ttl / 2 {
            tracing::warn!(pause_secs = pause.as_secs_f64(), "stood still: starting over");
            state.start_over(now);
        }
        state.expire(now);
        state.flush(now)
    }

    async fn send(&self, outbox: Outbox) -> anyhow::Result<()> {
        for (bucket, users) in outbox.diffs {
            metrics::counter!("chat_presence_statements_total").increment(users.len() as u64);
            let diff = PresenceDiff { instance: self.instance.clone(), users };
            self.publish(subjects::presence_diff(bucket), &diff).await?;
        }
        for (wish, gateways) in [(LeaseWish::FullSet, outbox.full_set_from), (LeaseWish::Refresh, outbox.refresh)] {
            let reply = LeaseReply { instance: self.instance.clone(), wish };
            for gateway in gateways {
                self.publish(gateway, &reply).await?;
            }
        }
        Ok(())
    }

    async fn publish(&self, subject: String, payload: &impl Serialize) -> anyhow::Result<()> {
        let payload = serde_json::to_vec(payload)?;
        self.bus.client().publish(subject, payload.into()).await.context("publish")
    }

    /// Answers requests for snapshots.
    pub(crate) async fn answer_snapshots(self, stop: CancellationToken) -> anyhow::Result<()> {
        let bus = self.bus.clone();
        let service = RpcService::start(&bus, "presence", env!("CARGO_PKG_VERSION")).await?;
        let answer = move |request: SnapshotRequest| {
            let answer = self.snapshot(&request);
            async move { answer }
        };
        service.serve("snapshot", stop.clone(), answer).await?;
        ended_by(&stop)
    }

    fn snapshot(&self, request: &SnapshotRequest) -> Result<SnapshotResponse, RpcError> {
        if request.user_ids.len() > MAX_SNAPSHOT_USERS {
            return Err(RpcError::Invalid(format!("more than {MAX_SNAPSHOT_USERS} people")));
        }
        let users = self.state.lock().snapshot(&request.user_ids);
        users
            .map(|users| SnapshotResponse { users })
            .ok_or_else(|| RpcError::Unavailable("not all leases are known yet".to_owned()))
    }

    /// Keeps the gauges.
    pub(crate) async fn measure(self, stop: CancellationToken) -> anyhow::Result<()> {
        let leases = metrics::gauge!("chat_presence_leases");
        let online = metrics::gauge!("chat_presence_online_users");
        while stop.run_until_cancelled(tokio::time::sleep(MEASURE)).await.is_some() {
            let counts = self.state.lock().counts();
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            for (gauge, count) in [(&leases, counts.leases), (&online, counts.online)] {
                gauge.set(count as f64);
            }
        }
        Ok(())
    }
}

fn decode<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    let decoded = serde_json::from_slice(payload);
    if let Err(error) = &decoded {
        metrics::counter!("chat_presence_malformed_total").increment(1);
        tracing::warn!(%error, "malformed message");
    }
    decoded.ok()
}

/// A subscription ends with the stop; before it, that is a failure.
fn ended_by(stop: &CancellationToken) -> anyhow::Result<()> {
    anyhow::ensure!(stop.is_cancelled(), "the subscription has ended");
    Ok(())
}
