//! Chance against the view: people come and go, watches too, questions get lost, answers come late. Each client must have
//! been told the truth in the end, and at no time anything twice or of somebody else.

use std::collections::{BTreeMap, VecDeque};

use chat_protocol::presence::{PresenceRow, PresenceSnapshot, PresenceStatus, UserStatusChange};
use chat_protocol::time::Timestamp;
use proptest::prelude::*;

use super::*;

const PEOPLE: i64 = 5;
const CLIENTS: usize = 3;

#[derive(Debug, Clone)]
enum Step {
    /// Somebody's state changes, and that is said; the flag: it does not arrive, but that is noticed.
    Say(i64, PresenceStatus, bool),
    /// The presence service forgets who is offline, as it does after a minute.
    Forget(i64),
    Connect(usize, BTreeSet<i64>),
    Disconnect(usize),
    Meet(usize, BTreeSet<i64>),
    Ask,
    /// The oldest question is answered, as of now.
    Reply,
    /// The answer to the oldest question arrives.
    Arrive,
    Lose,
    Take(usize),
}

fn status() -> impl Strategy<Value = PresenceStatus> {
    prop_oneof![Just(PresenceStatus::Online), Just(PresenceStatus::Away), Just(PresenceStatus::Offline)]
}

fn some_people() -> impl Strategy<Value = BTreeSet<i64>> {
    prop::collection::btree_set(1..=PEOPLE, 0..=4)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1..=PEOPLE, status(), prop::bool::weighted(0.1)).prop_map(|(id, status, lost)| Step::Say(id, status, lost)),
        1 => (1..=PEOPLE).prop_map(Step::Forget),
        3 => (0..CLIENTS, some_people()).prop_map(|(client, people)| Step::Connect(client, people)),
        1 => (0..CLIENTS).prop_map(Step::Disconnect),
        3 => (0..CLIENTS, some_people()).prop_map(|(client, people)| Step::Meet(client, people)),
        4 => Just(Step::Ask),
        4 => Just(Step::Reply),
        4 => Just(Step::Arrive),
        1 => Just(Step::Lose),
        6 => (0..CLIENTS).prop_map(Step::Take),
    ]
}

/// A client with what it was told.
struct Client {
    watch: WatchId,
    people: BTreeSet<i64>,
    told: BTreeMap<i64, PresenceRow>,
    has_snapshot: bool,
}

#[derive(Default)]
struct Trial {
    view: View,
    clients: BTreeMap<usize, Client>,
    truth: BTreeMap<i64, UserPresence>,
    /// Questions under way, with the answer once there is one.
    questions: VecDeque<(Question, Option<Vec<UserPresence>>)>,
    clock: i64,
    /// When each person was last here.
    last_seen: BTreeMap<i64, Timestamp>,
}

fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

impl Trial {
    fn tick(&mut self) -> Timestamp {
        self.clock += 1;
        chrono::DateTime::from_timestamp(self.clock, 0).unwrap().into()
    }

    fn say(&mut self, id: i64, status: PresenceStatus, is_lost: bool) {
        let as_of = self.tick();
        let before = self.truth.get(&id).map_or(PresenceStatus::Offline, |known| known.status);
        if before == status {
            return;
        }
        let last_seen = (!status.is_online()).then_some(as_of);
        self.last_seen.extend(last_seen.map(|at| (id, at)));
        let statement = UserPresence { user_id: user(id), status, last_seen, as_of };
        self.truth.insert(id, statement);
        if is_lost {
            self.view.doubt();
        } else {
            self.view.hear(&[statement]);
        }
    }

    fn acquaintances(&self, people: &BTreeSet<i64>) -> Vec<Acquaintance> {
        let last_seen = |id| self.last_seen.get(id).copied();
        people.iter().map(|id| Acquaintance { user_id: user(*id), last_seen: last_seen(id) }).collect()
    }

    fn take_step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Say(id, status, is_lost) => self.say(*id, *status, *is_lost),
            Step::Forget(id) => {
                self.truth.retain(|known, said| known != id || said.status.is_online());
            }
            Step::Connect(client, people) => self.connect(*client, people),
            Step::Disconnect(client) => self.disconnect(*client),
            Step::Meet(client, people) => {
                let acquaintances = self.acquaintances(people);
                if let Some(client) = self.clients.get_mut(client) {
                    self.view.set_people(client.watch, &acquaintances);
                    // Who is met again is told again; who is lost stays as told until that is taken back.
                    let is_new = |id: &i64| people.contains(id) && !client.people.contains(id);
                    client.told.retain(|id, row| !is_new(id) && (row.is_online || people.contains(id)));
                    client.people.clone_from(people);
                }
            }
            Step::Ask => self.questions.extend(self.view.next_question().map(|question| (question, None))),
            Step::Reply => self.reply(),
            Step::Arrive => self.arrive(),
            Step::Lose => {
                if let Some((question, _)) = self.questions.pop_front() {
                    self.view.repeat(&question);
                }
            }
            Step::Take(client) => self.take(*client)?,
        }
        Ok(())
    }

    fn connect(&mut self, client: usize, people: &BTreeSet<i64>) {
        self.disconnect(client);
        let watch = self.view.watch(user(1000), &self.acquaintances(people), Box::new(|| ()));
        let told = BTreeMap::new();
        self.clients.insert(client, Client { watch, people: people.clone(), told, has_snapshot: false });
    }

    fn disconnect(&mut self, client: usize) {
        if let Some(gone) = self.clients.remove(&client) {
            self.view.unwatch(gone.watch);
        }
    }

    fn reply(&mut self) {
        if let Some((question, answer @ None)) = self.questions.front_mut() {
            let known = question.user_ids.iter().filter_map(|id| self.truth.get(&id.get()));
            *answer = Some(known.copied().collect());
        }
    }

    fn arrive(&mut self) {
        if let Some((question, Some(rows))) = self.questions.front_mut() {
            let rows = std::mem::take(rows);
            self.view.answer(question, rows);
            self.questions.pop_front();
        }
    }

    fn take(&mut self, client: usize) -> Result<(), TestCaseError> {
        let Some(client) = self.clients.get_mut(&client) else { return Ok(()) };
        for frame in self.view.take_snapshot(client.watch).into_iter().flatten() {
            prop_assert!(!client.has_snapshot, "one snapshot");
            let part: PresenceSnapshot = serde_json::from_str(&frame).unwrap();
            client.told.extend(part.users.into_iter().map(|row| (row.user_id.get(), row)));
            let told: BTreeSet<i64> = client.told.keys().copied().collect();
            prop_assert_eq!(&told, &client.people, "of everyone");
            client.has_snapshot = true;
        }
        for frame in self.view.take_changes(client.watch) {
            let row = serde_json::from_str::<UserStatusChange>(&frame).unwrap().row;
            prop_assert!(client.has_snapshot, "not before the snapshot");
            if !client.people.contains(&row.user_id.get()) {
                let before = client.told.remove(&row.user_id.get());
                prop_assert!(before.is_some_and(|before| before.is_online), "of nobody else");
                prop_assert_eq!(row, PresenceRow::new(row.user_id, PresenceStatus::Offline, None));
                continue;
            }
            let before = client.told.insert(row.user_id.get(), row);
            prop_assert_ne!(before, Some(row), "nothing twice");
        }
        Ok(())
    }

    /// Lets everything under way arrive.
    fn settle(&mut self) -> Result<(), TestCaseError> {
        self.questions.clear();
        self.view.doubt();
        while let Some(question) = self.view.next_question() {
            self.questions.push_back((question, None));
            self.reply();
            self.arrive();
        }
        (0..CLIENTS).try_for_each(|client| self.take(client))
    }

    fn assert_truth(&self) -> Result<(), TestCaseError> {
        for client in self.clients.values() {
            prop_assert!(client.has_snapshot);
            prop_assert!(client.told.keys().all(|id| client.people.contains(id)), "nobody is left standing");
            for id in &client.people {
                let status = self.truth.get(id).map_or(PresenceStatus::Offline, |said| said.status);
                let told = client.told.get(id).map(|row| row.status);
                prop_assert_eq!(told, Some(status), "{}", id);
                let expected = PresenceRow::new(user(*id), status, self.last_seen.get(id).copied());
                // A visit whose end was lost and forgotten may be told as of its last word.
                let is_known = client.told[id].last_seen <= expected.last_seen;
                prop_assert!(is_known, "{:?} {:?}", client.told[id], expected);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn every_client_is_told_the_truth_and_nothing_twice(steps in prop::collection::vec(step(), 1..80)) {
        let mut trial = Trial::default();
        for step in &steps {
            trial.take_step(step)?;
        }
        trial.settle()?;
        trial.assert_truth()?;
        let people: BTreeSet<i64> = trial.clients.values().flat_map(|client| client.people.iter().copied()).collect();
        prop_assert_eq!(trial.view.len(), people.len(), "nobody else is kept");
        (0..CLIENTS).for_each(|client| trial.disconnect(client));
        prop_assert_eq!(trial.view.len(), 0);
    }
}
