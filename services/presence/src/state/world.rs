//! A world to try the state in: gateways with their books, instances, one watcher, a network that loses what it is told
//! to, and a clock. Shared by the stories (`tests`) and the simulation.

use std::collections::{BTreeMap, BTreeSet};

use chat_protocol::presence::{ChosenStatus, LEASE_INTERVAL, LEASE_TTL, LeaseBook, OFFLINE_GRACE};
use chrono::{DateTime, TimeDelta};

use super::*;

/// How far the world moves at once; gateways publish their changes this often.
const STEP: Duration = Duration::from_millis(100);

/// The gateway of the watcher, which nothing befalls.
const WATCHING: u8 = 99;

pub(super) const TIMING: Timing = Timing {
    lease_ttl: LEASE_TTL,
    grace: OFFLINE_GRACE,
    listen: Duration::from_secs(6),
    ask_again: Duration::from_secs(1),
    remember: Duration::from_mins(1),
};

/// What the watcher's client was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) at: Duration,
    pub(super) user: i64,
    pub(super) status: PresenceStatus,
    pub(super) last_seen: Option<Timestamp>,
}

struct Gateway {
    book: LeaseBook,
    heartbeat_at: Duration,
    full_set_due: bool,
    full_set_at: Duration,
}

#[derive(Default)]
pub(super) struct World {
    pub(super) now: Duration,
    gateways: BTreeMap<u8, Gateway>,
    pub(super) instances: BTreeMap<u8, State>,
    /// Gateways whose updates this instance does not get.
    pub(super) cut: BTreeSet<(u8, u8)>,
    /// By how many milliseconds a gateway's clock is ahead.
    pub(super) ahead_ms: BTreeMap<u8, i64>,
    /// Instances (first) of whose statements others (second) hear nothing.
    pub(super) unheard: BTreeSet<(u8, u8)>,
    /// Instances that stand still.
    pub(super) stalled: BTreeSet<u8>,
    backlog: Vec<(u8, LeaseUpdate)>,
    known: BTreeMap<i64, UserPresence>,
    pub(super) frames: Vec<Frame>,
    /// How many statements were sent.
    pub(super) statements: usize,
    /// How many of them told the watcher nothing new.
    pub(super) repeats: usize,
}

pub(super) fn user(id: i64) -> UserId {
    UserId::new(id).unwrap()
}

impl World {
    /// A world with these gateways and instances, after the instances have begun to speak.
    pub(super) fn settled(gateways: u8, instances: u8) -> Self {
        Self::settled_with_clocks(gateways, instances, &[])
    }

    /// The same with gateways whose clocks are ahead by so many milliseconds.
    pub(super) fn settled_with_clocks(gateways: u8, instances: u8, ahead_ms: &[i64]) -> Self {
        let ahead_ms = (0..).zip(ahead_ms.iter().copied()).collect();
        let mut world = Self { ahead_ms, ..Self::default() };
        (0..gateways).chain([WATCHING]).for_each(|gateway| world.start_gateway(gateway));
        (0..instances).for_each(|instance| world.start_instance(instance));
        world.run_secs(10);
        assert!(world.instances.values().all(State::is_speaking));
        world
    }

    pub(super) fn wall(&self) -> Timestamp {
        let since_start = TimeDelta::from_std(self.now).unwrap();
        (DateTime::from_timestamp(1_800_000_000, 0).unwrap() + since_start).into()
    }

    fn wall_of(&self, gateway: u8) -> Timestamp {
        let ahead = self.ahead_ms.get(&gateway).copied().unwrap_or_default();
        (self.wall().datetime() + TimeDelta::milliseconds(ahead)).into()
    }

    pub(super) fn start_gateway(&mut self, gateway: u8) {
        let book = LeaseBook::new(format!("gateway-{gateway}").parse().unwrap(), self.wall_of(gateway));
        let (heartbeat_at, full_set_at) = (self.now + LEASE_INTERVAL, Duration::ZERO);
        self.gateways.insert(gateway, Gateway { book, heartbeat_at, full_set_due: true, full_set_at });
    }

    /// The gateway dies without a word.
    pub(super) fn kill_gateway(&mut self, gateway: u8) {
        self.gateways.remove(&gateway);
    }

    /// The gateway stops as it should.
    pub(super) fn stop_gateway(&mut self, gateway: u8) {
        let now = self.wall_of(gateway);
        if let Some(mut stopped) = self.gateways.remove(&gateway) {
            self.publish(gateway, vec![stopped.book.release(now)]);
        }
    }

    pub(super) fn start_instance(&mut self, instance: u8) {
        self.instances.insert(instance, State::new(TIMING, self.now));
    }

    pub(super) fn open(&mut self, gateway: u8, id: i64) {
        self.open_as(gateway, id, ChosenStatus::Online, 0);
    }

    pub(super) fn open_as(&mut self, gateway: u8, id: i64, status: ChosenStatus, version: i64) {
        if let Some(gateway) = self.gateways.get_mut(&gateway) {
            gateway.book.open(user(id), status, version);
        }
    }

    pub(super) fn close(&mut self, gateway: u8, id: i64) {
        let now = self.wall_of(gateway);
        if let Some(gateway) = self.gateways.get_mut(&gateway) {
            gateway.book.close(user(id), now);
        }
    }

    pub(super) fn choose(&mut self, gateway: u8, id: i64, status: ChosenStatus, version: i64) {
        if let Some(gateway) = self.gateways.get_mut(&gateway) {
            gateway.book.choose(user(id), status, version);
        }
    }

    pub(super) fn run_secs(&mut self, secs: u64) {
        self.run(Duration::from_secs(secs));
    }

    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now += STEP;
            self.step_gateways();
            self.step_instances();
        }
    }

    fn step_gateways(&mut self) {
        let now = self.now;
        let walls: Vec<Timestamp> = self.gateways.keys().map(|name| self.wall_of(*name)).collect();
        let mut updates = Vec::new();
        for ((name, gateway), wall) in self.gateways.iter_mut().zip(walls) {
            updates.extend(gateway.book.take_changes(wall).into_iter().map(|update| (*name, update)));
            if gateway.full_set_due && gateway.full_set_at + Duration::from_secs(1) <= now {
                (gateway.full_set_due, gateway.full_set_at) = (false, now);
                updates.extend(gateway.book.full_set(wall).into_iter().map(|update| (*name, update)));
            }
            if gateway.heartbeat_at <= now {
                gateway.heartbeat_at = now + LEASE_INTERVAL;
                updates.push((*name, gateway.book.heartbeat(wall)));
            }
        }
        for (gateway, update) in updates {
            self.publish(gateway, vec![update]);
        }
    }

    fn publish(&mut self, gateway: u8, updates: Vec<LeaseUpdate>) {
        for update in updates {
            for (instance, state) in &mut self.instances {
                if self.stalled.contains(instance) {
                    self.backlog.push((*instance, update.clone()));
                } else if !self.cut.contains(&(gateway, *instance)) {
                    state.hear_lease(update.clone(), Some(&gateway.to_string()), self.now);
                }
            }
        }
    }

    /// An instance that stood still goes on: what has piled up comes in at once.
    pub(super) fn wake_instance(&mut self, instance: u8) {
        self.stalled.remove(&instance);
        for (to, update) in std::mem::take(&mut self.backlog) {
            let Some(state) = self.instances.get_mut(&to) else { continue };
            if to == instance {
                let reply_to = update.gateway.as_str().trim_start_matches("gateway-").to_owned();
                state.hear_lease(update, Some(&reply_to), self.now);
            } else {
                self.backlog.push((to, update));
            }
        }
    }

    fn step_instances(&mut self) {
        let names: Vec<u8> = self.instances.keys().copied().filter(|name| !self.stalled.contains(name)).collect();
        for name in names {
            // Each flushes three times a second, in turn.
            if (self.now.as_millis() / 100 + u128::from(name)).is_multiple_of(3) {
                self.flush_instance(name);
            }
        }
    }

    fn flush_instance(&mut self, name: u8) {
        let Some(state) = self.instances.get_mut(&name) else { return };
        state.expire(self.now);
        let outbox = state.flush(self.now);
        for gateway in outbox.full_set_from {
            if let Some(gateway) = self.gateways.get_mut(&gateway.parse().unwrap()) {
                gateway.full_set_due = true;
            }
        }
        for statements in outbox.diffs.into_values() {
            self.statements += statements.len();
            let hears = |other: u8| other != name && !self.unheard.contains(&(name, other));
            let others = self.instances.iter_mut().filter(|(other, _)| hears(**other));
            others.for_each(|(_, other)| other.hear_diff(&statements, self.now));
            for statement in statements {
                self.watch(statement);
            }
        }
        if outbox.refresh.contains(&WATCHING.to_string()) {
            self.refresh_watcher(name);
        }
    }

    /// The watcher's gateway applies a statement as gateways do.
    fn watch(&mut self, statement: UserPresence) {
        let id = statement.user_id.get();
        let known = self.known.get(&id).copied();
        let says = |known: UserPresence| (known.status, known.last_seen) == (statement.status, statement.last_seen);
        self.repeats += usize::from(known.is_some_and(says));
        if known.is_none_or(|known| statement.supersedes(&known)) {
            self.known.insert(id, statement);
            self.tell(known, id, statement.status, statement.last_seen);
        }
    }

    fn refresh_watcher(&mut self, instance: u8) {
        let ids: Vec<UserId> = (1..=20).map(user).collect();
        let snapshot = self.instances[&instance].snapshot(&ids).expect("it has begun to speak");
        let mut before = std::mem::take(&mut self.known);
        for statement in snapshot {
            let id = statement.user_id.get();
            self.known.insert(id, statement);
            self.tell(before.remove(&id), id, statement.status, statement.last_seen);
        }
        for (id, known) in before {
            self.tell(Some(known), id, PresenceStatus::Offline, known.last_seen);
        }
    }

    fn tell(&mut self, before: Option<UserPresence>, user: i64, status: PresenceStatus, last_seen: Option<Timestamp>) {
        if before.map_or(PresenceStatus::Offline, |before| before.status) != status {
            self.frames.push(Frame { at: self.now, user, status, last_seen });
        }
    }

    /// What the watcher sees of somebody.
    pub(super) fn seen(&self, id: i64) -> PresenceStatus {
        self.known.get(&id).map_or(PresenceStatus::Offline, |known| known.status)
    }

    /// What the watcher was told of somebody, in order.
    pub(super) fn told(&self, id: i64) -> Vec<PresenceStatus> {
        self.frames.iter().filter(|frame| frame.user == id).map(|frame| frame.status).collect()
    }

    pub(super) fn known_as_of(&self, id: i64) -> Timestamp {
        self.known[&id].as_of
    }

    pub(super) fn last_frame(&self) -> Frame {
        *self.frames.last().expect("something was told")
    }
}
