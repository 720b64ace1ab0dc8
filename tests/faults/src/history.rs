//! What happened, as it was seen from outside: one JSON object a line, in the order of one monotonic clock.
//!
//! An operation is an `invoke` and, with the same `op_id`, at most one end: `ok`, `fail` (it did not happen and never will) or `info`
//! (nobody knows). An operation without an end may have happened. Deliveries are `recv`, the nemesis writes into the same file.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// One line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Nanoseconds since the beginning of the run.
    pub t_ns: u64,
    /// Which part of the load wrote it.
    pub proc: Proc,
    /// The user concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<u64>,
    /// Which device of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dev: Option<u32>,
    /// Which socket; numbers are never used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conn: Option<u64>,
    /// Which operation; numbers are never used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op_id: Option<u64>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Who writes history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proc {
    /// The virtual people.
    People,
    /// Who reads over REST.
    Reader,
    /// Who breaks things.
    Nemesis,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Event {
    /// An operation began.
    Invoke(Request),
    /// It was answered.
    Ok(Answer),
    /// It was refused: it has not happened and never will.
    Fail {
        /// The error's code, or a close code, or a status.
        code: String,
    },
    /// It will not be answered any more; it may have happened.
    Info {
        /// Why.
        reason: String,
    },
    /// An event of a conversation's log was seen.
    Recv(Delivery),
    /// Something else was told on a socket.
    Told(Notice),
    /// A socket has ended.
    Closed {
        /// The close code, if one came.
        code: Option<u16>,
        /// The reason that came with it, or what broke.
        reason: String,
    },
    /// Something was broken or healed.
    Nemesis {
        /// What was done.
        action: String,
        /// To what.
        target: String,
    },
    /// What a process uses.
    Measured {
        /// Which.
        process: String,
        /// Memory that it holds, KiB.
        rss_kib: u64,
        /// Files and sockets that it has open.
        files: u64,
    },
}

impl Event {
    /// The event that was seen, if this is one.
    #[must_use]
    pub fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Recv(delivery) => Some(delivery),
            _ => None,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// A message.
    Send {
        /// Where.
        conv: Uuid,
        /// The sender's own id for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// Of the content.
        sha256: String,
        /// By which transport.
        over: Over,
    },
    /// A socket.
    Connect {
        /// Where.
        conv: Uuid,
        /// Which gateway, counted from 0.
        gateway: usize,
        /// Whether nothing live may come before a resume (`live=after_resume`).
        #[serde(default, skip_serializing_if = "is_false")]
        waits: bool,
    },
    /// Everything after a position, on an open socket.
    Resume {
        /// Where.
        conv: Uuid,
        /// Exclusive.
        after_seq: i64,
    },
    /// A list over REST, from end to end.
    Read {
        /// Where.
        conv: Uuid,
        /// Which list, in which direction.
        via: Via,
        /// Everything up to here is left out.
        after_seq: i64,
    },
    /// Somebody changes what there is.
    Change {
        /// Where.
        conv: Uuid,
        /// What.
        change: Change,
    },
    /// Everything up to here is read.
    Mark {
        /// Where.
        conv: Uuid,
        /// Inclusive.
        up_to: i64,
    },
    /// How much is unread?
    Count {
        /// Where.
        conv: Uuid,
    },
    /// Which messages have the word that this one alone has?
    Search {
        /// Where.
        conv: Uuid,
        /// The message.
        id: Uuid,
    },
    /// A file.
    Upload {
        /// Of its bytes.
        sha256: String,
    },
    /// The bytes of a file.
    Fetch {
        /// The conversation in which it was sent.
        conv: Uuid,
        /// Which.
        attachment: Uuid,
    },
}

/// A change to a conversation, but for a new message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Change {
    /// Another text for a message.
    Edit {
        /// The message.
        id: Uuid,
        /// Of the text.
        sha256: String,
    },
    /// A message goes, for all.
    Delete {
        /// The message.
        id: Uuid,
    },
    /// Somebody is let in.
    Add {
        /// Who.
        user: u64,
    },
    /// Somebody goes, or is sent away.
    Remove {
        /// Who.
        user: u64,
    },
    /// Nothing passes between the two any more.
    Block {
        /// The other.
        user: u64,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "res", rename_all = "snake_case")]
pub enum Answer {
    /// The message is stored.
    Sent {
        /// Where.
        conv: Uuid,
        /// The message.
        id: Uuid,
        /// Its position.
        seq: i64,
        /// Over REST: whether it was stored now (201), not before (200).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        is_new: Option<bool>,
    },
    /// `ready`.
    Ready {
        /// What comes after this comes live.
        last_seq: i64,
    },
    /// `resumed`.
    Resumed {
        /// Everything up to here has been sent.
        last_seq: i64,
    },
    /// `resync_required`.
    Resync {
        /// The head.
        last_seq: i64,
    },
    /// The list has been read to its end.
    Read {
        /// The log's first position, where the list tells it.
        first_seq: Option<i64>,
        /// The log's head, where the list tells it.
        last_seq: Option<i64>,
    },
    /// It is done.
    Done,
    /// So much is unread, after a mark or when asked.
    Unread {
        /// How many messages.
        count: i64,
    },
    /// These messages have the word.
    Found {
        /// Their ids.
        ids: Vec<Uuid>,
    },
    /// The file is kept.
    Uploaded {
        /// Under this id.
        id: Uuid,
    },
    /// The file came.
    Fetched {
        /// Of its bytes.
        sha256: String,
    },
}

/// What a socket tells that takes no place in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// Somebody types, or stopped.
    Typing {
        /// Where.
        conv: Uuid,
        /// Who.
        about: u64,
    },
    /// Everything up to here is read by somebody: as it happened, or once more.
    Marks {
        /// Where.
        conv: Uuid,
        /// By whom.
        about: u64,
        /// Inclusive.
        up_to: i64,
    },
    /// Everything up to here is read by somebody, as `resumed` says.
    ReadState {
        /// Where.
        conv: Uuid,
        /// By whom.
        about: u64,
        /// Inclusive.
        up_to: i64,
    },
    /// Somebody is there, or is not.
    Presence {
        /// Who.
        about: u64,
        /// Whether.
        is_online: bool,
    },
}

impl Notice {
    /// Whom it is about.
    #[must_use]
    pub fn about(&self) -> u64 {
        match self {
            Self::Typing { about, .. }
            | Self::Marks { about, .. }
            | Self::ReadState { about, .. }
            | Self::Presence { about, .. } => *about,
        }
    }
}

/// An event as somebody saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where.
    pub conv: Uuid,
    /// Its position.
    pub seq: i64,
    /// The frame's `type`.
    pub kind: String,
    /// The message, for messages and for changes of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Who said it, for messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<u64>,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Of the content; none for a message without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The people who came or went with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<u64>,
    /// The files of a message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Uuid>,
    /// How it came.
    pub via: Via,
}

impl Delivery {
    /// Whether it is a message.
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.kind == "message_received"
    }
}

/// By which transport something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// A socket.
    Ws,
    /// A request.
    Rest,
}

/// By which way an event was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// On a socket, as it happened.
    #[default]
    Live,
    /// On a socket, between `resume` and its answer.
    Resume,
    /// `messages/`, oldest first.
    RestFwd,
    /// `messages/`, newest first.
    RestBack,
    /// `events/`, oldest first.
    EventsFwd,
    /// `events/`, newest first.
    EventsBack,
}

impl Via {
    /// The lists that every member reads at the end.
    pub const LISTS: [Self; 4] = [Self::RestFwd, Self::RestBack, Self::EventsFwd, Self::EventsBack];

    /// Whether the list holds every event, not messages alone.
    #[must_use]
    pub fn is_whole_log(self) -> bool {
        matches!(self, Self::EventsFwd | Self::EventsBack | Self::Resume)
    }

    /// Whether the newest comes first.
    #[must_use]
    pub fn is_backwards(self) -> bool {
        matches!(self, Self::RestBack | Self::EventsBack)
    }
}

/// The digest by which contents are compared.
#[must_use]
pub fn digest(content: &str) -> String {
    Sha256::digest(content.as_bytes()).iter().fold(String::with_capacity(64), |mut text, byte| {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('?'));
        }
        text
    })
}

/// Who and which socket a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// The user.
    pub user: u64,
    /// The device.
    pub dev: u32,
    /// The socket, if any.
    pub conn: Option<u64>,
}

/// Takes the lines of one run.
#[derive(Debug)]
pub struct Recorder {
    started: Instant,
    lines: Mutex<Vec<Line>>,
    next_id: AtomicU64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { started: Instant::now(), lines: Mutex::default(), next_id: AtomicU64::new(1) }
    }
}

impl Recorder {
    /// Nanoseconds since the beginning.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// A number for an operation or a socket.
    pub fn fresh_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes what happened to somebody.
    pub fn note(&self, proc: Proc, who: Who, op_id: Option<u64>, event: Event) {
        let Who { user, dev, conn } = who;
        self.push(|t_ns| Line { t_ns, proc, user: Some(user), dev: Some(dev), conn, op_id, event });
    }

    /// Notes what was broken or healed; the time is what deadlines count from.
    pub fn note_nemesis(&self, action: &str, target: &str) -> u64 {
        let event = Event::Nemesis { action: action.to_owned(), target: target.to_owned() };
        self.push(|t_ns| Line { t_ns, proc: Proc::Nemesis, user: None, dev: None, conn: None, op_id: None, event })
    }

    /// The clock is read under the lock: times rise with the lines.
    fn push(&self, line: impl FnOnce(u64) -> Line) -> u64 {
        let mut lines = self.lines.lock();
        let t_ns = self.now_ns();
        lines.push(line(t_ns));
        t_ns
    }

    /// Looks at the lines so far.
    pub fn with_lines<T>(&self, look: impl FnOnce(&[Line]) -> T) -> T {
        look(&self.lines.lock())
    }
}

/// Writes a history as JSON lines.
pub fn write(path: &Path, lines: &[Line]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
    let mut file = BufWriter::new(file);
    for line in lines {
        serde_json::to_writer(&mut file, line).context("a line cannot be encoded")?;
        file.write_all(b"\n")?;
    }
    file.flush().with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a history back.
pub fn read(path: &Path) -> Result<Vec<Line>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let lines = BufReader::new(file).lines().enumerate().map(|(number, line)| {
        serde_json::from_str(&line?).with_context(|| format!("{} line {}", path.display(), number + 1))
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_survives_its_file() {
        let conv = Uuid::from_u128(7);
        let recorder = Recorder::default();
        let who = Who { user: 1, dev: 2, conn: Some(3) };
        let send = Request::Send { conv, client_id: Some("a".into()), sha256: digest("x"), over: Over::Ws };
        recorder.note(Proc::People, who, Some(4), Event::Invoke(send));
        recorder.note(
            Proc::People,
            who,
            Some(4),
            Event::Ok(Answer::Sent { conv, id: Uuid::from_u128(8), seq: 5, is_new: None }),
        );
        recorder.note(Proc::People, who, None, Event::Closed { code: Some(4001), reason: String::new() });
        recorder.note_nemesis("kill", "nats");
        let delivery =
            Delivery { conv, seq: 5, kind: "message_received".into(), via: Via::RestBack, ..Delivery::default() };
        recorder.note(Proc::Reader, who, Some(9), Event::Recv(delivery));
        let lines = recorder.with_lines(<[Line]>::to_vec);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.jsonl");
        write(&path, &lines).unwrap();
        assert_eq!(read(&path).unwrap(), lines);
        assert!(lines.is_sorted_by_key(|line| line.t_ns));
    }

    #[test]
    fn lines_read_as_documented() {
        let text = r#"{"t_ns":1,"proc":"people","user":1,"dev":0,"conn":2,"op_id":3,"phase":"invoke","op":"resume","conv":"00000000-0000-0000-0000-000000000007","after_seq":4}"#;
        let line: Line = serde_json::from_str(text).unwrap();
        assert_eq!(line.event, Event::Invoke(Request::Resume { conv: Uuid::from_u128(7), after_seq: 4 }));
        assert_eq!(serde_json::to_string(&line).unwrap(), text);
    }

    #[test]
    fn digest_is_sha256() {
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
