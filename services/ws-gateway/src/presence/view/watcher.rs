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
            Stage::Told { changed } if is_known => drop(changed.insert(user_id, None)),
            Stage::Told { .. } => {}
        }
    }

    pub(super) fn part(&mut self, user_id: UserId, is_known: bool) {
        self.people.remove(&user_id);
        match &mut self.stage {
            Stage::Waiting { unknown } => *unknown -= usize::from(!is_known),
            Stage::Told { changed } => drop(changed.remove(&user_id)),
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
            Stage::Told { changed } => {
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
            Stage::Told { changed } => !changed.is_empty(),
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
            self.stage = Stage::Told { changed: BTreeMap::new() };
        }
        is_due
    }

    /// Whose state is to be compared with what the watch was told of it.
    pub(super) fn take_changed(&mut self) -> BTreeMap<UserId, Option<PresenceRow>> {
        match &mut self.stage {
            Stage::Waiting { .. } => BTreeMap::new(),
            Stage::Told { changed } => mem::take(changed),
        }
    }
}
