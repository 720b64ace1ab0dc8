//! How many attachments are on their way at a time: in all, so that memory is bounded, and for each person, so that nobody
//! takes all places. Pure.

use std::collections::HashMap;
use std::sync::Arc;

use chat_protocol::ids::UserId;
use parking_lot::Mutex;

/// The most that one person may have on their way.
const MAX_PER_PERSON: usize = 16;

/// The places. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Places {
    max: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_person: HashMap<UserId, usize>,
}

/// A place that is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    person: UserId,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub(super) fn new(max: usize) -> Self {
        Self { max, taken: Arc::default() }
    }

    /// A place for this person, if there is one.
    pub(super) fn take(&self, person: UserId) -> Option<Place> {
        let mut taken = self.taken.lock();
        let of_person = taken.by_person.get(&person).copied().unwrap_or_default();
        if taken.all >= self.max || of_person >= MAX_PER_PERSON {
            return None;
        }
        taken.all += 1;
        taken.by_person.insert(person, of_person + 1);
        Some(Place { person, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        taken.all -= 1;
        if let Some(count) = taken.by_person.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                taken.by_person.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    #[test]
    fn nobody_takes_all_places() {
        let places = Places::new(100);
        let mine: Vec<_> = std::iter::from_fn(|| places.take(person(1))).collect();
        assert_eq!(mine.len(), MAX_PER_PERSON);
        assert!(places.take(person(2)).is_some());
        drop(mine);
        assert!(places.take(person(1)).is_some());
        assert!(places.taken.lock().by_person.is_empty(), "whoever has none is forgotten");
    }

    #[test]
    fn places_are_bounded_in_all() {
        let places = Places::new(3);
        let taken: Vec<_> = (1..=5).filter_map(|id| places.take(person(id))).collect();
        assert_eq!(taken.len(), 3);
        drop(taken);
        assert!(places.take(person(9)).is_some());
    }
}
