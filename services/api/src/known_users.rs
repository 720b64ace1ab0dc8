//! Whose claims the database has already, and how these people stood a moment ago: saves statements on each request. Bounded, and a
//! miss costs no more than those.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chat_protocol::ids::UserId;
use chat_protocol::rpc::Identity;
use chat_protocol::time::Timestamp;
use chat_store::users::PersonState;
use parking_lot::Mutex;

/// How many people a generation holds; there are two.
const CAPACITY: usize = 50_000;

/// How long it counts how somebody stood: who is locked out is refused everywhere within 2 s.
const STATE_AGE: Duration = Duration::from_millis(800);

/// What is known of somebody.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// When the newest token was made whose claims the database has; none for tokens that do not say.
    taken_from: Option<Timestamp>,
    /// How they stood, and when.
    state: Option<(PersonState, Instant)>,
}

/// People seen lately. When the young generation is full it becomes the old one, and the old one is forgotten.
#[derive(Debug)]
pub(crate) struct KnownUsers {
    generations: Mutex<Generations>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<UserId, Known>,
    old: HashMap<UserId, Known>,
}

impl Default for KnownUsers {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl KnownUsers {
    fn with_capacity(capacity: usize) -> Self {
        Self { generations: Mutex::default(), capacity }
    }

    /// Whether the database has the claims of this token, or of a newer one.
    pub(crate) fn contains(&self, identity: &Identity) -> bool {
        let mut generations = self.generations.lock();
        let Some(known) = generations.find(identity.user_id, self.capacity) else { return false };
        known.taken_from >= identity.issued_at
    }

    /// How the bearer of this token stood a moment ago, if the database has its claims.
    pub(crate) fn state(&self, identity: &Identity, now: Instant) -> Option<PersonState> {
        let mut generations = self.generations.lock();
        let known = generations.find(identity.user_id, self.capacity)?;
        let (state, read_at) = known.state.filter(|_| known.taken_from >= identity.issued_at)?;
        (now.saturating_duration_since(read_at) < STATE_AGE).then_some(state)
    }

    /// Notes how somebody stands whose claims are known: as it was read, which was begun at `read_at`.
    pub(crate) fn note_state(&self, user: UserId, state: PersonState, read_at: Instant) {
        let mut generations = self.generations.lock();
        if let Some(known) = generations.find(user, self.capacity) {
            generations.put(user, Known { state: Some((state, read_at)), ..known }, self.capacity);
        }
    }

    /// Notes that the database has the claims of this token.
    pub(crate) fn insert(&self, identity: &Identity) {
        let mut generations = self.generations.lock();
        let before = generations.find(identity.user_id, self.capacity);
        let taken_from = before.and_then(|known| known.taken_from).max(identity.issued_at);
        let known = Known { taken_from, state: before.and_then(|known| known.state) };
        generations.put(identity.user_id, known, self.capacity);
    }
}

impl Generations {
    /// Finds somebody, and keeps who was found in the young generation.
    fn find(&mut self, user: UserId, capacity: usize) -> Option<Known> {
        if let Some(known) = self.young.get(&user) {
            return Some(*known);
        }
        let known = self.old.remove(&user)?;
        self.put(user, known, capacity);
        Some(known)
    }

    fn put(&mut self, user: UserId, known: Known, capacity: usize) {
        if self.young.len() >= capacity && !self.young.contains_key(&user) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(user, known);
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::rest::PlatformRole;
    use chrono::DateTime;

    use super::*;

    fn identity(user: i64, issued_secs: Option<i64>) -> Identity {
        Identity {
            user_id: UserId::new(user).unwrap(),
            name: None,
            role: PlatformRole::Client,
            avatar_url: None,
            issued_at: issued_secs.map(|secs| DateTime::from_timestamp(secs, 0).unwrap().into()),
        }
    }

    #[test]
    fn newer_token_is_not_known() {
        let known = KnownUsers::default();
        assert!(!known.contains(&identity(1, None)));
        known.insert(&identity(1, Some(10)));
        assert!(known.contains(&identity(1, Some(10))));
        assert!(known.contains(&identity(1, Some(9))));
        assert!(known.contains(&identity(1, None)));
        assert!(!known.contains(&identity(1, Some(11))));
        known.insert(&identity(1, Some(5)));
        assert!(known.contains(&identity(1, Some(10))));
    }

    #[test]
    fn state_counts_for_a_moment() {
        let (known, now) = (KnownUsers::default(), Instant::now());
        let state = PersonState { role: PlatformRole::Client, is_active: true };
        let user = identity(1, Some(10));
        known.note_state(user.user_id, state, now);
        assert_eq!(known.state(&user, now), None, "of somebody whose claims nobody has taken");
        known.insert(&user);
        known.note_state(user.user_id, state, now);
        known.insert(&user);
        assert_eq!(known.state(&user, now + STATE_AGE.saturating_sub(Duration::from_millis(1))), Some(state));
        assert_eq!(known.state(&user, now + STATE_AGE), None);
        assert_eq!(known.state(&identity(1, Some(11)), now), None, "a newer token's claims come first");
    }

    #[test]
    fn forgets_who_was_not_seen_for_long() {
        let known = KnownUsers::with_capacity(2);
        for user in 1..=5 {
            known.insert(&identity(user, None));
            assert!(known.contains(&identity(user, None)));
            assert!(user == 1 || known.contains(&identity(1, None)) || user > 2);
        }
        let kept = (1..=5).filter(|user| known.contains(&identity(*user, None))).count();
        assert!((2..=4).contains(&kept), "{kept}");
    }
}
