//! Puts commands on the stream and hands each answer to whoever waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::Subscriber;
use chat_protocol::command::Command;
use chat_protocol::ids::{CommandId, InstanceId};
use chat_protocol::reply::{Outcome, Replies};
use chat_protocol::subjects;
use futures_util::StreamExt as _;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::commands::{EncodedCommand, PublishError};
use crate::{Bus, BusError};

/// Between two publications of the same command.
const RETRY_DELAYS: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

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

/// Who waits for what. Cheap to clone.
pub struct Pending<W>(Arc<std::sync::Mutex<HashMap<CommandId, W>>>);

impl<W> Clone for Pending<W> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<W: Waiter> Pending<W> {
    /// Subscribes to the answers for this instance and hands them out until `stop`.
    pub async fn start(bus: &Bus, instance: &InstanceId, stop: CancellationToken) -> Result<Self, BusError> {
        let answers = bus.client().subscribe(subjects::reply(instance)).await.map_err(BusError::client)?;
        let pending = Self(Arc::default());
        tokio::spawn(pending.clone().hand_out(answers, stop));
        Ok(pending)
    }

    async fn hand_out(self, mut answers: Subscriber, stop: CancellationToken) {
        loop {
            let message = tokio::select! {
                () = stop.cancelled() => return,
                message = answers.next() => message,
            };
            let Some(message) = message else { return };
            match serde_json::from_slice::<Replies>(&message.payload) {
                Ok(replies) => self.answer_all(replies),
                Err(error) => tracing::error!(%error, "unreadable replies"),
            }
        }
    }

    fn answer_all(&self, replies: Replies) {
        for reply in replies.replies {
            // Nobody waits for a repeated answer.
            if let Some(waiter) = self.forget(reply.command_id) {
                waiter.answer(reply.command_id, reply.outcome);
            }
        }
    }

    /// From now on `waiter` gets the answer to this command.
    pub fn expect(&self, command: CommandId, waiter: W) {
        self.lock().insert(command, waiter);
    }

    /// Nobody waits for this command any more; returns who did.
    #[must_use]
    pub fn forget(&self, command: CommandId) -> Option<W> {
        self.lock().remove(&command)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CommandId, W>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
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

    /// The instance that answers are sent to.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }

    /// Publishes the command, again with the same id where nobody said that it was taken, and waits for its answer.
    pub async fn ask(&self, command: Command, wait: Duration) -> Result<Outcome, AskError> {
        let deadline = Instant::now() + wait;
        let encoded = EncodedCommand::new(&command).map_err(|_| AskError::Unavailable)?;
        let (sender, mut answer) = oneshot::channel();
        self.pending.expect(command.id, sender);
        let _forget = ForgetOnDrop { pending: &self.pending, command: command.id };

        let mut may_be_taken = false;
        let mut delays = RETRY_DELAYS.into_iter();
        loop {
            let attempt = self.attempt(&encoded);
            tokio::select! {
                outcome = &mut answer => return outcome.map_err(|_| AskError::Unknown),
                acked = timeout_at(deadline, attempt) => match acked {
                    Ok(Ok(_position)) => break,
                    Ok(Err(PublishError::Refused(reason))) => {
                        tracing::warn!(%reason, "the stream refused a command");
                    }
                    Ok(Err(PublishError::Unanswered(_))) | Err(_) => may_be_taken = true,
                },
            }
            let pause = delays.next().unwrap_or(RETRY_DELAYS[RETRY_DELAYS.len() - 1]);
            if Instant::now() + pause >= deadline || (!may_be_taken && delays.len() == 0) {
                return Err(if may_be_taken { AskError::Unknown } else { AskError::Unavailable });
            }
            tokio::select! {
                outcome = &mut answer => return outcome.map_err(|_| AskError::Unknown),
                () = tokio::time::sleep(pause) => {}
            }
        }
        match timeout_at(deadline, answer).await {
            Ok(Ok(outcome)) => Ok(outcome),
            _ => Err(AskError::Unknown),
        }
    }

    async fn attempt(&self, command: &EncodedCommand) -> Result<i64, PublishError> {
        if !self.bus.is_connected() {
            return Err(PublishError::Refused("not connected".to_owned()));
        }
        command.publish(&self.bus).await?.acked().await
    }
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
