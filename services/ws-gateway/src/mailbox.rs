//! Where a socket's task hears that there is something for it: answers to its commands, or news in its room. An idle
//! mailbox holds no memory but itself.

use std::sync::Arc;

use chat_bus::asker::Waiter;
use chat_protocol::ids::CommandId;
use chat_protocol::reply::Outcome;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The mailbox of one socket.
#[derive(Debug, Default)]
pub struct Mailbox {
    wake: Notify,
    answers: Mutex<Vec<(CommandId, Outcome)>>,
}

impl Mailbox {
    /// Wakes the socket's task.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until there is something. A wake-up that came before counts.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Takes the answers that have come.
    #[must_use]
    pub fn take_answers(&self) -> Vec<(CommandId, Outcome)> {
        std::mem::take(&mut self.answers.lock())
    }
}

/// The right to answer into a mailbox, once.
pub struct MailboxWaiter(pub Arc<Mailbox>);

impl Waiter for MailboxWaiter {
    fn answer(self, command: CommandId, outcome: Outcome) {
        self.0.answers.lock().push((command, outcome));
        self.0.wake();
    }
}
