//! Where a socket's task hears that there is something for it: answers to its commands, news in its rooms, of its
//! person, of the people it watches. An idle mailbox holds no memory but itself.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll, Wake};

use chat_bus::asker::Waiter;
use chat_protocol::ids::{CommandId, ConversationId};
use chat_protocol::reply::Outcome;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

/// There is something in the mailbox.
const NEWS: u8 = 1;
/// Something else has happened that the socket waits for: see [`Wake`].
const OTHER: u8 = 2;

/// The mailbox of one socket. As a waker it stands for everything else that the socket waits for: so its task knows, without
/// looking, whether more has come than news.
#[derive(Debug, Default)]
pub struct Mailbox {
    task: AtomicWaker,
    signals: AtomicU8,
    answers: Mutex<Vec<(CommandId, Outcome)>>,
    /// Rooms with something new, each once: see [`RoomFlag`].
    rooms: Mutex<Rooms>,
}

/// Most sockets have but one.
#[derive(Debug, Default)]
struct Rooms {
    first: Option<ConversationId>,
    others: Vec<ConversationId>,
}

/// What has come since the task looked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signals(u8);

impl Signals {
    /// Whether there is something in the mailbox.
    #[must_use]
    pub const fn has_news(self) -> bool {
        self.0 & NEWS != 0
    }

    /// Whether anything else has happened.
    #[must_use]
    pub const fn has_other(self) -> bool {
        self.0 & OTHER != 0
    }
}

impl Wake for Mailbox {
    fn wake(self: Arc<Self>) {
        self.signal(OTHER);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.signal(OTHER);
    }
}

impl Mailbox {
    /// Wakes the socket's task.
    pub fn tell(&self) {
        self.signal(NEWS);
    }

    fn signal(&self, signal: u8) {
        self.signals.fetch_or(signal, Ordering::AcqRel);
        self.task.wake();
    }

    /// What has come; whoever asks is woken when more does.
    pub fn look(&self, cx: &Context<'_>) -> Signals {
        self.task.register(cx.waker());
        Signals(self.signals.swap(0, Ordering::AcqRel))
    }

    /// There is still something, although it was looked at.
    pub fn keep_news(&self) {
        self.signals.fetch_or(NEWS, Ordering::AcqRel);
    }

    /// Waits until there is something. A wake-up that came before counts.
    pub async fn woken(&self) {
        poll_fn(|cx| if self.look(cx).has_news() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Takes the answers that have come.
    #[must_use]
    pub fn take_answers(&self) -> Vec<(CommandId, Outcome)> {
        std::mem::take(&mut self.answers.lock())
    }

    /// Takes the rooms that have something new.
    pub fn take_rooms(&self, into: &mut VecDeque<ConversationId>) {
        let mut rooms = self.rooms.lock();
        into.extend(rooms.first.take());
        into.extend(std::mem::take(&mut rooms.others));
    }
}

/// The right to answer into a mailbox, once.
pub struct MailboxWaiter(pub Arc<Mailbox>);

impl Waiter for MailboxWaiter {
    fn answer(self, command: CommandId, outcome: Outcome) {
        self.0.answers.lock().push((command, outcome));
        self.0.tell();
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
            let mut rooms = self.mailbox.rooms.lock();
            if rooms.first.is_some() {
                rooms.others.push(self.room);
            } else {
                rooms.first = Some(self.room);
            }
            drop(rooms);
            self.mailbox.tell();
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
        let taken = || {
            let mut rooms = VecDeque::new();
            mailbox.take_rooms(&mut rooms);
            rooms
        };
        flag.raise();
        flag.raise();
        assert_eq!(taken(), [room]);
        flag.raise();
        assert_eq!(taken(), []);
        flag.lower();
        flag.raise();
        assert_eq!(taken(), [room]);
    }
}
