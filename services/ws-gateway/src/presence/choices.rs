//! The choices that were heard lately, of people who hold no socket here: an authorization that is under way may have
//! been read before them.

use std::collections::HashMap;
use std::mem;
use std::time::{Duration, Instant};

use chat_protocol::ids::UserId;
use chat_protocol::presence::Choice;

/// For how long a choice is remembered at the least; longer than an authorization may take.
const KEPT: Duration = Duration::from_secs(30);
/// How many choices a generation holds; there are two.
const CAPACITY: usize = 10_000;

/// Choices heard lately. When the young generation is full or old, the one before it is forgotten.
#[derive(Debug)]
pub(super) struct RecentChoices {
    young: HashMap<UserId, Choice>,
    old: HashMap<UserId, Choice>,
    since: Instant,
}

impl RecentChoices {
    pub(super) fn new(now: Instant) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), since: now }
    }

    /// Remembers a choice.
    pub(super) fn note(&mut self, choice: Choice, now: Instant) {
        let is_old = now.saturating_duration_since(self.since) >= KEPT;
        if is_old || (self.young.len() >= CAPACITY && !self.young.contains_key(&choice.user_id)) {
            self.old = mem::take(&mut self.young);
            self.since = now;
        }
        let known = self.young.entry(choice.user_id).or_insert(choice);
        if choice.version > known.version {
            *known = choice;
        }
    }

    /// The newest choice of the person that is remembered.
    pub(super) fn of(&self, user_id: UserId) -> Option<Choice> {
        let known = [&self.young, &self.old].into_iter().filter_map(|generation| generation.get(&user_id));
        known.max_by_key(|choice| choice.version).copied()
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::presence::ChosenStatus;

    use super::*;

    fn choice(id: i64, version: i64) -> Choice {
        Choice { user_id: UserId::new(id).unwrap(), status: ChosenStatus::Away, version }
    }

    fn version(choices: &RecentChoices, id: i64) -> Option<i64> {
        choices.of(UserId::new(id).unwrap()).map(|choice| choice.version)
    }

    #[test]
    fn newest_choice_is_remembered_for_a_while() {
        let start = Instant::now();
        let mut choices = RecentChoices::new(start);
        choices.note(choice(1, 5), start);
        choices.note(choice(1, 4), start);
        assert_eq!((version(&choices, 1), version(&choices, 2)), (Some(5), None));
        choices.note(choice(1, 3), start + KEPT);
        assert_eq!(version(&choices, 1), Some(5), "also over a change of generations");
        choices.note(choice(2, 1), start + 2 * KEPT);
        choices.note(choice(2, 2), start + 3 * KEPT);
        assert_eq!((version(&choices, 1), version(&choices, 2)), (None, Some(2)));
    }

    #[test]
    fn memory_is_bounded() {
        let start = Instant::now();
        let mut choices = RecentChoices::new(start);
        for id in 1..=i64::try_from(3 * CAPACITY).unwrap() {
            choices.note(choice(id, 1), start);
        }
        assert!(choices.young.len() <= CAPACITY && choices.old.len() <= CAPACITY);
        assert_eq!(version(&choices, i64::try_from(3 * CAPACITY).unwrap()), Some(1));
    }
}
