//! Meters by key that many tasks share; or none, where limits are off.

use std::hash::Hash;
use std::time::Instant;

use parking_lot::Mutex;

use crate::keyed::Keyed;
use crate::meter::{Exceeded, Meter, Standing};

/// A limit of each key.
#[derive(Debug)]
pub struct Limiter<K, M: Meter>(Option<Mutex<Keyed<K, M>>>);

impl<K: Eq + Hash, M: Meter> Limiter<K, M> {
    /// For so many keys at the most.
    #[must_use]
    pub fn new(quota: M::Quota, max_keys: usize) -> Self {
        Self(Some(Mutex::new(Keyed::new(quota, max_keys))))
    }

    /// Everybody may take everything.
    #[must_use]
    pub const fn off() -> Self {
        Self(None)
    }

    /// Takes one, if it may be taken. No standing where limits are off.
    pub fn take(&self, key: K, now: Instant) -> Result<Option<Standing>, Exceeded> {
        self.0.as_ref().map(|keyed| keyed.lock().take(key, now)).transpose()
    }

    /// Counts what was taken elsewhere, or given back.
    pub fn count(&self, key: K, taken: i32, now: Instant) {
        if let Some(keyed) = &self.0 {
            keyed.lock().count(key, taken, now);
        }
    }
}
