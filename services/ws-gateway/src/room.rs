//! One conversation on this gateway: its subscription, its ring, and the sockets that read it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chat_protocol::close::CloseCode;
use chat_protocol::ids::{ConversationId, Seq};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::mailbox::Mailbox;
use crate::ring::{Entry, Overtaken, Ring, RingLimits};

static NEXT_MEMBER: AtomicU64 = AtomicU64::new(0);

/// A conversation with its readers.
#[derive(Debug)]
pub struct Room {
    /// Which conversation.
    pub id: ConversationId,
    /// Notified when something is known to be missing.
    pub holes: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    ring: Ring,
    members: HashMap<u64, Arc<Mailbox>>,
    closed: Option<CloseCode>,
}

/// Why a reader gets nothing more from a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadError {
    /// It was too slow.
    Overtaken,
    /// The room was closed, with this code for its sockets.
    Closed(CloseCode),
}

impl Room {
    /// A room without readers.
    #[must_use]
    pub fn new(id: ConversationId, limits: RingLimits) -> Self {
        let state = State { ring: Ring::new(limits), members: HashMap::new(), closed: None };
        Self { id, holes: Notify::new(), state: Mutex::new(state) }
    }

    /// Takes an event in and wakes the readers if it, or what waited for it, can be read.
    pub fn insert(&self, seq: Seq, frame: Utf8Bytes) {
        let mut state = self.state.lock();
        if state.ring.insert(seq, frame) {
            state.wake_all();
        }
    }

    /// The log is known to reach up to `head`.
    pub fn learn_head(&self, head: Seq) {
        let mut state = self.state.lock();
        if state.ring.learn_head(head) {
            state.wake_all();
        }
        if state.ring.hole_after().is_some() {
            self.holes.notify_one();
        }
    }

    /// Somebody says that the log reaches up to `head`: what is missing up to there will be fetched.
    pub fn note_head(&self, head: Seq) {
        let mut state = self.state.lock();
        state.ring.note_head(head);
        if state.ring.hole_after().is_some() {
            self.holes.notify_one();
        }
    }

    /// After which position something is missing that exists.
    #[must_use]
    pub fn hole_after(&self) -> Option<Seq> {
        self.state.lock().ring.hole_after()
    }

    /// The newest position that readers can have from here.
    #[must_use]
    pub fn last_seq(&self) -> Option<Seq> {
        self.state.lock().ring.last_seq()
    }

    /// Nobody reads from here any more: every socket is told to close with this code.
    pub fn close(&self, code: CloseCode) {
        let mut state = self.state.lock();
        state.closed = Some(code);
        state.wake_all();
    }

    /// Whether it has no readers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.lock().members.is_empty()
    }

    /// From now on the mailbox is woken with every new event, until the membership is dropped.
    #[must_use]
    pub fn join(self: &Arc<Self>, mailbox: Arc<Mailbox>) -> RoomMembership {
        let member = NEXT_MEMBER.fetch_add(1, Ordering::Relaxed);
        self.state.lock().members.insert(member, mailbox);
        RoomMembership { room: self.clone(), member }
    }

    /// Copies up to `max` entries after a position.
    pub fn read_after(&self, after: Seq, max: usize, into: &mut Vec<Entry>) -> Result<(), ReadError> {
        let state = self.state.lock();
        if let Some(code) = state.closed {
            return Err(ReadError::Closed(code));
        }
        state.ring.read_after(after, max, into).map_err(|Overtaken| ReadError::Overtaken)
    }
}

impl State {
    fn wake_all(&self) {
        for mailbox in self.members.values() {
            mailbox.wake();
        }
    }
}

/// A socket's place in a room.
#[derive(Debug)]
pub struct RoomMembership {
    room: Arc<Room>,
    member: u64,
}

impl RoomMembership {
    /// The room.
    #[must_use]
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }
}

impl Drop for RoomMembership {
    fn drop(&mut self) {
        self.room.state.lock().members.remove(&self.member);
    }
}
