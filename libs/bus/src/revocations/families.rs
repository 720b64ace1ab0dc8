//! The copy itself: which families are revoked, and who waits for which of them. Knows no NATS.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_protocol::ids::FamilyId;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// Clones share the copy.
#[derive(Debug, Clone, Default)]
pub(super) struct Families(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// With the moment at which it was learned.
    revoked: HashMap<FamilyId, Instant>,
    watched: HashMap<FamilyId, Watched>,
}

/// A family that somebody waits for.
#[derive(Debug, Default)]
struct Watched {
    revoked: CancellationToken,
    watchers: usize,
}

impl Families {
    pub(super) fn is_revoked(&self, family: FamilyId) -> bool {
        self.0.lock().revoked.contains_key(&family)
    }

    pub(super) fn learn(&self, revoked: impl IntoIterator<Item = FamilyId>) {
        let (mut state, now) = (self.0.lock(), Instant::now());
        for family in revoked {
            state.revoked.entry(family).or_insert(now);
            if let Some(watched) = state.watched.get(&family) {
                watched.revoked.cancel();
            }
        }
    }

    /// Takes in all that is told now. What is no longer told stays until it is so old that no token of it can be good.
    pub(super) fn learn_all(&self, told: &HashSet<FamilyId>, max_age: Duration) {
        self.0.lock().revoked.retain(|family, learned| told.contains(family) || learned.elapsed() <= max_age);
        self.learn(told.iter().copied());
    }

    pub(super) fn watch(&self, family: FamilyId) -> FamilyWatch {
        let mut state = self.0.lock();
        let is_revoked = state.revoked.contains_key(&family);
        let watched = state.watched.entry(family).or_default();
        watched.watchers += 1;
        if is_revoked {
            watched.revoked.cancel();
        }
        FamilyWatch(Some(Watching { family, revoked: watched.revoked.clone(), families: self.clone() }))
    }
}

/// Somebody who wants to know when a family is revoked: a socket, as long as it lives. Costs nothing while it waits.
#[derive(Debug)]
pub struct FamilyWatch(Option<Watching>);

#[derive(Debug)]
struct Watching {
    family: FamilyId,
    revoked: CancellationToken,
    families: Families,
}

impl FamilyWatch {
    /// For a token without a family: there is nothing to be revoked.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self(None)
    }

    /// Returns when the family is revoked; at once if it is. Safe to cancel and to ask again.
    pub async fn revoked(&self) {
        match &self.0 {
            Some(watching) => watching.revoked.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let mut state = self.families.0.lock();
        let Some(watched) = state.watched.get_mut(&self.family) else { return };
        watched.watchers -= 1;
        if watched.watchers == 0 {
            state.watched.remove(&self.family);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn is_over(watch: &FamilyWatch) -> bool {
        watch.revoked().now_or_never().is_some()
    }

    #[test]
    fn watches_end_when_their_family_is_revoked() {
        let families = Families::default();
        let (one, other) = (FamilyId::generate(), FamilyId::generate());
        let watches = [families.watch(one), families.watch(one), families.watch(other), FamilyWatch::of_nothing()];
        assert!(!watches.iter().any(is_over));
        families.learn([one]);
        assert_eq!(watches.each_ref().map(is_over), [true, true, false, false]);
        drop(watches);
        assert!(is_over(&families.watch(one)), "also for who comes later");
        assert!(families.is_revoked(one) && !families.is_revoked(other));
    }

    #[test]
    fn nothing_is_kept_for_watches_that_are_gone() {
        let families = Families::default();
        let family = FamilyId::generate();
        let (first, second) = (families.watch(family), families.watch(family));
        drop(first);
        families.learn([family]);
        assert!(is_over(&second));
        drop(second);
        assert!(families.0.lock().watched.is_empty());
    }

    #[test]
    fn revocation_outlives_its_telling_and_is_forgotten_when_it_is_old() {
        let families = Families::default();
        let family = FamilyId::generate();
        families.learn([family]);
        families.learn_all(&HashSet::new(), Duration::from_hours(1));
        assert!(families.is_revoked(family), "the bucket may have been lost");
        families.learn_all(&HashSet::from([family]), Duration::ZERO);
        assert!(families.is_revoked(family), "whatever is still told counts");
        families.learn_all(&HashSet::new(), Duration::ZERO);
        assert!(!families.is_revoked(family));
    }
}
