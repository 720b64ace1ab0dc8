//! Places that are held for a while, so many for each key: sockets of a person, connections from an address.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// So many places for each key. Cheap to clone; clones share the places.
#[derive(Debug, Clone)]
pub struct Places<K> {
    max: usize,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// With so many for each key.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self { max, taken: Arc::default() }
    }

    /// As many as anybody wants.
    #[must_use]
    pub fn unbounded() -> Self {
        Self::new(usize::MAX)
    }

    /// A place, if there is one; it is free again when it is dropped.
    #[must_use]
    pub fn take(&self, key: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock();
        let count = taken.entry(key.clone()).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Place { key, taken: Arc::clone(&self.taken) })
    }
}

/// A place that is held.
pub struct Place<K: Eq + Hash> {
    key: K,
    taken: Arc<Mutex<HashMap<K, usize>>>,
}

impl<K: Eq + Hash> fmt::Debug for Place<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        if let Some(count) = taken.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_free_again_when_they_are_left() {
        let places = Places::new(2);
        let first = places.take(1).unwrap();
        let second = places.clone().take(1).unwrap();
        assert!(places.take(1).is_none());
        let other = places.take(2).unwrap();
        drop(first);
        let third = places.take(1).unwrap();
        assert!(places.take(1).is_none());
        drop((second, third, other));
        assert!(places.taken.lock().is_empty());
    }
}
