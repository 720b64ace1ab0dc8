//! The copy itself: which families and whose tokens are revoked, and who waits for which of them. Knows no NATS.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_protocol::ids::{FamilyId, UserId};
use chat_protocol::time::Timestamp;
use parking_lot::Mutex;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{Origin, Revocation};

/// Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// With the moment at which it was learned.
    families: HashMap<FamilyId, Instant>,
    /// The moment before which a person's tokens must have been issued to be revoked, and when it was learned.
    users: HashMap<UserId, (Timestamp, Instant)>,
    watches: HashMap<u64, Watched>,
    of_family: HashMap<FamilyId, HashSet<u64>>,
    of_user: HashMap<UserId, HashSet<u64>>,
    last_watch: u64,
}

/// A token that somebody waits for.
#[derive(Debug)]
struct Watched {
    origin: Origin,
    revoked: CancellationToken,
}

/// How long what the buckets were told is kept there, and so how old it may be here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ages {
    pub(super) families: Duration,
    pub(super) users: Duration,
}

impl Ledger {
    pub(super) fn is_revoked(&self, origin: &Origin) -> bool {
        self.0.lock().is_revoked(origin)
    }

    pub(super) fn learn(&self, revoked: impl IntoIterator<Item = Revocation>) {
        let (mut state, now) = (self.0.lock(), Instant::now());
        for revocation in revoked {
            state.learn(revocation, now);
        }
    }

    /// Takes in all that is told now. What is no longer told stays until it is so old that no token of it can be good.
    pub(super) fn learn_all(&self, told: &HashSet<Revocation>, ages: Ages) {
        {
            let mut state = self.0.lock();
            state.families.retain(|family, learned| {
                told.contains(&Revocation::Family(*family)) || learned.elapsed() <= ages.families
            });
            let users: HashSet<UserId> = told.iter().filter_map(Revocation::user).collect();
            state.users.retain(|user, (_, learned)| users.contains(user) || learned.elapsed() <= ages.users);
        }
        self.learn(told.iter().copied());
    }

    /// Everything that is revoked as far as it is known here.
    pub(super) fn known(&self) -> HashSet<Revocation> {
        let state = self.0.lock();
        let families = state.families.keys().copied().map(Revocation::Family);
        let users = state.users.iter().map(|(user, (before, _))| (*user, *before));
        families.chain(users.map(|(user_id, issued_before)| Revocation::User { user_id, issued_before })).collect()
    }

    pub(super) fn watch(&self, origin: Origin) -> RevocationWatch {
        let mut state = self.0.lock();
        state.last_watch += 1;
        let (number, revoked) = (state.last_watch, CancellationToken::new());
        if state.is_revoked(&origin) {
            revoked.cancel();
        }
        if let Some(family) = origin.family {
            state.of_family.entry(family).or_default().insert(number);
        }
        state.of_user.entry(origin.user_id).or_default().insert(number);
        state.watches.insert(number, Watched { origin, revoked: revoked.clone() });
        RevocationWatch(Some(Watching { number, origin, revoked, ledger: self.clone() }))
    }
}

impl State {
    fn is_revoked(&self, origin: &Origin) -> bool {
        let by_family = origin.family.is_some_and(|family| self.families.contains_key(&family));
        by_family || self.users.get(&origin.user_id).is_some_and(|(before, _)| origin.is_before(*before))
    }

    fn learn(&mut self, revocation: Revocation, now: Instant) {
        let concerned = match revocation {
            Revocation::Family(family) => {
                self.families.entry(family).or_insert(now);
                self.of_family.get(&family)
            }
            Revocation::User { user_id, issued_before } => {
                let known = self.users.entry(user_id).or_insert((issued_before, now));
                if known.0 < issued_before {
                    *known = (issued_before, now);
                }
                self.of_user.get(&user_id)
            }
        };
        for watched in concerned.into_iter().flatten().filter_map(|number| self.watches.get(number)) {
            if self.is_revoked(&watched.origin) {
                watched.revoked.cancel();
            }
        }
    }

    fn forget(&mut self, number: u64, origin: &Origin) {
        self.watches.remove(&number);
        if let Some(family) = origin.family {
            remove(&mut self.of_family, &family, number);
        }
        remove(&mut self.of_user, &origin.user_id, number);
    }
}

fn remove<K: Eq + std::hash::Hash>(watches: &mut HashMap<K, HashSet<u64>>, of: &K, number: u64) {
    if let Some(numbers) = watches.get_mut(of) {
        numbers.remove(&number);
        if numbers.is_empty() {
            watches.remove(of);
        }
    }
}

/// Somebody who wants to know when a token is revoked: a socket, as long as it lives. Costs nothing while it waits.
#[derive(Debug)]
pub struct RevocationWatch(Option<Watching>);

#[derive(Debug)]
struct Watching {
    number: u64,
    origin: Origin,
    revoked: CancellationToken,
    ledger: Ledger,
}

impl RevocationWatch {
    /// As long as there is no token: there is nothing to be revoked.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self(None)
    }

    /// Whether the token is known to be revoked.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.0.as_ref().is_some_and(|watching| watching.revoked.is_cancelled())
    }

    /// Whether the token is of a family.
    #[must_use]
    pub fn has_family(&self) -> bool {
        self.0.as_ref().is_some_and(|watching| watching.origin.family.is_some())
    }

    /// The same as [`revoked`](Self::revoked), to be kept beside the watch; none for nothing.
    #[must_use]
    pub fn alarm(&self) -> Option<WaitForCancellationFutureOwned> {
        self.0.as_ref().map(|watching| watching.revoked.clone().cancelled_owned())
    }

    /// Returns when the token is revoked; at once if it is. Safe to cancel and to ask again.
    pub async fn revoked(&self) {
        match &self.0 {
            Some(watching) => watching.revoked.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.ledger.0.lock().forget(self.number, &self.origin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Ages = Ages { families: Duration::from_hours(1), users: Duration::from_hours(1) };
    const NO_TIME: Ages = Ages { families: Duration::ZERO, users: Duration::ZERO };

    fn at(secs: i64) -> Timestamp {
        serde_json::from_value(serde_json::json!(format!("2026-01-01T00:00:{secs:02}Z"))).unwrap()
    }

    fn origin(user: i64, issued_at: Option<i64>, family: Option<FamilyId>) -> Origin {
        Origin { user_id: UserId::new(user).unwrap(), issued_at: issued_at.map(at), family }
    }

    fn user(user: i64, before: i64) -> Revocation {
        Revocation::User { user_id: UserId::new(user).unwrap(), issued_before: at(before) }
    }

    #[test]
    fn watches_end_when_their_family_is_revoked() {
        let ledger = Ledger::default();
        let (one, other) = (FamilyId::generate(), FamilyId::generate());
        let watches =
            [(1, one), (2, one), (3, other)].map(|(user, family)| ledger.watch(origin(user, Some(1), Some(family))));
        assert!(!watches.iter().any(RevocationWatch::is_revoked));
        ledger.learn([Revocation::Family(one)]);
        assert_eq!(watches.each_ref().map(RevocationWatch::is_revoked), [true, true, false]);
        drop(watches);
        assert!(ledger.watch(origin(1, None, Some(one))).is_revoked(), "also for who comes later");
        assert!(!ledger.is_revoked(&origin(1, Some(1), Some(other))));
        assert!(!RevocationWatch::of_nothing().is_revoked());
    }

    #[test]
    fn of_a_revoked_person_what_was_issued_before_is_revoked_and_what_says_no_time() {
        let ledger = Ledger::default();
        let watches = [(1, Some(9)), (1, Some(10)), (1, None), (2, Some(9))];
        let watches = watches.map(|(user, issued_at)| ledger.watch(origin(user, issued_at, None)));
        ledger.learn([user(1, 10)]);
        assert_eq!(watches.each_ref().map(RevocationWatch::is_revoked), [true, false, true, false]);
        ledger.learn([user(1, 5)]);
        assert!(ledger.is_revoked(&origin(1, Some(9), None)), "an earlier word takes nothing back");
        ledger.learn([user(1, 11)]);
        assert!(watches[1].is_revoked());
    }

    #[test]
    fn nothing_is_kept_for_watches_that_are_gone() {
        let ledger = Ledger::default();
        let family = FamilyId::generate();
        let of = origin(1, None, Some(family));
        let (first, second) = (ledger.watch(of), ledger.watch(of));
        drop(first);
        ledger.learn([Revocation::Family(family)]);
        assert!(second.is_revoked());
        drop(second);
        let state = ledger.0.lock();
        assert!(state.watches.is_empty() && state.of_family.is_empty() && state.of_user.is_empty());
    }

    #[test]
    fn revocation_outlives_its_telling_and_is_forgotten_when_it_is_old() {
        let ledger = Ledger::default();
        let family = FamilyId::generate();
        let told = HashSet::from([Revocation::Family(family), user(1, 10)]);
        let tokens = [origin(2, None, Some(family)), origin(1, Some(1), None)];
        let are_revoked = || tokens.each_ref().map(|token| ledger.is_revoked(token));
        ledger.learn(told.iter().copied());
        ledger.learn_all(&HashSet::new(), LONG);
        assert_eq!(are_revoked(), [true, true], "the buckets may have been lost");
        assert_eq!(ledger.known(), told);
        ledger.learn_all(&told, NO_TIME);
        assert_eq!(are_revoked(), [true, true], "whatever is still told counts");
        ledger.learn_all(&HashSet::new(), NO_TIME);
        assert_eq!(are_revoked(), [false, false]);
    }
}
