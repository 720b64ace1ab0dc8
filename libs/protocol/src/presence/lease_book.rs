//! The gateway's side of its lease: who holds how many sockets, and which updates follow from that. No I/O, no clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use chrono::TimeDelta;

use super::{ChosenStatus, DEPARTURES_KEPT, Departure, HeldUser, LeaseBody, LeaseUpdate, MAX_USERS_PER_UPDATE};
use crate::ids::{InstanceId, UserId};
use crate::time::Timestamp;

/// Who holds a socket on this gateway. Publish what [`take_changes`](Self::take_changes) yields every 100 to 200 ms, a
/// [`heartbeat`](Self::heartbeat) each [`LEASE_INTERVAL`](super::LEASE_INTERVAL), [`full_set`](Self::full_set) at the
/// start, after each connection to NATS and when it is asked for (once a second at most), all in the order in which they
/// came out, and [`release`](Self::release) at the very end.
#[derive(Debug, Clone)]
pub struct LeaseBook {
    gateway: InstanceId,
    epoch: i64,
    version: u64,
    last_sent: Option<Timestamp>,
    held: BTreeMap<UserId, Held>,
    changed: BTreeSet<UserId>,
    left: VecDeque<Departure>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    sockets: u32,
    status: ChosenStatus,
    status_version: i64,
}

impl LeaseBook {
    /// The empty book of a gateway that starts `now`.
    #[must_use]
    pub fn new(gateway: InstanceId, now: Timestamp) -> Self {
        Self {
            gateway,
            epoch: now.datetime().timestamp_micros(),
            version: 0,
            last_sent: None,
            held: BTreeMap::new(),
            changed: BTreeSet::new(),
            left: VecDeque::new(),
        }
    }

    /// Whether nobody holds a socket.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// How many people hold a socket.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Who holds a socket.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        self.held.keys().copied()
    }

    /// A socket of the person has opened.
    pub fn open(&mut self, user_id: UserId, status: ChosenStatus, status_version: i64) {
        let held = self.held.entry(user_id).or_insert_with(|| {
            self.changed.insert(user_id);
            Held { sockets: 0, status, status_version }
        });
        held.sockets += 1;
        self.choose(user_id, status, status_version);
    }

    /// A socket of the person has closed.
    pub fn close(&mut self, user_id: UserId, now: Timestamp) {
        let Some(held) = self.held.get_mut(&user_id) else { return };
        held.sockets -= 1;
        if held.sockets > 0 {
            return;
        }
        let status = held.status;
        if status != ChosenStatus::Invisible {
            self.forget_departures(now);
            self.left.push_back(Departure { user_id, at: now });
        }
        self.held.remove(&user_id);
        self.changed.insert(user_id);
    }

    /// The person has chosen what to show; an older choice than the known one changes nothing.
    pub fn choose(&mut self, user_id: UserId, status: ChosenStatus, status_version: i64) {
        let Some(held) = self.held.get_mut(&user_id) else { return };
        if status_version > held.status_version {
            (held.status, held.status_version) = (status, status_version);
            self.changed.insert(user_id);
        }
    }

    /// What has changed since the last update; nothing if nothing has.
    pub fn take_changes(&mut self, now: Timestamp) -> Vec<LeaseUpdate> {
        let changed: Vec<UserId> = mem::take(&mut self.changed).into_iter().collect();
        changed.chunks(MAX_USERS_PER_UPDATE).map(|users| self.change(users, now)).collect()
    }

    fn change(&mut self, users: &[UserId], now: Timestamp) -> LeaseUpdate {
        let held = |user_id: &UserId| self.held.get(user_id).map(|held| held.told(*user_id));
        let online = users.iter().filter_map(held).collect();
        let offline = users.iter().filter(|user_id| !self.held.contains_key(user_id)).copied().collect();
        self.version += 1;
        self.update(LeaseBody::Change { online, offline }, now)
    }

    /// That nothing else is new. What has changed must have been taken before.
    pub fn heartbeat(&mut self, now: Timestamp) -> LeaseUpdate {
        self.update(LeaseBody::Heartbeat, now)
    }

    /// Everyone, with what has changed; at least one part.
    pub fn full_set(&mut self, now: Timestamp) -> Vec<LeaseUpdate> {
        self.changed.clear();
        self.version += 1;
        self.forget_departures(now);
        let mut users: Vec<HeldUser> = self.held.iter().map(|(user_id, held)| held.told(*user_id)).collect();
        let mut left: Vec<Departure> = self.left.iter().copied().collect();
        let mut updates = Vec::new();
        for part in 0.. {
            let more_users = users.split_off(users.len().min(MAX_USERS_PER_UPDATE));
            let more_left = left.split_off(left.len().min(MAX_USERS_PER_UPDATE - users.len()));
            let more = !more_users.is_empty() || !more_left.is_empty();
            updates.push(self.update(LeaseBody::Full { part, more, users, left }, now));
            if !more {
                break;
            }
            (users, left) = (more_users, more_left);
        }
        updates
    }

    /// That the gateway stops.
    pub fn release(&mut self, now: Timestamp) -> LeaseUpdate {
        self.version += 1;
        self.update(LeaseBody::Released, now)
    }

    fn update(&mut self, body: LeaseBody, now: Timestamp) -> LeaseUpdate {
        let after = |last: Timestamp| (last.datetime() + TimeDelta::microseconds(1)).into();
        let sent_at = self.last_sent.map_or(now, |last| now.max(after(last)));
        self.last_sent = Some(sent_at);
        LeaseUpdate { gateway: self.gateway.clone(), epoch: self.epoch, version: self.version, sent_at, body }
    }

    fn forget_departures(&mut self, now: Timestamp) {
        let oldest = now.datetime() - DEPARTURES_KEPT;
        while self.left.front().is_some_and(|departure| departure.at.datetime() < oldest) {
            self.left.pop_front();
        }
    }
}

impl Held {
    fn told(self, user_id: UserId) -> HeldUser {
        HeldUser { user_id, status: self.status, status_version: self.status_version }
    }
}

#[cfg(test)]
mod tests;
