//! The commands of one socket on their way to the stream, one at a time: what was said first is stored first.

use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;

use chat_bus::Bus;
use chat_bus::commands::{EncodedCommand, PublishError};
use chat_protocol::ids::CommandId;
use chat_runtime::backoff::Backoff;
use tokio::time::{Instant, sleep_until};

/// How long a command is offered to a stream that refuses it, before its sender hears `unavailable`.
const PATIENCE: Duration = Duration::from_secs(5);

type Attempt = Pin<Box<dyn Future<Output = Result<i64, PublishError>> + Send>>;

/// What became of the foremost command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The stream has it.
    Taken,
    /// The stream never took it and never will.
    NotTaken(CommandId),
}

/// The queue of one socket. Its length is bounded by the session, which counts what is unanswered.
pub struct Outbox {
    bus: Bus,
    queue: VecDeque<Item>,
    attempt: Option<Attempt>,
    retry_at: Option<Instant>,
    backoff: Backoff,
}

struct Item {
    command: EncodedCommand,
    since: Instant,
    may_be_taken: bool,
}

impl Outbox {
    /// An empty queue.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        Self { bus, queue: VecDeque::new(), attempt: None, retry_at: None, backoff }
    }

    /// Puts a command behind the others.
    pub fn push(&mut self, command: EncodedCommand) {
        self.queue.push_back(Item { command, since: Instant::now(), may_be_taken: false });
    }

    /// Whether everything was taken or given up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Waits until the fate of the foremost command is known; for ever, if there is none. Safe to cancel.
    pub async fn progress(&mut self) -> Progress {
        loop {
            if let Some(retry_at) = self.retry_at {
                sleep_until(retry_at).await;
                self.retry_at = None;
            }
            let Some(item) = self.queue.front() else { return std::future::pending().await };
            let attempt = self.attempt.get_or_insert_with(|| publish(self.bus.clone(), item.command.clone()));
            let result = attempt.await;
            self.attempt = None;
            if let Some(progress) = self.judge(&result) {
                self.queue.pop_front();
                self.backoff.reset();
                return progress;
            }
            self.retry_at = Some(Instant::now() + self.backoff.next_delay());
        }
    }

    fn judge(&mut self, result: &Result<i64, PublishError>) -> Option<Progress> {
        let item = self.queue.front_mut()?;
        match result {
            Ok(_position) => Some(Progress::Taken),
            Err(PublishError::Unanswered(reason)) => {
                tracing::warn!(%reason, "a command was not acknowledged; publishing it again");
                item.may_be_taken = true;
                None
            }
            Err(PublishError::Refused(reason)) => {
                let gives_up = !item.may_be_taken && item.since.elapsed() >= PATIENCE;
                tracing::warn!(%reason, gives_up, "a command was refused by the stream");
                gives_up.then(|| Progress::NotTaken(item.command.id()))
            }
        }
    }
}

fn publish(bus: Bus, command: EncodedCommand) -> Attempt {
    Box::pin(async move {
        if !bus.is_connected() {
            return Err(PublishError::Refused("not connected".to_owned()));
        }
        command.publish(&bus).await?.acked().await
    })
}
