//! One worker: claims its share of partitions, reads their commands in the order of the stream, stores and publishes.

use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use chat_bus::attributes::Attributes;
use chat_bus::events::publish_positions;
use chat_bus::reader::{CommandReader, Delivered};
use chat_bus::{Bus, BusError, commands, streams, trace};
use chat_protocol::ids::InstanceId;
use chat_protocol::partition::Partition;
use chat_protocol::reply::Positions;
use chat_protocol::subjects;
use chat_runtime::backoff::Backoff;
use chat_runtime::lifecycle::Readiness;
use chat_runtime::traces;
use chat_store::{Database, partitions};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::announcer::Announcer;
use crate::batch::Incoming;
use crate::config::Config;
use crate::idle::Idle;
use crate::lane::Lane;
use crate::ownership;
use crate::publisher::Publisher;
use crate::spans::Spans;
use crate::storing::{self, Interruption, Read, Storing};
use crate::stream_identity;

/// How often it is told how far commands and logs have come, and what large conversations have read.
const TELL: Duration = Duration::from_secs(1);
/// How long the bookkeeping of leases and positions may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long stopping may take to give the partitions to others and to publish the rest.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(3);
/// A worker that was not heard of for this many leases counts as dead, and its share is everybody's.
const LIVE_LEASES: u32 = 1;

/// The worker of this process.
pub struct Worker {
    config: Config,
    id: InstanceId,
    bus: Bus,
    database: Database,
    readiness: Readiness,
}

impl Worker {
    /// A worker with this name, which is also its name in the database.
    #[must_use]
    pub fn new(config: &Config, id: InstanceId, bus: Bus, database: Database, readiness: Readiness) -> Self {
        Self { config: config.clone(), id, bus, database, readiness }
    }

    /// Works until `stop`, whatever fails meanwhile; then hands its partitions over.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        let max_unpublished = usize::try_from(self.config.worker.max_unpublished).context("MAX_UNPUBLISHED")?;
        let settings = self.config.streams.settings();
        let (publisher, follower) =
            Publisher::start(self.bus.clone(), self.database.clone(), max_unpublished, settings, stop.clone());
        let mut announcer = Announcer::new(publisher, Attributes::of(self.config.feed.source()));
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        while !stop.is_cancelled() {
            let started = Instant::now();
            let session = self.session(&mut announcer, &stop);
            let late = async {
                stop.cancelled().await;
                tokio::time::sleep(LEAVE_TIMEOUT).await;
            };
            let ended = tokio::select! {
                ended = session => ended,
                () = late => Err(Interruption::Stopping),
            };
            match ended {
                Ok(()) | Err(Interruption::Stopping) => backoff.reset(),
                Err(error) => {
                    tracing::warn!(%error, "starting over");
                    // Once the leases have run out, this is all that is tried.
                    if matches!(error, Interruption::Store(_)) {
                        storing::note_retry();
                    }
                    if started.elapsed() > Duration::from_secs(5) {
                        backoff.reset();
                    }
                    let delay = backoff.next_delay();
                    stop.run_until_cancelled(tokio::time::sleep(delay)).await;
                }
            }
        }
        let finish = async {
            announcer.finish().await?;
            follower.await.context("publishing")
        };
        match timeout(LEAVE_TIMEOUT, finish).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "not everything is known to be published"),
            Err(_) => tracing::warn!("not everything is known to be published; the next owner publishes it"),
        }
        let leave = partitions::leave(self.database.pool(), self.id.as_str());
        match timeout(LEAVE_TIMEOUT, leave).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "partitions not handed over; their leases run out"),
            Err(_) => tracing::warn!("partitions not handed over in time; their leases run out"),
        }
        Ok(())
    }

    /// From taking the share to the first thing that makes it necessary to look again.
    async fn session(&self, announcer: &mut Announcer, stop: &CancellationToken) -> Result<(), Interruption> {
        if !self.bus.is_connected() {
            return Err(BusError::JetStream("not connected".to_owned()).into());
        }
        streams::declare(&self.bus, self.config.streams.settings()).await?;
        bounded(self.settle_share()).await?;
        let lane = self.enter_stream(announcer).await?;
        metrics::gauge!("chat_persistence_partitions").set(u32::try_from(lane.partitions().len()).unwrap_or(u32::MAX));
        if lane.is_empty() {
            self.readiness.set("partitions", true);
            stop.run_until_cancelled(tokio::time::sleep(self.config.worker.renewal())).await;
            return Ok(());
        }
        let reader = CommandReader::open(&self.bus, lane.lowest_stored_pos(), &lane.partitions()).await?;
        tracing::info!(
            partitions = lane.partitions().len(),
            after_pos = lane.lowest_stored_pos(),
            incarnation = lane.incarnation(),
            "reading commands"
        );
        self.readiness.set("partitions", true);
        let storing = Storing {
            worker: self.id.as_str(),
            lease: self.config.worker.lease(),
            bus: &self.bus,
            database: &self.database,
            announcer,
            stop,
            lane,
            connection: None,
            spans: Spans::default(),
        };
        self.read_and_store(reader, storing).await
    }

    async fn read_and_store(&self, mut reader: CommandReader, mut storing: Storing<'_>) -> Result<(), Interruption> {
        let stop = storing.stop;
        let mut renewal = interval(self.config.worker.renewal());
        let mut idle = interval(self.config.worker.idle_advance());
        let mut telling = interval(TELL);
        let mut ends = Idle::looking_every(self.config.worker.idle_advance());
        for ticks in [&mut renewal, &mut idle, &mut telling] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks.reset();
        }
        // Whoever waits for an answer learns at once if the stream is another one.
        self.tell(&mut storing).await?;
        let max = usize::from(self.config.worker.batch_max);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = renewal.tick() => {
                    if !bounded(self.is_settled(&storing.lane)).await? {
                        return Ok(());
                    }
                }
                _ = telling.tick() => self.tell(&mut storing).await?,
                _ = idle.tick() => bounded(self.advance_idle(&mut ends, &mut reader, &mut storing)).await?,
                batch = reader.next_batch(max) => {
                    let batch = batch?;
                    note_age(&batch);
                    let read_at = SystemTime::now();
                    let reads = batch.into_iter().filter_map(|delivered| read(delivered, read_at)).collect();
                    storing.store(reads).await?;
                }
            }
        }
    }

    /// Tells how far the commands and the logs have come: what reveals lost answers and lost last events.
    async fn tell(&self, storing: &mut Storing<'_>) -> Result<(), Interruption> {
        let positions = Positions { positions: storing.lane.positions() };
        self.database.measure();
        publish_positions(&self.bus, &positions).await?;
        storing.announcer.tick(&self.bus).await?;
        Ok(())
    }

    /// Says that this worker lives, gives up what is over its share, and takes what is free.
    async fn settle_share(&self) -> Result<(), Interruption> {
        let (pool, me, lease) = (self.database.pool(), self.id.as_str(), self.config.worker.lease());
        let live = partitions::beat(pool, me, lease * LIVE_LEASES).await?;
        let plan = ownership::plan(&partitions::list_tenures(pool).await?, me, live);
        if !plan.release.is_empty() {
            tracing::info!(partitions = plan.release.len(), live, "handing partitions over");
            partitions::release(pool, me, &plan.release).await?;
        }
        if !plan.claim.is_empty() {
            let claimed = partitions::claim(pool, me, &plan.claim, lease).await?;
            tracing::info!(partitions = claimed.len(), live, "took partitions");
        }
        Ok(())
    }

    /// Whether the share is right and nothing was lost; renews the leases.
    async fn is_settled(&self, lane: &Lane) -> Result<bool, Interruption> {
        let (pool, me, lease) = (self.database.pool(), self.id.as_str(), self.config.worker.lease());
        let rows = partitions::renew(pool, me, lease).await?;
        let live = partitions::beat(pool, me, lease * LIVE_LEASES).await?;
        let plan = ownership::plan(&partitions::list_tenures(pool).await?, me, live);
        let is_ours = lane.same_tenure(&Lane::new(lane.incarnation(), rows));
        Ok(is_ours && plan == ownership::Plan::default())
    }

    /// Makes sure that positions count in the stream as it is, and publishes what earlier owners left unpublished.
    async fn enter_stream(&self, announcer: &mut Announcer) -> Result<Lane, Interruption> {
        let (pool, me, lease) = (self.database.pool(), self.id.as_str(), self.config.worker.lease());
        let owned = chat_store::within(CALL_TIMEOUT, partitions::renew(pool, me, lease)).await?;
        let incarnation = stream_identity::establish(&self.bus, &self.database, &owned).await?;
        let mut count = 0;
        for partition in &owned {
            count += announcer.announce_again(&self.database, partition).await?;
        }
        if count > 0 {
            tracing::warn!(count, "published what an earlier owner had stored");
        }
        if owned.iter().all(|partition| partition.incarnation == incarnation) {
            return Ok(Lane::new(incarnation, owned));
        }
        partitions::enter_incarnation(pool, me, incarnation).await?;
        Ok(Lane::new(incarnation, partitions::renew(pool, me, lease).await?))
    }

    /// Moves partitions without new commands up to where nothing for them can be missing, so that a later owner need not read from afar.
    async fn advance_idle(
        &self,
        ends: &mut Idle,
        reader: &mut CommandReader,
        storing: &mut Storing<'_>,
    ) -> Result<(), Interruption> {
        let head = streams::look_at_commands(&self.bus).await?.last_pos;
        // Asked after the head was. What came is stored.
        let is_behind = storing.lane.rows().any(|owned| owned.stored_pos < head);
        let is_caught_up = !is_behind || reader.is_caught_up().await?;
        let reach = ends.reach(Instant::now(), head, reader.delivered_pos(), is_caught_up);
        let lagging: Vec<_> = storing
            .lane
            .rows()
            .filter(|owned| owned.stored_pos < reach)
            .map(|owned| (owned.partition, owned.epoch, owned.stored_pos))
            .collect();
        note_lag(&storing.lane, if is_caught_up { 0 } else { head });
        if is_caught_up {
            metrics::gauge!("chat_persistence_oldest_command_age_seconds").set(0.0);
        }
        if lagging.is_empty() {
            return Ok(());
        }
        let command = streams::command_id_at(&self.bus, reach).await?;
        let incarnation = storing.lane.incarnation();
        let pool = self.database.pool();
        let moved = partitions::advance_idle(pool, self.id.as_str(), incarnation, &lagging, reach, command).await?;
        if moved != lagging.len() as u64 {
            return Err(Interruption::Unsettled);
        }
        for (partition, ..) in lagging {
            storing.lane.moved_to(partition, reach, command);
            storing.announcer.cover(incarnation, partition, reach).await;
        }
        Ok(())
    }
}

/// Waits for Postgres and NATS, but not for ever.
async fn bounded<T>(call: impl Future<Output = Result<T, Interruption>>) -> Result<T, Interruption> {
    match timeout(CALL_TIMEOUT, call).await {
        Ok(answer) => answer,
        Err(_) => Err(Interruption::Late),
    }
}

/// Decodes a message; none if it is in no partition, which the stream's subjects rule out.
fn read(delivered: Delivered, read_at: SystemTime) -> Option<Read> {
    let partition = subjects::parse_command(&delivered.message.subject)?;
    let (command_id, command, reply_to, undecodable) = match commands::decode(&delivered.message) {
        Ok(command) => (Some(command.id), Some(command), None, None),
        Err(bad) => (bad.id, None, bad.reply_to, Some(bad.reason)),
    };
    let reply_to = reply_to.or_else(|| command.as_ref().map(|command| command.reply_to.clone()));
    let incarnation = commands::incarnation(&delivered.message);
    let incoming = Incoming { partition, pos: delivered.pos, command_id, incarnation, command };
    let trace = if traces::are_on() { trace::of(&delivered.message) } else { None };
    Some(Read { incoming, undecodable, reply_to, trace, read_at, message: delivered.message })
}

/// How far each partition is behind the stream, which ends at `head`; what belongs to others is not behind here.
fn note_lag(lane: &Lane, head: i64) {
    for partition in Partition::all() {
        let lag = lane.get(partition).map_or(0, |owned| (head - owned.stored_pos).max(0));
        metrics::gauge!("chat_persistence_partition_lag_messages", "partition" => partition.get().to_string())
            .set(f64::from(u32::try_from(lag).unwrap_or(u32::MAX)));
    }
}

fn note_age(batch: &[Delivered]) {
    metrics::histogram!("chat_persistence_batch_commands").record(u32::try_from(batch.len()).unwrap_or(u32::MAX));
    if let Some(newest) = batch.last() {
        metrics::gauge!("chat_persistence_waiting_commands")
            .set(f64::from(u32::try_from(newest.waiting).unwrap_or(u32::MAX)));
    }
    if let Some(oldest) = batch.first() {
        let age = (chrono::Utc::now().timestamp() - oldest.taken_at).max(0);
        metrics::gauge!("chat_persistence_oldest_command_age_seconds")
            .set(f64::from(u32::try_from(age).unwrap_or(u32::MAX)));
    }
}
