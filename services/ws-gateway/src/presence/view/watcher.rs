//! One watch: over whom, and what it is still to be told.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use chat_protocol::ids::UserId;
use chat_protocol::presence::PresenceRow;

use super::Wake;
use super::person::Change;

/// One watch.
pub(super) struct Watcher {
    user_id: UserId,
    wake: Wake,
    people: BTreeSet<UserId>,
    /// Others may be watched now: news of it may have been missed.
    is_doubtful: bool,
    stage: Stage,
}

enum Stage {
    /// The snapshot was not taken yet.
    Waiting {
        /// Of how many people nothing is known.
        unknown: usize,
    },
    /// It was.
    Told {
        /// Of whom something else is known than the watch was told, and what it was told. The others are as it was told, or
        /// nothing is known of them.
        changed: BTreeMap<UserId, Option<PresenceRow>>,
        /// Who was told to be here and is not watched any more.
        lost: BTreeSet<UserId>,
    },
}

impl Watcher {
    pub(super) fn new(user_id: UserId, wake: Wake) -> Self {
        let stage = Stage::Waiting { unknown: 0 };
        Self { user_id, wake, people: BTreeSet::new(), is_doubtful: false, stage }
    }

    /// Over whom.
    pub(super) fn people(&self) -> &BTreeSet<UserId> {
        &self.people
    }

    /// Whether this is the watching person, who is not watched.
    pub(super) fn is_of(&self, user_id: UserId) -> bool {
        self.user_id == user_id
    }

    pub(super) fn join(&mut self, user_id: UserId, is_known: bool) {
        self.people.insert(user_id);
        match &mut self.stage {
            Stage::Waiting { unknown } => *unknown += usize::from(!is_known),
            Stage::Told { changed, lost } => {
                lost.remove(&user_id);
                if is_known {
                    changed.insert(user_id, None);
                }
            }
        }
    }

    /// The person is not watched any more; `shown` is what is known of them.
    pub(super) fn part(&mut self, user_id: UserId, shown: Option<PresenceRow>) {
        self.people.remove(&user_id);
        match &mut self.stage {
            Stage::Waiting { unknown } => *unknown -= usize::from(shown.is_none()),
            Stage::Told { changed, lost } => {
                let told = changed.remove(&user_id).unwrap_or(shown);
                if told.is_some_and(|row| row.is_online) {
                    lost.insert(user_id);
                }
            }
        }
    }

    /// What is shown of somebody has changed.
    pub(super) fn notice(&mut self, user_id: UserId, change: Change) {
        let is_news = match &mut self.stage {
            Stage::Waiting { unknown } => {
                let is_known = change == Change::Known;
                *unknown -= usize::from(is_known);
                is_known && *unknown == 0
            }
            Stage::Told { changed, .. } => {
                let was_empty = changed.is_empty();
                changed.entry(user_id).or_insert(match change {
                    Change::Known => None,
                    Change::From(before) => Some(before),
                });
                was_empty
            }
        };
        if is_news {
            (self.wake)();
        }
    }

    /// Wakes if there is something to take.
    pub(super) fn wake_if_ready(&self) {
        let is_ready = match &self.stage {
            Stage::Waiting { unknown } => *unknown == 0,
            Stage::Told { changed, lost } => !changed.is_empty() || !lost.is_empty(),
        };
        if is_ready {
            (self.wake)();
        }
    }

    /// News of whom the person may see may have been missed.
    pub(super) fn doubt(&mut self) {
        self.is_doubtful = true;
        (self.wake)();
    }

    /// Whether that was so since the last call.
    pub(super) fn take_doubt(&mut self) -> bool {
        mem::take(&mut self.is_doubtful)
    }

    /// Whether the snapshot is to be sent now. From then on changes count.
    pub(super) fn take_snapshot(&mut self) -> bool {
        let is_due = matches!(self.stage, Stage::Waiting { unknown: 0 });
        if is_due {
            self.stage = Stage::Told { changed: BTreeMap::new(), lost: BTreeSet::new() };
        }
        is_due
    }

    /// Whose state is to be compared with what the watch was told of it.
    pub(super) fn take_changed(&mut self) -> BTreeMap<UserId, Option<PresenceRow>> {
        match &mut self.stage {
            Stage::Waiting { .. } => BTreeMap::new(),
            Stage::Told { changed, .. } => mem::take(changed),
        }
    }

    /// Who is to be told to be gone: what becomes of them is not for this watch any more.
    pub(super) fn take_lost(&mut self) -> BTreeSet<UserId> {
        match &mut self.stage {
            Stage::Waiting { .. } => BTreeSet::new(),
            Stage::Told { lost, .. } => mem::take(lost),
        }
    }
}
