//! One conversation on this gateway: its subscription, its ring, what is told beside the log, and the sockets that read
//! it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use chat_bus::revocations::Stretch;
use chat_protocol::close::CloseCode;
use chat_protocol::event::EventKind;
use chat_protocol::frame::ServerFrame;
use chat_protocol::heads::Standpoint;
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::live::LiveNews;
use chat_runtime::faults;
use chat_websocket::Frame;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::backlog::Backlog;
use crate::batch::Batch;
use crate::cork::Cork;
use crate::mailbox::{Mailbox, RoomFlag};
use crate::ring::{Entry, Overtaken, Ring, RingLimits};
use crate::typists::Typists;

/// What is told beside the log that a reader may be behind by; a reader that is further behind is too slow.
const MAX_WHISPERS: usize = 1024;

static NEXT_MEMBER: AtomicU64 = AtomicU64::new(0);

/// A conversation with its readers.
#[derive(Debug)]
pub struct Room {
    /// Which conversation.
    pub id: ConversationId,
    /// Notified when something is known to be missing.
    pub holes: Notify,
    /// Notified when somebody has begun to type.
    pub typing: Notify,
    /// Notified when it has to be asked how a conversation stands. All rooms share it.
    doubted: Arc<Notify>,
    state: Mutex<State>,
    /// The sockets that read here. Apart from the state, which they look at while others are still being woken.
    members: Mutex<HashMap<u64, RoomFlag>>,
    /// How soon after each other they are woken.
    pub cork: Cork,
    /// The newest whisper, and whether anybody was removed: what a reader asks each time, without waiting for others.
    newest_whisper: AtomicU64,
    has_removals: AtomicBool,
}

#[derive(Debug)]
struct State {
    ring: Ring,
    whispers: Backlog<Whisper>,
    typists: Typists,
    /// The newest removal of each person, also one whose turn in the ring has not come.
    removals: HashMap<UserId, Entry>,
    /// One of the two people has blocked the other.
    is_blocked: bool,
    /// How often that may have changed, and how often it had when it was asked last.
    doubts: u64,
    settled: u64,
    /// The stretch of hearing in which it was asked last how the conversation stands.
    confirmed_in: Option<Stretch>,
    closed: Option<Closed>,
}

/// What is told beside the log: typing, receipts.
#[derive(Debug, Clone)]
pub struct Whisper {
    /// The frame.
    pub frame: Frame,
    /// For whom it is.
    pub audience: Audience,
}

impl Whisper {
    /// Whether it tells that somebody types: nothing else is for all but one.
    const fn is_typing(&self) -> bool {
        matches!(self.audience, Audience::Except(_))
    }
}

/// Which of a room's people get something.
#[derive(Debug, Clone)]
pub enum Audience {
    /// All.
    All,
    /// All but one.
    Except(UserId),
    /// These.
    Only(Arc<[UserId]>),
}

impl Audience {
    /// Whether the person is meant.
    #[must_use]
    pub fn includes(&self, user: UserId) -> bool {
        match self {
            Self::All => true,
            Self::Except(other) => *other != user,
            Self::Only(users) => users.contains(&user),
        }
    }
}

/// Why nobody reads from a room any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The code for its sockets.
    pub code: CloseCode,
    /// The last that they are told.
    pub frame: Option<Frame>,
}

/// Why a reader gets nothing more from a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It was too slow.
    Overtaken,
    /// The room was closed.
    Closed(Closed),
}

impl Room {
    /// A room without readers.
    #[must_use]
    pub fn new(id: ConversationId, limits: RingLimits, doubted: Arc<Notify>) -> Self {
        let state = State {
            ring: Ring::new(limits),
            whispers: Backlog::new(MAX_WHISPERS),
            typists: Typists::default(),
            removals: HashMap::new(),
            is_blocked: false,
            doubts: 0,
            settled: 0,
            confirmed_in: None,
            closed: None,
        };
        Self {
            id,
            holes: Notify::new(),
            typing: Notify::new(),
            doubted,
            state: Mutex::new(state),
            members: Mutex::default(),
            cork: Cork::default(),
            newest_whisper: AtomicU64::new(0),
            has_removals: AtomicBool::new(false),
        }
    }

    /// Takes an event in and wakes the readers if it, or what waited for it, can be read. A removal is told at once, even
    /// if something before it is missing.
    pub fn insert(&self, entry: Entry) {
        let mut state = self.state.lock();
        let is_removal = state.note_removal(&entry);
        if is_removal {
            self.has_removals.store(true, Ordering::Release);
        }
        // With a third person a block between two ends, and holds again without.
        if matches!(entry.kind, Some(EventKind::ParticipantAdded | EventKind::ParticipantRemoved)) {
            state.doubts += 1;
            self.doubted.notify_one();
        }
        let is_news = state.ring.insert(entry) || is_removal;
        drop(state);
        if is_news {
            self.cork.pull(|| self.wake_all());
        }
    }

    /// Takes in what is told beside the log.
    pub fn hear(&self, news: LiveNews, now: Instant) {
        match news {
            LiveNews::Typing { user_id, user_name, is_typing } => self.note_typing(user_id, user_name, is_typing, now),
            LiveNews::Read { only, frame, .. } => {
                let audience = only.map_or(Audience::All, |only| Audience::Only(only.into()));
                self.whisper(Whisper { frame: frame.get().into(), audience });
            }
            LiveNews::Blocked { is_blocked } => self.hear_of_block(is_blocked),
            LiveNews::Deleted { frame } => {
                self.close(Closed { code: CloseCode::NoSuchConversation, frame: Some(frame.get().into()) });
            }
        }
    }

    /// It is said whether one of the two people has blocked the other. What holds is asked, for words may overtake each other;
    /// until then nothing but the log passes between them.
    pub fn hear_of_block(&self, is_blocked: bool) {
        let mut state = self.state.lock();
        state.is_blocked = is_blocked;
        state.doubts += 1;
        self.doubted.notify_one();
    }

    /// The same, by a fact that may be old: if it says nothing new, nothing has to be asked.
    pub fn compare_block(&self, is_blocked: bool) {
        if self.state.lock().is_blocked != is_blocked {
            self.hear_of_block(is_blocked);
        }
    }

    /// What has to be asked in this stretch of hearing, if anything: the number of the newest doubt.
    #[must_use]
    pub fn question(&self, stretch: Stretch) -> Option<u64> {
        let state = self.state.lock();
        (state.doubts > state.settled || state.confirmed_in != Some(stretch)).then_some(state.doubts)
    }

    /// Nobody reads here yet: whoever comes is asked about in this stretch of hearing or a later one.
    pub fn begin_in(&self, stretch: Stretch) {
        self.state.lock().confirmed_in = Some(stretch);
    }

    /// This is how the conversation stands, asked after that doubt, in this stretch of hearing.
    pub fn confirm(&self, standpoint: &Standpoint, doubt: u64, stretch: Stretch) {
        let mut state = self.state.lock();
        if state.doubts == doubt {
            (state.settled, state.is_blocked) = (doubt, standpoint.is_blocked);
        }
        state.confirmed_in = Some(stretch);
        self.note_head_in(&mut state, standpoint.last_seq);
        drop(state);
        self.wake_all();
    }

    fn note_typing(&self, user: UserId, name: String, is_typing: bool, now: Instant) {
        {
            let mut state = self.state.lock();
            if state.is_blocked && state.doubts == state.settled {
                return;
            }
            state.typists.note(user, &name, is_typing, now);
        }
        if is_typing {
            self.typing.notify_one();
        }
        self.tell_typing(user, name, is_typing);
    }

    fn tell_typing(&self, user_id: UserId, user_name: String, is_typing: bool) {
        let frame = ServerFrame::TypingIndicator { conversation_id: self.id, user_id, user_name, is_typing };
        match serde_json::to_string(&frame) {
            Ok(text) => self.whisper(Whisper { frame: text.into(), audience: Audience::Except(user_id) }),
            Err(error) => tracing::error!(%error, "a frame cannot be encoded"),
        }
    }

    fn whisper(&self, whisper: Whisper) {
        let mut state = self.state.lock();
        state.whispers.push(whisper);
        self.newest_whisper.store(state.whispers.newest(), Ordering::Release);
        drop(state);
        self.cork.pull(|| self.wake_all());
    }

    /// Tells every reader that there is something new.
    pub fn wake_all(&self) {
        for flag in self.members.lock().values() {
            flag.raise();
        }
    }

    /// Ends the typing of those of whom nothing was heard any more.
    pub fn expire_typing(&self, now: Instant) {
        let over = self.state.lock().typists.expire(now);
        for (user, name) in over {
            self.tell_typing(user, name, false);
        }
    }

    /// When [`expire_typing`](Self::expire_typing) is to be called next.
    #[must_use]
    pub fn typing_deadline(&self) -> Option<Instant> {
        self.state.lock().typists.next_deadline()
    }

    /// The log is known to reach up to `head`.
    pub fn learn_head(&self, head: Seq) {
        let mut state = self.state.lock();
        let is_news = state.ring.learn_head(head);
        if state.ring.hole_after().is_some() {
            self.holes.notify_one();
        }
        drop(state);
        if is_news {
            self.wake_all();
        }
    }

    /// Somebody says that the log reaches up to `head`: what is missing up to there will be fetched.
    pub fn note_head(&self, head: Seq) {
        self.note_head_in(&mut self.state.lock(), head);
    }

    fn note_head_in(&self, state: &mut State, head: Seq) {
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

    /// Nobody reads from here any more.
    pub fn close(&self, closed: Closed) {
        self.state.lock().closed.get_or_insert(closed);
        self.wake_all();
    }

    /// Whether nobody reads from here any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state.lock().closed.is_some()
    }

    /// How many sockets read here.
    #[must_use]
    pub fn reader_count(&self) -> usize {
        self.members.lock().len()
    }

    /// Whether it has no readers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.lock().is_empty()
    }

    /// From now on the mailbox is told of everything new, until the membership is dropped.
    #[must_use]
    pub fn join(self: &Arc<Self>, mailbox: Arc<Mailbox>) -> RoomMembership {
        let member = NEXT_MEMBER.fetch_add(1, Ordering::Relaxed);
        let flag = RoomFlag::new(mailbox, self.id);
        self.members.lock().insert(member, flag.clone());
        let heard = self.state.lock().whispers.newest();
        RoomMembership { room: self.clone(), member, flag, heard }
    }

    /// Copies up to `max` entries after a position.
    pub fn read_after(&self, after: Seq, max: usize, into: &mut Vec<Entry>) -> Result<(), ReadError> {
        let state = self.state.lock();
        if let Some(closed) = &state.closed {
            return Err(ReadError::Closed(closed.clone()));
        }
        state.ring.read_after(after, max, into).map_err(|Overtaken| ReadError::Overtaken)
    }

    /// What follows a position, framed together, at most `max` entries; none if there is nothing yet.
    pub fn batch_after(&self, after: Seq, max: usize) -> Result<Option<Arc<Batch>>, ReadError> {
        let mut state = self.state.lock();
        if let Some(closed) = &state.closed {
            return Err(ReadError::Closed(closed.clone()));
        }
        state.ring.batch_after(after, max).map_err(|Overtaken| ReadError::Overtaken)
    }

    /// Whether anybody's removal is known here.
    #[must_use]
    pub fn has_removals(&self) -> bool {
        self.has_removals.load(Ordering::Acquire)
    }

    /// The person's removal after a position, as far as it is known here.
    #[must_use]
    pub fn removal_after(&self, user: UserId, after: Seq) -> Option<Entry> {
        if !self.has_removals() {
            return None;
        }
        self.state.lock().removals.get(&user).filter(|entry| entry.seq > after).cloned()
    }
}

impl State {
    fn is_suspect(&self, stretch: Stretch) -> bool {
        self.confirmed_in != Some(stretch) || self.doubts > self.settled || self.ring.hole_after().is_some()
    }

    fn note_removal(&mut self, entry: &Entry) -> bool {
        let (Some(EventKind::ParticipantRemoved), Some(user)) = (entry.kind, entry.facts.participant) else {
            return false;
        };
        let is_newest = self.removals.get(&user).is_none_or(|known| known.seq < entry.seq);
        if is_newest {
            self.removals.insert(user, entry.clone());
        }
        is_newest
    }
}

/// A socket's place in a room.
#[derive(Debug)]
pub struct RoomMembership {
    room: Arc<Room>,
    member: u64,
    flag: RoomFlag,
    /// The whispers that the socket has had.
    heard: u64,
}

impl RoomMembership {
    /// The room.
    #[must_use]
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// The room is looked at now: what comes from here on is told anew.
    pub fn look(&self) {
        self.flag.lower();
    }

    /// The socket looks again, although nothing new may have come.
    pub fn look_again(&self) {
        self.flag.raise();
    }

    /// Whether anything was told beside the log since the last call of [`take_whispers`](Self::take_whispers).
    #[must_use]
    pub fn has_whispers(&self) -> bool {
        self.heard < self.room.newest_whisper.load(Ordering::Acquire)
    }

    /// What was told beside the log since the last call. Nothing as long as an event may be missing, or is (it may be the removal
    /// of the reader), or a block may have come.
    pub fn take_whispers(&mut self, stretch: Stretch) -> Result<Vec<Whisper>, ReadError> {
        let state = self.room.state.lock();
        if state.is_suspect(stretch) && !faults::on("mutant.no_suspicion") {
            return Ok(Vec::new());
        }
        let whispers = state.whispers.read_after(self.heard);
        self.heard = state.whispers.newest();
        let mut whispers = whispers.map_err(|_| ReadError::Overtaken)?;
        if state.is_blocked {
            whispers.retain(|whisper| !whisper.is_typing());
        }
        Ok(whispers)
    }

    /// Everything that was told beside the log until now is known from elsewhere.
    pub fn skip_whispers(&mut self) {
        self.heard = self.room.state.lock().whispers.newest();
    }
}

impl Drop for RoomMembership {
    fn drop(&mut self) {
        self.room.members.lock().remove(&self.member);
    }
}
