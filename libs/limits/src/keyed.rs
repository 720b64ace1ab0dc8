//! One meter for each key, of a bounded number of keys: whoever was not heard of for longest is forgotten first.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

use crate::meter::{Exceeded, Meter, Standing};

/// Meters by key, in two generations: a meter that is used moves to the young one; when that is half of all that may be
/// kept, or as old as a meter's memory, it becomes the old one, and what nobody used meanwhile is forgotten.
#[derive(Debug)]
pub struct Keyed<K, M: Meter> {
    quota: M::Quota,
    max_keys: usize,
    young: HashMap<K, M>,
    old: HashMap<K, M>,
    turned_at: Option<Instant>,
}

impl<K: Eq + Hash, M: Meter> Keyed<K, M> {
    /// For so many keys at the most.
    #[must_use]
    pub fn new(quota: M::Quota, max_keys: usize) -> Self {
        Self { quota, max_keys, young: HashMap::new(), old: HashMap::new(), turned_at: None }
    }

    /// Takes one, if it may be taken.
    pub fn take(&mut self, key: K, now: Instant) -> Result<Standing, Exceeded> {
        let quota = self.quota;
        self.meter(key, now).take(quota, now)
    }

    /// Counts what was taken elsewhere, or given back.
    pub fn count(&mut self, key: K, taken: i32, now: Instant) {
        let quota = self.quota;
        self.meter(key, now).count(quota, taken, now);
    }

    /// How many keys are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn meter(&mut self, key: K, now: Instant) -> &mut M {
        let known = self.old.remove(&key);
        let is_grown = self.young.len() >= (self.max_keys / 2).max(1) && !self.young.contains_key(&key);
        let since_turn = now.saturating_duration_since(*self.turned_at.get_or_insert(now));
        if is_grown || since_turn > M::memory(self.quota).max(Duration::from_secs(1)) {
            self.old = std::mem::take(&mut self.young);
            self.turned_at = Some(now);
        }
        let known = known.or_else(|| self.old.remove(&key));
        self.young.entry(key).or_insert_with(|| known.unwrap_or_else(|| M::new(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bucket::{Bucket, Quota};

    fn keyed(max_keys: usize) -> (Keyed<u32, Bucket>, Instant) {
        (Keyed::new(Quota::new(1, 2).unwrap(), max_keys), Instant::now())
    }

    #[test]
    fn each_key_has_its_own() {
        let (mut keyed, now) = keyed(10);
        for key in [1, 2] {
            let taken: Vec<_> = (0..3).map(|_| keyed.take(key, now).is_ok()).collect();
            assert_eq!(taken, [true, true, false]);
        }
        assert_eq!(keyed.len(), 2);
    }

    #[test]
    fn keys_are_bounded_and_who_goes_on_is_not_forgotten() {
        let (mut keyed, now) = keyed(100);
        for other in 0..10_000 {
            keyed.take(100_000 + other, now).unwrap();
            let taken = keyed.take(7, now);
            assert_eq!(taken.is_ok(), other < 2, "{other}");
            assert!(keyed.len() <= 100, "{}", keyed.len());
        }
    }

    #[test]
    fn keys_that_rest_are_forgotten() {
        let (mut keyed, mut now) = keyed(1000);
        for key in 0..100 {
            keyed.take(key, now).unwrap();
        }
        for _ in 0..3 {
            now += Bucket::memory(Quota::new(1, 2).unwrap()) + Duration::from_millis(1);
            keyed.take(1000, now).unwrap();
        }
        assert_eq!(keyed.len(), 1);
    }

    #[test]
    fn turning_over_forgives_nothing() {
        let (mut keyed, now) = keyed(1000);
        keyed.count(1, 16, now);
        let later = now + Duration::from_secs(13);
        keyed.take(2, later).unwrap();
        assert!(keyed.take(1, later).is_err());
        let still_later = now + Duration::from_millis(14_900);
        keyed.take(2, still_later).unwrap();
        assert!(keyed.take(1, still_later).is_err());
    }
}
