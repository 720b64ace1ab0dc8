//! Whose claims the database has already: saves one statement on each request. Bounded, and a miss costs no more than
//! that statement.

use std::collections::HashMap;

use chat_protocol::ids::UserId;
use chat_protocol::rpc::Identity;
use chat_protocol::time::Timestamp;
use parking_lot::Mutex;

/// How many people a generation holds; there are two.
const CAPACITY: usize = 50_000;

/// When the newest token was made whose claims the database has; none for tokens that do not say.
type TakenFrom = Option<Timestamp>;

/// People seen lately. When the young generation is full it becomes the old one, and the old one is forgotten.
#[derive(Debug)]
pub(crate) struct KnownUsers {
    generations: Mutex<Generations>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<UserId, TakenFrom>,
    old: HashMap<UserId, TakenFrom>,
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
        let Some(taken_from) = generations.find(identity.user_id, self.capacity) else { return false };
        taken_from >= identity.issued_at
    }

    /// Notes that the database has the claims of this token.
    pub(crate) fn insert(&self, identity: &Identity) {
        let mut generations = self.generations.lock();
        let before = generations.find(identity.user_id, self.capacity).flatten();
        generations.put(identity.user_id, before.max(identity.issued_at), self.capacity);
    }
}

impl Generations {
    /// Finds somebody, and keeps who was found in the young generation.
    fn find(&mut self, user: UserId, capacity: usize) -> Option<TakenFrom> {
        if let Some(taken_from) = self.young.get(&user) {
            return Some(*taken_from);
        }
        let taken_from = self.old.remove(&user)?;
        self.put(user, taken_from, capacity);
        Some(taken_from)
    }

    fn put(&mut self, user: UserId, taken_from: TakenFrom, capacity: usize) {
        if self.young.len() >= capacity && !self.young.contains_key(&user) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(user, taken_from);
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
