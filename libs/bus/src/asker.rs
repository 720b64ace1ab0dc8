//! Puts commands on the stream and hands each answer to whoever waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_nats::Subscriber;
use chat_protocol::command::Command;
use chat_protocol::ids::{CommandId, InstanceId};
use chat_protocol::reply::{Outcome, Replies};
use chat_protocol::subjects;
use chat_protocol::trace::TraceContext;
use futures_util::StreamExt as _;
use metrics::{Gauge, Histogram};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::commands::{EncodedCommand, PublishError};
use crate::positions::{Positions, Taken};
use crate::{Bus, BusError};

/// Between two publications of a command that the stream refuses or does not acknowledge: at first, and at most.
const RETRY_DELAY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(800));
/// How long a command is offered to a stream that refuses it.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(3);
/// How often a command that was taken is looked after.
pub const LOSS_CHECK: Duration = Duration::from_millis(250);
/// How often it is measured for how long the oldest command has waited.
const MEASURE: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It was not taken, and will not be carried out.
    #[error("not accepted")]
    Unavailable,
    /// It may have been carried out, or still be.
    #[error("no answer in time")]
    Unknown,
}

/// Somebody who waits for the answer to a command.
pub trait Waiter: Send + 'static {
    /// Takes the answer. Must not block.
    fn answer(self, command: CommandId, outcome: Outcome);
}

impl Waiter for oneshot::Sender<Outcome> {
    fn answer(self, _command: CommandId, outcome: Outcome) {
        // A caller that stopped waiting needs no answer.
        let _gone = self.send(outcome);
    }
}

/// Who waits for what, and how far the workers have come. Cheap to clone.
pub struct Pending<W> {
    waiters: Arc<Mutex<HashMap<CommandId, W>>>,
    positions: Positions,
    unanswered: Gauge,
    answered: Histogram,
}

impl<W> Clone for Pending<W> {
    fn clone(&self) -> Self {
        let (waiters, positions) = (self.waiters.clone(), self.positions.clone());
        Self { waiters, positions, unanswered: self.unanswered.clone(), answered: self.answered.clone() }
    }
}

impl<W: Waiter> Pending<W> {
    /// Subscribes to the answers for this instance and hands them out until `stop`.
    pub async fn start(bus: &Bus, instance: &InstanceId, stop: CancellationToken) -> Result<Self, BusError> {
        let answers = bus.client().subscribe(subjects::reply(instance)).await.map_err(BusError::client)?;
        let positions = Positions::start(bus, stop.clone()).await?;
        let unanswered = metrics::gauge!("chat_commands_unanswered");
        let answered = metrics::histogram!("chat_commands_answer_seconds");
        let pending = Self { waiters: Arc::default(), positions, unanswered, answered };
        tokio::spawn(pending.clone().measure(stop.clone()));
        tokio::spawn(pending.clone().hand_out(answers, stop));
        Ok(pending)
    }

    async fn hand_out(self, mut answers: Subscriber, stop: CancellationToken) {
        while let Some(Some(message)) = stop.run_until_cancelled(answers.next()).await {
            match serde_json::from_slice::<Replies>(&message.payload) {
                Ok(replies) => self.answer_all(replies),
                Err(error) => tracing::error!(%error, "unreadable replies"),
            }
        }
    }

    async fn measure(self, stop: CancellationToken) {
        let gauge = metrics::gauge!("chat_commands_oldest_unanswered_seconds");
        while stop.run_until_cancelled(sleep(MEASURE)).await.is_some() {
            let oldest = self.waiters.lock().keys().filter_map(|command| made_at(*command)).reduce(f64::min);
            gauge.set(oldest.map_or(0.0, |oldest| now_secs() - oldest).max(0.0));
        }
    }

    fn answer_all(&self, replies: Replies) {
        self.positions.learn(&replies.positions);
        let now = now_secs();
        for reply in replies.replies {
            // Nobody waits for a repeated answer.
            if let Some(waiter) = self.forget(reply.command_id) {
                if let Some(made_at) = made_at(reply.command_id) {
                    self.answered.record((now - made_at).max(0.0));
                }
                waiter.answer(reply.command_id, reply.outcome);
            }
        }
    }

    /// From now on `waiter` gets the answer to this command.
    pub fn expect(&self, command: CommandId, waiter: W) {
        self.waiters.lock().insert(command, waiter);
        self.unanswered.increment(1);
    }

    /// Nobody waits for this command any more; returns who did.
    #[must_use]
    pub fn forget(&self, command: CommandId) -> Option<W> {
        self.waiters.lock().remove(&command).inspect(|_| self.unanswered.decrement(1))
    }

    /// How far the workers have come.
    #[must_use]
    pub fn positions(&self) -> &Positions {
        &self.positions
    }
}

/// Asks for one command at a time and waits for its answer: what REST needs.
#[derive(Clone)]
pub struct Asker {
    bus: Bus,
    instance: InstanceId,
    pending: Pending<oneshot::Sender<Outcome>>,
}

impl Asker {
    /// Listens for the answers to this instance until `stop`.
    pub async fn start(bus: Bus, instance: InstanceId, stop: CancellationToken) -> Result<Self, BusError> {
        let pending = Pending::start(&bus, &instance, stop).await?;
        Ok(Self { bus, instance, pending })
    }

    /// The connection.
    #[must_use]
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The instance that answers are sent to.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// Publishes the command, again with the same id where it may have been lost, and waits for its answer.
    pub async fn ask(
        &self,
        command: Command,
        place: Option<&TraceContext>,
        wait: Duration,
    ) -> Result<Outcome, AskError> {
        let deadline = Instant::now() + wait;
        let encoded = EncodedCommand::new(&command).map_err(|_| AskError::Unavailable)?.traced(place);
        let (sender, answer) = oneshot::channel();
        self.pending.expect(command.id, sender);
        let _forget = ForgetOnDrop { pending: &self.pending, command: command.id };
        let mut may_be_taken = false;
        let publishing = async { while self.publish(&encoded, &mut may_be_taken).await.is_ok() {} };
        let answered = tokio::select! {
            biased;
            outcome = answer => outcome.ok(),
            _ = timeout_at(deadline, publishing) => None,
        };
        answered.ok_or(if may_be_taken { AskError::Unknown } else { AskError::Unavailable })
    }

    /// Publishes until the stream has the command; returns when it, or its answer, must be considered lost.
    async fn publish(&self, command: &EncodedCommand, may_be_taken: &mut bool) -> Result<(), NotTaken> {
        let started = Instant::now();
        let mut delay = RETRY_DELAY.0;
        let mut disturbances = self.bus.disturbances();
        let pos = loop {
            // While nobody has said otherwise, it may have been taken.
            let might_have_been = std::mem::replace(may_be_taken, true);
            match command.offer(&self.bus).await {
                Ok(pos) => break pos,
                Err(PublishError::Unanswered(reason)) => tracing::warn!(%reason, "a command was not acknowledged"),
                Err(refusal @ (PublishError::Refused(_) | PublishError::NoStream)) => {
                    *may_be_taken = might_have_been;
                    tracing::warn!(%refusal, "the stream refused a command");
                    if !*may_be_taken && started.elapsed() > REFUSAL_PATIENCE {
                        return Err(NotTaken);
                    }
                }
            }
            sleep(delay).await;
            delay = (delay * 2).min(RETRY_DELAY.1);
        };
        let partition = command.partition();
        let mut taken = Taken::new(partition, pos, self.pending.positions().of(partition));
        loop {
            tokio::select! {
                _ = disturbances.changed() => {}
                () = sleep(LOSS_CHECK) => {
                    let announced = self.pending.positions().of(partition);
                    if !taken.is_lost(announced, std::time::Instant::now()) {
                        continue;
                    }
                }
            }
            tracing::info!("an answer must be considered lost: asking again");
            return Ok(());
        }
    }
}

/// The stream refused the command for so long that its sender should hear of it.
struct NotTaken;

/// When a command was made, in seconds since 1970; its id says so.
fn made_at(command: CommandId) -> Option<f64> {
    let (seconds, nanos) = command.uuid().get_timestamp()?.to_unix();
    Some(Duration::new(seconds, nanos).as_secs_f64())
}

fn now_secs() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

struct ForgetOnDrop<'a, W: Waiter> {
    pending: &'a Pending<W>,
    command: CommandId,
}

impl<W: Waiter> Drop for ForgetOnDrop<'_, W> {
    fn drop(&mut self) {
        let _already_answered = self.pending.forget(self.command);
    }
}
