//! Presence without sockets and clocks: leases of gateways in, statements about people out.
//!
//! Every instance follows all leases and would say the same; an instance says only what it has not heard another one say,
//! so that any of them may die at any time without a gap and without a leader. Of two statements the one on newer evidence
//! holds. Times from gateways order statements; `now` (time since this process started) runs leases and graces.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use chat_protocol::ids::{InstanceId, UserId};
use chat_protocol::partition::Bucket;
use chat_protocol::presence::{LeaseBody, LeaseUpdate, PresenceStatus, UserPresence};
use chat_protocol::time::Timestamp;

use crate::lease::Lease;
use crate::person::{Challenge, Leaving, Person, Speech};

/// The times that presence runs by.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// How long after its last update a gateway counts as dead.
    pub lease_ttl: Duration,
    /// How long a person stays online after the last socket closed.
    pub grace: Duration,
    /// How long a fresh instance listens before it may speak: longer than the gateways' heartbeat.
    pub listen: Duration,
    /// How long after asking a gateway for its full set it is asked again.
    pub ask_again: Duration,
    /// How long what was said of somebody offline is remembered.
    pub remember: Duration,
}

/// Everything that one instance knows.
#[derive(Debug)]
pub struct State {
    timing: Timing,
    leases: BTreeMap<InstanceId, Lease>,
    people: HashMap<UserId, Person>,
    /// When to look at somebody again: an end of grace, or of memory.
    timers: BTreeSet<(Duration, UserId)>,
    /// Of whom this instance would say something else than what was told.
    unsettled: BTreeSet<UserId>,
    /// What to ask the other instances.
    questions: Vec<UserPresence>,
    listening_until: Duration,
    is_speaking: bool,
}

/// What has to be sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Statements, by the bucket of their people.
    pub diffs: BTreeMap<Bucket, Vec<UserPresence>>,
    /// Reply subjects of gateways that should send their full set.
    pub full_set_from: Vec<String>,
    /// Reply subjects of gateways that should ask for snapshots anew.
    pub refresh: Vec<String>,
}

/// Sizes, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Gateways alive.
    pub leases: usize,
    /// People whom others see.
    pub online: usize,
}

impl State {
    /// A fresh instance, which says nothing yet.
    #[must_use]
    pub fn new(timing: Timing, now: Duration) -> Self {
        Self {
            timing,
            leases: BTreeMap::new(),
            people: HashMap::new(),
            timers: BTreeSet::new(),
            unsettled: BTreeSet::new(),
            questions: Vec::new(),
            listening_until: now + timing.listen,
            is_speaking: false,
        }
    }

    /// Whether this instance knows enough to say something.
    #[must_use]
    pub fn is_speaking(&self) -> bool {
        self.is_speaking
    }

    /// Sizes, for metrics. Looks at everyone.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let online = self.people.values().filter(|person| person.is_online()).count();
        Counts { leases: self.leases.len(), online }
    }

    /// Updates may have been missed (a new connection, a long pause): fall silent, ask everyone for the full set, and
    /// hold nobody's silence of that time against them.
    pub fn start_over(&mut self, now: Duration) {
        self.is_speaking = false;
        self.listening_until = now + self.timing.listen;
        for lease in self.leases.values_mut() {
            lease.doubt(now);
        }
    }

    /// A gateway has published an update of its lease; replies go to `reply_to`.
    pub fn hear_lease(&mut self, update: LeaseUpdate, reply_to: Option<&str>, now: Duration) {
        let (gateway, sent_at) = (update.gateway.clone(), update.sent_at);
        match self.leases.get(&gateway).map(Lease::epoch) {
            Some(known) if update.epoch < known => return,
            Some(known) if update.epoch > known => self.drop_lease(&gateway, None, now),
            _ => {}
        }
        if update.body == LeaseBody::Released {
            return self.drop_lease(&gateway, Some(sent_at), now);
        }
        let lease = self.leases.entry(gateway).or_insert_with(|| Lease::new(&update, now));
        let news = lease.apply(update, reply_to, now);
        for user_id in news.touched {
            self.reconsider(user_id, sent_at, now);
        }
        for departure in news.left {
            self.has_left(departure.user_id, departure.at, now);
        }
    }

    /// Another instance has said this.
    pub fn hear_diff(&mut self, statements: &[UserPresence], now: Duration) {
        for statement in statements {
            let person = self.people.entry(statement.user_id).or_default();
            person.hear(*statement);
            if person.has_opinion() {
                self.unsettled.insert(statement.user_id);
            } else {
                self.remember_for_now(statement.user_id, now);
            }
        }
    }

    /// Ends what has run out by `now`: leases, graces, memories.
    pub fn expire(&mut self, now: Duration) {
        let is_over = |lease: &Lease| lease.heard_at() + self.timing.lease_ttl <= now;
        let over = self.leases.iter().filter(|(_, lease)| is_over(lease));
        let over: Vec<InstanceId> = over.map(|(gateway, _)| gateway.clone()).collect();
        for gateway in over {
            tracing::warn!(%gateway, "gateway not heard any more");
            self.lapse(&gateway, now);
        }
        while let Some(&(due, user_id)) = self.timers.first()
            && due <= now
        {
            self.timers.pop_first();
            self.wake(user_id, now);
        }
    }

    /// What has to be sent at `now`. Nothing is said of anybody before this instance knows all leases.
    pub fn flush(&mut self, now: Duration) -> Outbox {
        let mut outbox = Outbox::default();
        let again = self.timing.ask_again;
        outbox.full_set_from.extend(self.leases.values_mut().filter_map(|lease| lease.ask(now, again)));
        if !self.is_speaking && now >= self.listening_until && self.leases.values().all(Lease::is_complete) {
            self.begin_to_speak();
            let reply_to = |lease: &Lease| lease.reply_to().map(str::to_owned);
            outbox.refresh.extend(self.leases.values().filter_map(reply_to));
        }
        if self.is_speaking {
            self.speak(&mut outbox);
        }
        outbox
    }

    /// What is known of these people; nothing at all as long as this instance does not know enough. Who is missing is
    /// offline, and has been for a while.
    #[must_use]
    pub fn snapshot(&self, user_ids: &[UserId]) -> Option<Vec<UserPresence>> {
        let best = |user_id: &UserId| self.people.get(user_id)?.best(self.evidence(*user_id));
        self.is_speaking.then(|| user_ids.iter().filter_map(best).collect())
    }

    fn begin_to_speak(&mut self) {
        tracing::info!(gateways = self.leases.len(), "all leases known");
        self.is_speaking = true;
        for person in self.people.values_mut() {
            person.assume_told();
        }
    }

    fn speak(&mut self, outbox: &mut Outbox) {
        let mut say = |statement: UserPresence| {
            outbox.diffs.entry(Bucket::of_user(statement.user_id)).or_default().push(statement);
        };
        self.questions.drain(..).for_each(&mut say);
        let unsettled: Vec<UserId> = self.unsettled.iter().copied().collect();
        for user_id in unsettled {
            let heard = self.evidence(user_id);
            let speech = self.people.get_mut(&user_id).map_or(Speech::Nothing, |person| person.speak(heard));
            if let Speech::Say(statement) = speech {
                say(statement);
            }
            if speech != Speech::Later {
                self.unsettled.remove(&user_id);
            }
        }
    }

    /// A gateway is gone and said so (at `at`), or has started anew: its people have the grace to come back.
    fn drop_lease(&mut self, gateway: &InstanceId, at: Option<Timestamp>, now: Duration) {
        let Some(lease) = self.leases.remove(gateway) else { return };
        let at = at.unwrap_or(lease.as_of());
        for user_id in lease.into_users() {
            self.reconsider(user_id, at, now);
        }
    }

    /// A gateway has not been heard for too long: its people went when it was last heard, longer ago than the grace.
    fn lapse(&mut self, gateway: &InstanceId, now: Duration) {
        let Some(lease) = self.leases.remove(gateway) else { return };
        let at = lease.as_of();
        for user_id in lease.into_users() {
            if self.held_status(user_id).is_some() {
                self.reconsider(user_id, at, now);
            } else if self.people.entry(user_id).or_default().fall_silent(user_id, at) {
                self.is_offline(user_id, now);
            }
        }
    }

    /// Something about the person changed on some gateway at `at`.
    fn reconsider(&mut self, user_id: UserId, at: Timestamp, now: Duration) {
        let status = self.held_status(user_id);
        let person = self.people.entry(user_id).or_default();
        if let Some(status) = status {
            let left = person.leaving.take();
            person.forget_at = None;
            // Who comes back invisible within the grace was last seen at the departure.
            let at = left.filter(|_| !status.is_online()).map_or(at, |left| left.at);
            if person.show(user_id, status, at) {
                self.unsettled.insert(user_id);
            }
        } else if !person.is_online() {
            self.remember_for_now(user_id, now);
        } else {
            // A visit too short for an update of its own renews the grace.
            let deadline = now + self.timing.grace;
            person.leaving = Some(Leaving { at, deadline });
            self.timers.insert((deadline, user_id));
        }
    }

    fn wake(&mut self, user_id: UserId, now: Duration) {
        let Some(person) = self.people.get_mut(&user_id) else { return };
        if let Some(leaving) = person.leaving {
            if leaving.deadline <= now {
                person.leaving = None;
                person.show(user_id, PresenceStatus::Offline, leaving.at);
                self.is_offline(user_id, now);
            }
        } else if person.forget_at.is_some_and(|forget_at| forget_at <= now) {
            self.forget(user_id, now);
        }
    }

    /// Forgets somebody who is offline. Who was told to be online by others is asked after first.
    fn forget(&mut self, user_id: UserId, now: Duration) {
        let Some(person) = self.people.get_mut(&user_id) else { return };
        if !self.is_speaking {
            return self.look_again(user_id, now + self.timing.remember);
        }
        match person.challenge(user_id) {
            Challenge::Ask(question) => {
                self.questions.push(question);
                self.look_again(user_id, now + self.timing.lease_ttl);
            }
            Challenge::Unanswered => self.is_offline(user_id, now),
            Challenge::Pointless => {
                self.people.remove(&user_id);
                self.unsettled.remove(&user_id);
            }
        }
    }

    fn has_left(&mut self, user_id: UserId, at: Timestamp, now: Duration) {
        if self.held_status(user_id).is_none() && self.people.entry(user_id).or_default().has_left(user_id, at) {
            self.is_offline(user_id, now);
        }
    }

    fn is_offline(&mut self, user_id: UserId, now: Duration) {
        self.unsettled.insert(user_id);
        self.remember_for_now(user_id, now);
    }

    fn remember_for_now(&mut self, user_id: UserId, now: Duration) {
        self.look_again(user_id, now + self.timing.remember);
    }

    fn look_again(&mut self, user_id: UserId, forget_at: Duration) {
        if let Some(person) = self.people.get_mut(&user_id) {
            person.forget_at = Some(forget_at);
            self.timers.insert((forget_at, user_id));
        }
    }

    /// What others see of somebody whom a gateway holds. Of several choices the newest counts, and of equal ones the one
    /// that shows less.
    fn held_status(&self, user_id: UserId) -> Option<PresenceStatus> {
        let held = self.leases.values().filter_map(|lease| lease.held(user_id));
        held.map(|held| (held.status_version, PresenceStatus::from(held.status))).max().map(|(_, status)| status)
    }

    /// Up to when somebody is known to be held by a gateway.
    fn evidence(&self, user_id: UserId) -> Option<Timestamp> {
        let holds = |lease: &&Lease| lease.is_complete() && lease.held(user_id).is_some();
        self.leases.values().filter(holds).map(Lease::as_of).max()
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
