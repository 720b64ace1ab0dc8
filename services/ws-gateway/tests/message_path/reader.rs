//! A gateway's ring with its readers: the real `Ring` and `Feed`, and a client behind each feed that checks what it is sent.

use chat_protocol::event::{EventFacts, EventKind};
use chat_protocol::frame::Resume;
use chat_protocol::ids::Seq;
use chat_ws_gateway::arrival::Arrival;
use chat_ws_gateway::feed::{Answer, Feed, Want};
use chat_ws_gateway::ring::{Entry, Ring, RingLimits};

use super::store::Store;
use super::world::Mistake;

const LIMITS: RingLimits = RingLimits { events: 6, bytes: 10_000 };
/// More than this is not resumed.
const MAX_REPLAY: i64 = 40;
/// Events that a socket is sent at once.
const BATCH: usize = 3;

/// One life of a gateway.
pub struct Gateway {
    ring: Ring,
    is_known: bool,
}

/// An event of the log as it travels: the frame says whose message stands there.
pub fn entry(store: &Store, seq: i64) -> Entry {
    let command = store.log[usize::try_from(seq - 1).unwrap()];
    let frame = format!("{}-{}-{seq}", command.sender, command.client_id);
    let (facts, arrival) = (EventFacts::default(), Arrival::default());
    Entry { seq: Seq(seq), kind: Some(EventKind::MessageReceived), facts, frame: frame.into(), arrival }
}

impl Gateway {
    pub fn new() -> Self {
        Self { ring: Ring::new(LIMITS), is_known: false }
    }

    pub fn hear(&mut self, entry: Entry) {
        self.ring.insert(entry);
    }

    pub fn hear_head(&mut self, head: i64) {
        self.ring.note_head(Seq(head));
    }

    /// Somebody wants to read here: the log is asked where it stands.
    fn open(&mut self, store: &Store) -> i64 {
        if !self.is_known {
            self.ring.learn_head(Seq(store.head()));
            self.is_known = true;
        }
        self.ring.last_seq().map_or(0, |seq| seq.0)
    }

    /// What is missing is fetched from the log.
    pub fn fill(&mut self, store: &Store) {
        while let Some(after) = self.ring.hole_after() {
            for seq in after.0 + 1..=store.head() {
                self.ring.insert(entry(store, seq));
            }
        }
    }
}

/// A device: its socket of now, and what it has of the log.
pub struct Reader {
    feed: Option<Feed>,
    is_held: bool,
    pub gateway: usize,
    /// Whether the resume was asked for and not answered.
    is_resuming: bool,
    /// What came on this socket.
    on_socket: Vec<i64>,
    /// Frames by position.
    has: std::collections::BTreeMap<i64, String>,
    /// From here on everything concerns it.
    base: Option<i64>,
}

impl Reader {
    pub fn new(gateway: usize) -> Self {
        Self {
            feed: None,
            is_held: false,
            gateway,
            is_resuming: false,
            on_socket: Vec::new(),
            has: std::collections::BTreeMap::new(),
            base: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.feed.is_some()
    }

    pub fn cut(&mut self) {
        self.feed = None;
        self.is_resuming = false;
        self.on_socket.clear();
    }

    /// Everything up to here without a hole.
    fn position(&self) -> i64 {
        let mut position = self.base.unwrap_or_default();
        while self.has.contains_key(&(position + 1)) {
            position += 1;
        }
        position
    }

    /// A socket: live at once, or held until the resume that follows.
    pub fn connect(&mut self, gateway: &mut Gateway, store: &Store, is_held: bool) {
        let head = gateway.open(store);
        let mut feed = Feed::new(Seq(head), is_held && self.base.is_some(), MAX_REPLAY);
        if self.base.is_none() {
            self.base = Some(head);
        } else {
            let after_seq = Seq(self.position());
            let answer = match feed.resume(Resume { after_seq, log_epoch: None }, 1, Seq(head)) {
                Answer::AskLog => feed.resume_with_log(after_seq, Seq(store.head())),
                answer => answer,
            };
            match answer {
                Answer::Replaying => self.is_resuming = true,
                // Told to reload, it does: everything over REST, up to where the socket goes on.
                Answer::Resync => (1..=head).for_each(|seq| drop(self.has.insert(seq, frame(store, seq)))),
                Answer::Busy | Answer::AskLog => unreachable!("one resume on a new socket"),
            }
        }
        self.is_held = is_held;
        self.feed = Some(feed);
    }

    /// Sends a little of what is due.
    pub fn pump(&mut self, gateway: &mut Gateway, store: &Store, mistake: Mistake) -> Result<(), String> {
        let Some(mut feed) = self.feed.take() else { return Ok(()) };
        match feed.want() {
            Want::Nothing => {}
            Want::Live { after } => {
                let mut entries = Vec::new();
                match gateway.ring.read_after(after, BATCH, &mut entries) {
                    Ok(()) => {}
                    Err(_) if mistake == Mistake::SilentDrop => {
                        feed.sent_live(gateway.ring.last_seq().unwrap_or(after));
                    }
                    Err(_) => feed.catch_up(gateway.ring.last_seq().unwrap_or(after)),
                }
                for entry in entries {
                    feed.sent_live(entry.seq);
                    self.receive(entry.seq.0, entry.frame.as_str())?;
                }
            }
            Want::Replay { after, until } => {
                let from =
                    if mistake == Mistake::ResumeFromN && self.is_resuming { after.0.max(1) } else { after.0 + 1 };
                for seq in (from..=until.0).take(BATCH) {
                    feed.sent_replay(Seq(seq));
                    self.receive(seq, &frame(store, seq))?;
                }
                if feed.replayed().is_some() && feed.finish_replay() {
                    self.resumed()?;
                }
            }
        }
        self.feed = Some(feed);
        Ok(())
    }

    fn receive(&mut self, seq: i64, frame: &str) -> Result<(), String> {
        if self.on_socket.contains(&seq) {
            return Err(format!("seq {seq} came twice on a socket"));
        }
        self.on_socket.push(seq);
        match self.has.insert(seq, frame.to_owned()) {
            Some(before) if before != frame => Err(format!("seq {seq} was {before} and is {frame}")),
            _ => Ok(()),
        }
    }

    /// Told that nothing is missing any more.
    fn resumed(&mut self) -> Result<(), String> {
        self.is_resuming = false;
        let last = self.on_socket.iter().max().copied().unwrap_or_default();
        let position = self.position();
        if position < last { Err(format!("resumed, and {} is missing before {last}", position + 1)) } else { Ok(()) }
    }

    /// In the end it has everything, as it stands in the log.
    pub fn judge(&self, store: &Store) -> Result<(), String> {
        let (position, head) = (self.position(), store.head());
        if position < head {
            return Err(format!("a reader has everything up to {position} of {head}"));
        }
        let wrong = self.has.iter().find(|(seq, has)| **has != frame(store, **seq));
        wrong.map_or(Ok(()), |(seq, has)| Err(format!("a reader has {has} at {seq}")))
    }
}

fn frame(store: &Store, seq: i64) -> String {
    entry(store, seq).frame.as_str().to_owned()
}
