//! The commands of one socket from the moment they are said to the moment they are answered. They go to the stream one
//! at a time: what was said first is stored first, also when it has to be said again. Each names the life of the stream that
//! is known here, so that none is carried out in a new one before those that the old one had taken with it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chat_bus::Bus;
use chat_bus::asker::LOSS_CHECK;
use chat_bus::commands::{EncodedCommand, PublishError};
use chat_bus::positions::{Announced, Positions, Taken};
use chat_protocol::ids::CommandId;
use chat_protocol::partition::Partition;
use chat_runtime::backoff::Backoff;
use chat_runtime::faults;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long a command is offered to a stream that refuses it, before its sender hears `unavailable`.
const PATIENCE: Duration = Duration::from_secs(5);

type Attempt = Pin<Box<dyn Future<Output = Result<i64, PublishError>> + Send>>;

/// The stream never took this command and never will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotTaken(pub CommandId);

/// The way to the stream of commands, the same for all sockets.
pub struct Line {
    /// NATS.
    pub bus: Bus,
    /// How far each partition is stored.
    pub positions: Positions,
}

/// The unanswered commands of one socket. The session bounds their number.
pub struct Outbox {
    line: Arc<Line>,
    items: VecDeque<Item>,
    /// The publication under way.
    attempt: Option<Offer>,
    retry_at: Option<Instant>,
    /// When what was taken is looked after next, however often something else comes in between.
    check_at: Option<Instant>,
    backoff: Backoff,
    disturbances: Option<watch::Receiver<u64>>,
}

/// A command that is being published, and what was known of its partition when that began.
struct Offer {
    of: CommandId,
    announced: Option<Announced>,
    attempt: Attempt,
}

struct Item {
    command: EncodedCommand,
    since: Instant,
    may_be_taken: bool,
    /// None until the stream has it, and again when it must be considered lost.
    taken: Option<Taken>,
}

impl Outbox {
    /// Nothing said yet.
    #[must_use]
    pub fn new(line: Arc<Line>) -> Self {
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        let items = VecDeque::new();
        Self { line, items, attempt: None, retry_at: None, check_at: None, backoff, disturbances: None }
    }

    /// Puts a command behind the others.
    pub fn push(&mut self, command: EncodedCommand) {
        if self.disturbances.is_none() {
            self.disturbances = Some(self.line.bus.disturbances());
        }
        self.items.push_back(Item { command, since: Instant::now(), may_be_taken: false, taken: None });
    }

    /// A command was answered.
    pub fn answered(&mut self, command: CommandId) {
        self.items.retain(|item| item.command.id() != command);
        if self.items.is_empty() {
            self.disturbances = None;
        }
    }

    /// Whether everything was answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether the stream has everything that was said.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.unpublished().is_none()
    }

    fn unpublished(&self) -> Option<usize> {
        self.items.iter().position(|item| item.taken.is_none())
    }

    /// Publishes what is to be published and looks after what was; returns when a command has failed for good, or when
    /// everything has just been published. For ever, if there is nothing to do. Safe to cancel.
    pub async fn progress(&mut self) -> Option<NotTaken> {
        loop {
            self.doubt_after_disturbance();
            let Some(index) = self.unpublished() else {
                self.watch_over().await;
                continue;
            };
            if let Some(retry_at) = self.retry_at {
                sleep_until(retry_at).await;
                self.retry_at = None;
            }
            let item = &mut self.items[index];
            if item.may_be_taken && faults::on("mutant.new_command_id") {
                item.command = item.command.clone().with_id(CommandId::generate());
            }
            let command = &self.items[index].command;
            // Another command may have become the first since: then the attempt under way counts for nothing.
            self.attempt.take_if(|offer| offer.of != command.id());
            if self.attempt.is_none() {
                let announced = self.line.positions.of(command.partition());
                if self.some_were_taken_before(command.partition(), announced) {
                    self.doubt_everything();
                    continue;
                }
                let attempt = offer(self.line.bus.clone(), command.clone(), announced);
                self.attempt = Some(Offer { of: command.id(), announced, attempt });
            }
            let Some(offer) = &mut self.attempt else { continue };
            let (result, announced) = ((&mut offer.attempt).await, offer.announced);
            self.attempt = None;
            if self.shows_another_stream(&result, index) {
                self.doubt_everything();
            }
            if let Some(failed) = self.judge(index, &result, announced) {
                return Some(failed);
            }
            if self.is_published() {
                return None;
            }
        }
    }

    fn judge(
        &mut self,
        index: usize,
        result: &Result<i64, PublishError>,
        announced: Option<Announced>,
    ) -> Option<NotTaken> {
        let item = &mut self.items[index];
        match result {
            Ok(pos) => {
                let partition = item.command.partition();
                item.taken = Some(Taken::new(partition, *pos, announced.or_else(|| self.line.positions.of(partition))));
                item.may_be_taken = true;
                self.backoff.reset();
                return None;
            }
            Err(PublishError::Unanswered(reason)) => {
                tracing::warn!(%reason, "a command was not acknowledged; publishing it again");
                item.may_be_taken = true;
            }
            Err(refusal @ (PublishError::Refused(_) | PublishError::NoStream)) => {
                let gives_up = !item.may_be_taken && item.since.elapsed() >= PATIENCE;
                tracing::warn!(%refusal, gives_up, "a command was refused by the stream");
                if gives_up {
                    let id = item.command.id();
                    self.items.remove(index);
                    return Some(NotTaken(id));
                }
            }
        }
        self.retry_at = Some(Instant::now() + self.backoff.next_delay());
        None
    }

    /// After a lost connection the broker may have gone down with what it had acknowledged: all of it is said again, in
    /// order, before anything new.
    fn doubt_after_disturbance(&mut self) {
        let Some(disturbances) = &mut self.disturbances else { return };
        if disturbances.has_changed().unwrap_or(false) {
            disturbances.mark_unchanged();
            self.doubt_everything();
        }
    }

    /// Whether the stream is gone, or gives positions out again that it had given before.
    fn shows_another_stream(&self, result: &Result<i64, PublishError>, index: usize) -> bool {
        match result {
            Err(PublishError::NoStream) => true,
            Ok(pos) => {
                let partition = self.items[index].command.partition();
                let mut taken = self.items.iter().take(index).filter_map(|item| item.taken);
                taken.any(|taken| !taken.precedes(partition, *pos))
            }
            Err(_) => false,
        }
    }

    /// Whether the stream that took what was said before is gone.
    fn some_were_taken_before(&self, partition: Partition, announced: Option<Announced>) -> bool {
        let Some(announced) = announced else { return false };
        let mut taken = self.items.iter().filter_map(|item| item.taken);
        taken.any(|taken| taken.partition() == partition && taken.is_of_earlier_life(announced))
    }

    fn doubt_everything(&mut self) {
        for item in &mut self.items {
            item.taken = None;
        }
    }

    /// Everything is on the stream: waits until some of it may have to be published again.
    async fn watch_over(&mut self) {
        let Some(disturbances) = self.disturbances.as_mut().filter(|_| !self.items.is_empty()) else {
            return std::future::pending().await;
        };
        let check_at = *self.check_at.get_or_insert_with(|| Instant::now() + LOSS_CHECK);
        tokio::select! {
            _ = disturbances.changed() => disturbances.mark_changed(),
            () = sleep_until(check_at) => {
                self.check_at = None;
                let now = std::time::Instant::now();
                for item in &mut self.items {
                    let positions = &self.line.positions;
                    item.taken.take_if(|taken| taken.is_lost(positions.of(taken.partition()), now));
                }
            }
        }
    }
}

fn offer(bus: Bus, command: EncodedCommand, announced: Option<Announced>) -> Attempt {
    let command = match announced {
        Some(announced) => command.within(announced.incarnation),
        None => command,
    };
    Box::pin(async move { command.offer(&bus).await })
}
