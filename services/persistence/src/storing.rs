//! Stores stretches of the stream: one batch where all goes well; again after a lost connection; in halves, down to the
//! single command at fault, where the database refuses.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use chat_bus::Bus;
use chat_bus::events::publish_replies;
use chat_protocol::ids::InstanceId;
use chat_protocol::reply::{PartitionPosition, Replies, Reply};
use chat_protocol::trace::TraceContext;
use chat_runtime::backoff::Backoff;
use chat_runtime::faults;
use chat_store::apply::{Applied, BatchOutcome, Verdict, apply_commands};
use chat_store::partitions::OwnedPartition;
use chat_store::{BatchConnection, Database, StoreError, partitions};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::announcer::{AnnounceError, Announcer};
use crate::batch::{self, Batch, Incoming};
use crate::dead_letter::{DeadLetter, put_away};
use crate::lane::Lane;
use crate::spans::{self, Spans};
use crate::{outcome, weight};

/// How often a fenced batch is built anew before the session starts over.
const MAX_REBUILDS: u32 = 5;
/// How a message begins at which the failpoint `storing.panic` panics.
const POISON: &str = "poison";
/// How a message begins whose first answer the failpoint `storing.lose_answers` loses.
const LOST_ANSWER: &str = "answered late";
/// Answers that travel together, at most: they must fit into one message.
const REPLIES_AT_ONCE: usize = 1000;

/// Why the worker must look again at what it owns.
#[derive(Debug, thiserror::Error)]
pub enum Interruption {
    /// The process is being stopped.
    #[error("stopping")]
    Stopping,
    /// NATS.
    #[error(transparent)]
    Bus(#[from] chat_bus::BusError),
    /// Postgres.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// NATS or Postgres, while something was told again.
    #[error(transparent)]
    Announce(#[from] AnnounceError),
    /// The stream's identity.
    #[error(transparent)]
    Identity(#[from] crate::stream_identity::IdentityError),
    /// Postgres or NATS took too long.
    #[error("no answer in time")]
    Late,
    /// Fenced again and again.
    #[error("the partitions changed too often")]
    Unsettled,
}

/// Counts that something is tried again because the database was not there.
pub(crate) fn note_retry() {
    metrics::counter!("chat_persistence_store_retries_total").increment(1);
}

/// A message of the stream, decoded as far as it can be, with the original for the dead letters.
#[derive(Debug)]
pub struct Read {
    /// What is to be stored.
    pub incoming: Incoming,
    /// Why it cannot be.
    pub undecodable: Option<String>,
    /// Who asked, if it says so.
    pub reply_to: Option<InstanceId>,
    /// Where in a trace it was said, if that is recorded.
    pub trace: Option<TraceContext>,
    /// When it was read.
    pub read_at: SystemTime,
    /// The message.
    pub message: async_nats::Message,
}

/// What storing needs.
pub struct Storing<'a> {
    /// The name of this worker.
    pub worker: &'a str,
    /// How long a commit prolongs the lease.
    pub lease: Duration,
    /// NATS.
    pub bus: &'a Bus,
    /// Postgres.
    pub database: &'a Database,
    /// Where events and news go.
    pub announcer: &'a mut Announcer,
    /// When to give up.
    pub stop: &'a CancellationToken,
    /// What is owned.
    pub lane: Lane,
    /// The connection for batches, opened when needed.
    pub connection: Option<BatchConnection>,
    /// What is recorded of the stretch under way.
    pub spans: Spans,
}

enum Attempt {
    Done,
    Refused(StoreError),
}

impl Storing<'_> {
    /// Stores what concerns the lane, in order.
    pub async fn store(&mut self, mut reads: Vec<Read>) -> Result<(), Interruption> {
        while !reads.is_empty() {
            let dangerous = |read: &Read| self.lane.is_dangerous(read.incoming.partition);
            let reach = weight::reach(reads.iter().map(|read| read.incoming.command.as_ref()));
            let rest = match reads.iter().take(reach).position(dangerous) {
                Some(0) => {
                    self.approach(&mut reads[0]).await?;
                    reads.split_off(1)
                }
                Some(first) => reads.split_off(first),
                None => reads.split_off(reach),
            };
            self.store_or_split(reads).await?;
            reads = rest;
        }
        Ok(())
    }

    /// Notes which command is tried alone; one that has killed an owner already is not tried again.
    async fn approach(&mut self, read: &mut Read) -> Result<(), Interruption> {
        let (partition, command_id) = (read.incoming.partition, read.incoming.command_id);
        if self.lane.has_killed(partition, command_id) {
            read.undecodable.get_or_insert_with(|| "workers have died of it".to_owned());
            read.incoming.command = None;
            return Ok(());
        }
        partitions::set_suspect(self.database.pool(), self.worker, partition, command_id).await?;
        Ok(())
    }

    /// Stores a stretch; what the database refuses is halved until the one command at fault is put away.
    async fn store_or_split(&mut self, reads: Vec<Read>) -> Result<(), Interruption> {
        let mut stack = vec![reads];
        while let Some(mut stretch) = stack.pop() {
            self.put_away_undecodable(&mut stretch).await?;
            self.spans = Spans::of(&stretch);
            let log_span = self.spans.log_span();
            let attempt = self.store_stretch(&stretch).instrument(log_span).await?;
            let Attempt::Refused(error) = attempt else { continue };
            if let [single] = stretch.as_mut_slice() {
                single.undecodable = Some(format!("the database refused it: {error}"));
                single.incoming.command = None;
                stack.push(stretch);
            } else {
                let second = stretch.split_off(stretch.len() / 2);
                stack.extend([second, stretch]);
            }
        }
        Ok(())
    }

    /// Puts away what cannot be carried out, once: a stretch may be tried again in parts.
    async fn put_away_undecodable(&self, stretch: &mut [Read]) -> Result<(), Interruption> {
        for read in stretch {
            let incoming = &read.incoming;
            let is_ours = self.lane.get(incoming.partition).is_some_and(|owned| owned.stored_pos < incoming.pos);
            if let (Some(reason), true) = (&read.undecodable, is_ours) {
                let letter = DeadLetter {
                    partition: incoming.partition,
                    pos: incoming.pos,
                    command_id: incoming.command_id,
                    reply_to: read.reply_to.as_ref(),
                    message: &read.message,
                    reason,
                };
                put_away(self.bus, letter).await?;
                read.undecodable = None;
            }
        }
        Ok(())
    }

    async fn store_stretch(&mut self, stretch: &[Read]) -> Result<Attempt, Interruption> {
        let incoming: Vec<Incoming> = stretch.iter().map(|read| read.incoming.clone()).collect();
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(2));
        let mut rebuilds = 0;
        loop {
            let batch = batch::build(&incoming, &self.lane);
            if batch.fences.is_empty() {
                return Ok(Attempt::Done);
            }
            self.announcer.fluent().await;
            #[cfg(feature = "faults")]
            if self.go_wrong(&batch).await? {
                return Ok(Attempt::Done);
            }
            match self.apply(&batch).await {
                Ok(BatchOutcome::Committed(applied)) => {
                    faults::die_at("storing.after_commit");
                    self.lane.moved(&batch.fences);
                    self.announce(batch, applied).await?;
                    return Ok(Attempt::Done);
                }
                Ok(BatchOutcome::Fenced(applied)) => {
                    tracing::warn!("a batch was fenced: looking again at what is owned");
                    self.answer(&batch, &applied).await?;
                    self.look_again().await?;
                    rebuilds += 1;
                    if rebuilds > MAX_REBUILDS {
                        return Err(Interruption::Unsettled);
                    }
                }
                Err(error) if error.is_transient() => {
                    self.connection = None;
                    if self.stop.is_cancelled() {
                        return Err(Interruption::Stopping);
                    }
                    tracing::warn!(%error, "cannot store now; the commands wait");
                    note_retry();
                    tokio::time::sleep(backoff.next_delay()).await;
                }
                Err(error) => return Ok(Attempt::Refused(error)),
            }
        }
    }

    pub(crate) async fn apply(&mut self, batch: &Batch) -> Result<BatchOutcome, StoreError> {
        assert!(!(faults::on("storing.panic") && batch.says(POISON)), "poisoned on purpose");
        let started = Instant::now();
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.database.connect_for_batches().await?),
        };
        let incarnation = self.lane.incarnation();
        let statement = self.spans.statement(batch);
        let outcome =
            apply_commands(connection, self.worker, incarnation, self.lease, &batch.fences, &batch.commands).await;
        spans::end_statement(statement, &outcome);
        metrics::histogram!("chat_persistence_batch_seconds").record(started.elapsed().as_secs_f64());
        outcome
    }

    /// After the commit: answers who asked, then publishes, in the order in which it was carried out.
    pub(crate) async fn announce(&mut self, batch: Batch, mut applied: Vec<Applied>) -> Result<(), Interruption> {
        let is_lost = faults::on("storing.lose_answers") && batch.says(LOST_ANSWER) && is_new(&applied);
        if !is_lost {
            self.answer(&batch, &applied).await?;
        }
        faults::die_at("storing.after_answer");
        applied.sort_by_key(|one| (batch.commands.get(one.index).map(|command| command.step), one.index));
        let mut commands: Vec<_> = batch.commands.into_iter().map(Some).collect();
        for one in applied {
            let Some(command) = commands.get_mut(one.index).and_then(Option::take) else { continue };
            let place = self.spans.decided(&command, &one.verdict);
            let (events, news) = outcome::announcement(command, one.verdict);
            self.announcer.announce(events, news, place.as_ref()).await?;
        }
        for fence in &batch.fences {
            self.announcer.cover(self.lane.incarnation(), fence.partition, fence.to_pos).await;
        }
        Ok(())
    }

    pub(crate) async fn answer(&self, batch: &Batch, applied: &[Applied]) -> Result<(), Interruption> {
        let mut by_instance: BTreeMap<&InstanceId, Vec<Reply>> = BTreeMap::new();
        for one in applied {
            let (Some(command), Some(reply_to)) = (batch.commands.get(one.index), batch.reply_to.get(one.index)) else {
                continue;
            };
            by_instance.entry(reply_to).or_default().push(outcome::reply(command, &one.verdict));
        }
        let positions = self.positions_of(batch);
        for (instance, replies) in by_instance {
            metrics::counter!("chat_persistence_commands_total").increment(replies.len() as u64);
            for replies in replies.chunks(REPLIES_AT_ONCE) {
                let replies = Replies { replies: replies.to_vec(), positions: positions.clone() };
                publish_replies(self.bus, instance, &replies).await?;
            }
        }
        Ok(())
    }

    /// How far the partitions of a batch are stored, as far as they are still owned.
    fn positions_of(&self, batch: &Batch) -> Vec<PartitionPosition> {
        let is_of_batch =
            |position: &PartitionPosition| batch.fences.iter().any(|fence| fence.partition == position.partition);
        self.lane.positions().into_iter().filter(is_of_batch).collect()
    }

    /// Reads again what is owned, and publishes what an earlier commit stored whose answer was lost.
    async fn look_again(&mut self) -> Result<(), Interruption> {
        let rows = partitions::renew(self.database.pool(), self.worker, self.lease).await?;
        let lane = Lane::new(self.lane.incarnation(), rows);
        let before = std::mem::replace(&mut self.lane, lane);
        let moved: Vec<OwnedPartition> = self
            .lane
            .rows()
            .filter(|now| before.get(now.partition).is_some_and(|then| then.stored_pos < now.stored_pos))
            .copied()
            .collect();
        for owned in moved {
            self.announcer.announce_again(self.database, &owned).await?;
        }
        Ok(())
    }
}

fn is_new(applied: &[Applied]) -> bool {
    applied.iter().all(|one| matches!(one.verdict, Verdict::Stored(_)))
}
