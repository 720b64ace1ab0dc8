//! Where a socket's task hears that there is something for it: answers to its commands, news in its rooms, of its
//! person, of the people it watches. An idle mailbox holds no memory but itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chat_bus::asker::Waiter;
use chat_protocol::ids::{CommandId, ConversationId};
use chat_protocol::reply::Outcome;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// The mailbox of one socket.
#[derive(Debug, Default)]
pub struct Mailbox {
    wake: Notify,
    answers: Mutex<Vec<(CommandId, Outcome)>>,
    /// Rooms with something new, each once: see [`RoomFlag`].
    rooms: Mutex<Vec<ConversationId>>,
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

    /// Takes the rooms that have something new.
    #[must_use]
    pub fn take_rooms(&self) -> Vec<ConversationId> {
        std::mem::take(&mut self.rooms.lock())
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

/// Tells a mailbox that a room has something new: once, until the room is looked at.
#[derive(Debug, Clone)]
pub struct RoomFlag {
    mailbox: Arc<Mailbox>,
    room: ConversationId,
    is_raised: Arc<AtomicBool>,
}

impl RoomFlag {
    /// A flag that nobody has raised.
    #[must_use]
    pub fn new(mailbox: Arc<Mailbox>, room: ConversationId) -> Self {
        Self { mailbox, room, is_raised: Arc::default() }
    }

    /// There is something new.
    pub fn raise(&self) {
        if !self.is_raised.swap(true, Ordering::AcqRel) {
            self.mailbox.rooms.lock().push(self.room);
            self.mailbox.wake();
        }
    }

    /// The room is looked at now: what comes from here on raises the flag again.
    pub fn lower(&self) {
        self.is_raised.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_told_once_until_it_is_looked_at() {
        let (mailbox, room) = (Arc::new(Mailbox::default()), ConversationId::generate());
        let flag = RoomFlag::new(mailbox.clone(), room);
        flag.raise();
        flag.raise();
        assert_eq!(mailbox.take_rooms(), [room]);
        flag.raise();
        assert_eq!(mailbox.take_rooms(), []);
        flag.lower();
        flag.raise();
        assert_eq!(mailbox.take_rooms(), [room]);
    }
}
