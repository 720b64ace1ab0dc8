//! One person who is watched here: what was said, and what follows from it for those who watch.

use std::collections::BTreeSet;

use chat_protocol::ids::UserId;
use chat_protocol::presence::{PresenceRow, PresenceStatus, UserPresence};
use chat_protocol::time::Timestamp;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::WatchId;
use crate::presence::frames;

/// Somebody who is watched.
#[derive(Debug)]
pub(super) struct Person {
    user_id: UserId,
    pub(super) watchers: BTreeSet<WatchId>,
    /// The statement that holds; none if the presence service knows nothing of the person.
    said: Option<UserPresence>,
    /// When the person was last here, by whatever source.
    last_seen: Option<Timestamp>,
    shown: Option<Shown>,
    asked: Option<Asked>,
}

/// What is shown of a person, encoded.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) row: PresenceRow,
    pub(super) frame: Utf8Bytes,
}

/// A question about the person is under way.
#[derive(Debug)]
struct Asked {
    number: u64,
    /// What was said meanwhile.
    since: Option<UserPresence>,
}

/// What is shown has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// From nothing.
    Known,
    /// From this.
    From(PresenceRow),
}

impl Person {
    pub(super) fn new(user_id: UserId) -> Self {
        Self { user_id, watchers: BTreeSet::new(), said: None, last_seen: None, shown: None, asked: None }
    }

    /// What is shown; nothing until the presence service has answered once.
    pub(super) fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    /// The database knows of a visit.
    pub(super) fn learn_last_seen(&mut self, at: Option<Timestamp>) -> Option<Change> {
        self.last_seen = self.last_seen.max(at);
        self.shown.as_ref()?;
        self.show()
    }

    pub(super) fn ask(&mut self, number: u64) {
        self.asked = Some(Asked { number, since: None });
    }

    /// A statement has come. As long as nothing is known of the person it only counts beside the answer: it may be a
    /// question of one presence service to another, which is not to be believed.
    pub(super) fn hear(&mut self, statement: UserPresence) -> Option<Change> {
        if let Some(asked) = &mut self.asked
            && asked.since.is_none_or(|since| statement.supersedes(&since))
        {
            asked.since = Some(statement);
        }
        self.shown.as_ref()?;
        if self.said.is_some_and(|said| !statement.supersedes(&said)) {
            return None;
        }
        self.believe(Some(statement))
    }

    /// The answer to a question: it holds, except where something newer was said after the asking.
    pub(super) fn answer(&mut self, number: u64, row: Option<UserPresence>) -> Option<Change> {
        let asked = self.asked.take_if(|asked| asked.number == number)?;
        let said = match (row, asked.since) {
            (Some(row), Some(since)) if row.supersedes(&since) => Some(row),
            (row, since) => since.or(row),
        };
        self.believe(said)
    }

    fn believe(&mut self, said: Option<UserPresence>) -> Option<Change> {
        // Whose departure was missed was here at least until the last word of the visit.
        let visit = self.said.filter(|before| before.status.is_online()).map(|before| before.as_of);
        let left = match said {
            None => visit,
            Some(said) if said.status.is_online() => None,
            Some(said) => said.last_seen.or(visit),
        };
        self.last_seen = self.last_seen.max(left);
        self.said = said;
        self.show()
    }

    fn show(&mut self) -> Option<Change> {
        let status = self.said.map_or(PresenceStatus::Offline, |said| said.status);
        let row = PresenceRow::new(self.user_id, status, self.last_seen);
        let before = self.shown.as_ref().map(|shown| shown.row);
        if before == Some(row) {
            return None;
        }
        self.shown = Some(Shown { row, frame: frames::change(row) });
        Some(before.map_or(Change::Known, Change::From))
    }
}
