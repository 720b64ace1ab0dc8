//! Time as a parameter: services ask a [`Clock`], tests turn a [`ManualClock`].

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

/// Where a service gets the time of day from.
pub trait Clock: Send + Sync {
    /// The present moment in UTC.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that moves only when told to; clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Moves the clock to `now`, also backwards.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock() = now;
    }

    /// Moves the clock by `step`.
    pub fn advance(&self, step: TimeDelta) {
        *self.0.lock() += step;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_clock_moves_only_when_told() {
        let start = DateTime::UNIX_EPOCH;
        let clock = ManualClock::new(start);
        let twin = clock.clone();
        assert_eq!(twin.now(), start);
        clock.advance(TimeDelta::seconds(5));
        assert_eq!(twin.now(), start + TimeDelta::seconds(5));
        clock.set(start);
        assert_eq!(twin.now(), start);
    }
}
