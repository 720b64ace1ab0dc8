//! What this gateway knows of the people that its sockets watch, and what each watch is still to be told. No I/O, no clock:
//! statements and answers come in, frames come out.
//!
//! A watch was told the present state of everyone whom it does not list as changed. So it keeps nothing of most people, and
//! somebody whose state has changed and changed back costs no frame.

mod person;
mod watcher;

use std::collections::{BTreeSet, HashMap};

use chat_protocol::ids::UserId;
use chat_protocol::presence::{Acquaintance, MAX_SNAPSHOT_USERS, PresenceRow, PresenceStatus, UserPresence};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use self::person::{Change, Person};
use self::watcher::Watcher;
use super::frames;

/// One watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct WatchId(u64);

/// Called when a watch has something to take.
pub(super) type Wake = Box<dyn Fn() + Send + Sync>;

/// Everyone who is watched here, and the watches.
#[derive(Default)]
pub(super) struct View {
    people: HashMap<UserId, Person>,
    watches: HashMap<WatchId, Watcher>,
    last_watch: u64,
    /// Of whom the presence service has to be asked.
    to_ask: BTreeSet<UserId>,
    last_question: u64,
}

/// What to ask the presence service. To be given back in any case.
#[derive(Debug)]
pub(super) struct Question {
    number: u64,
    /// Of whom; at most [`MAX_SNAPSHOT_USERS`].
    pub(super) user_ids: Vec<UserId>,
}

impl View {
    /// A new watch over these people, apart from the watching person.
    pub(super) fn watch(&mut self, user_id: UserId, people: &[Acquaintance], wake: Wake) -> WatchId {
        self.last_watch += 1;
        let id = WatchId(self.last_watch);
        self.watches.insert(id, Watcher::new(user_id, wake));
        self.set_people(id, people);
        id
    }

    /// The watch is over these people from now on.
    pub(super) fn set_people(&mut self, id: WatchId, people: &[Acquaintance]) {
        let Some(watcher) = self.watches.get_mut(&id) else { return };
        let wanted: BTreeSet<UserId> = people.iter().map(|one| one.user_id).collect();
        let unwanted: Vec<UserId> = watcher.people().difference(&wanted).copied().collect();
        for user_id in unwanted {
            self.part(id, user_id);
        }
        for one in people {
            self.join(id, *one);
        }
        if let Some(watcher) = self.watches.get(&id) {
            watcher.wake_if_ready();
        }
    }

    /// The watch is over.
    pub(super) fn unwatch(&mut self, id: WatchId) {
        let Some(watcher) = self.watches.remove(&id) else { return };
        for user_id in watcher.people() {
            self.forget_watcher(id, *user_id);
        }
    }

    fn join(&mut self, id: WatchId, one: Acquaintance) {
        let Some(watcher) = self.watches.get_mut(&id) else { return };
        if watcher.is_of(one.user_id) {
            return;
        }
        let person = self.people.entry(one.user_id).or_insert_with(|| {
            self.to_ask.insert(one.user_id);
            Person::new(one.user_id)
        });
        if person.watchers.insert(id) {
            watcher.join(one.user_id, person.shown().is_some());
        }
        if let Some(change) = person.learn_last_seen(one.last_seen) {
            self.spread(one.user_id, change);
        }
    }

    fn part(&mut self, id: WatchId, user_id: UserId) {
        let shown = self.people.get(&user_id).and_then(|person| Some(person.shown()?.row));
        if let Some(watcher) = self.watches.get_mut(&id) {
            watcher.part(user_id, shown);
        }
        self.forget_watcher(id, user_id);
    }

    fn forget_watcher(&mut self, id: WatchId, user_id: UserId) {
        let Some(person) = self.people.get_mut(&user_id) else { return };
        person.watchers.remove(&id);
        if person.watchers.is_empty() {
            self.people.remove(&user_id);
            self.to_ask.remove(&user_id);
        }
    }

    /// The presence service has said this.
    pub(super) fn hear(&mut self, statements: &[UserPresence]) {
        for statement in statements {
            let person = self.people.get_mut(&statement.user_id);
            if let Some(change) = person.and_then(|person| person.hear(*statement)) {
                self.spread(statement.user_id, change);
            }
        }
    }

    /// Something may have been missed: everyone is to be asked about again. Until then what is known holds.
    pub(super) fn doubt(&mut self) {
        self.to_ask.extend(self.people.keys());
    }

    /// The same, and who may see whom may have changed unheard: every watch is in doubt.
    pub(super) fn doubt_everything(&mut self) {
        self.doubt();
        self.watches.values_mut().for_each(Watcher::doubt);
    }

    /// Whether the watch is in doubt since the last call.
    pub(super) fn take_doubt(&mut self, id: WatchId) -> bool {
        self.watches.get_mut(&id).is_some_and(Watcher::take_doubt)
    }

    /// What has to be asked, if anything has.
    pub(super) fn next_question(&mut self) -> Option<Question> {
        let user_ids: Vec<UserId> = self.to_ask.iter().take(MAX_SNAPSHOT_USERS).copied().collect();
        if user_ids.is_empty() {
            return None;
        }
        self.last_question += 1;
        let number = self.last_question;
        for user_id in &user_ids {
            self.to_ask.remove(user_id);
            if let Some(person) = self.people.get_mut(user_id) {
                person.ask(number);
            }
        }
        Some(Question { number, user_ids })
    }

    /// The presence service has answered: who is missing is offline, and has been for a while.
    pub(super) fn answer(&mut self, question: &Question, users: Vec<UserPresence>) {
        let mut rows: HashMap<UserId, UserPresence> = users.into_iter().map(|row| (row.user_id, row)).collect();
        for user_id in &question.user_ids {
            let person = self.people.get_mut(user_id);
            let row = rows.remove(user_id);
            if let Some(change) = person.and_then(|person| person.answer(question.number, row)) {
                self.spread(*user_id, change);
            }
        }
    }

    /// The presence service has not answered: all of it is to be asked again.
    pub(super) fn repeat(&mut self, question: &Question) {
        let is_open = |user_id: &&UserId| self.people.contains_key(user_id);
        self.to_ask.extend(question.user_ids.iter().filter(is_open));
    }

    /// The frames of the snapshot, once: as soon as the state of everyone watched is known.
    pub(super) fn take_snapshot(&mut self, id: WatchId) -> Option<Vec<Utf8Bytes>> {
        let watcher = self.watches.get_mut(&id)?;
        if !watcher.take_snapshot() {
            return None;
        }
        let shown = |user_id: &UserId| Some(self.people.get(user_id)?.shown()?.frame.clone());
        let changes: Vec<Utf8Bytes> = watcher.people().iter().filter_map(shown).collect();
        Some(frames::snapshot(&changes))
    }

    /// The frames of those who are not as the watch was told. Whoever was here and is not watched any more is told to be gone.
    pub(super) fn take_changes(&mut self, id: WatchId) -> Vec<Utf8Bytes> {
        let Some(watcher) = self.watches.get_mut(&id) else { return Vec::new() };
        let gone = |user_id| frames::change(PresenceRow::new(user_id, PresenceStatus::Offline, None));
        let lost: Vec<Utf8Bytes> = watcher.take_lost().into_iter().map(gone).collect();
        let people = &self.people;
        let changes = watcher.take_changed().into_iter();
        let frame = |(user_id, told)| {
            let shown = people.get(&user_id)?.shown()?;
            (told != Some(shown.row)).then(|| shown.frame.clone())
        };
        lost.into_iter().chain(changes.filter_map(frame)).collect()
    }

    /// How many people are watched.
    pub(super) fn len(&self) -> usize {
        self.people.len()
    }

    fn spread(&mut self, user_id: UserId, change: Change) {
        let Some(person) = self.people.get(&user_id) else { return };
        for id in &person.watchers {
            if let Some(watcher) = self.watches.get_mut(id) {
                watcher.notice(user_id, change);
            }
        }
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
