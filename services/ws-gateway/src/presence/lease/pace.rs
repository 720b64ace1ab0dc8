//! When the whole lease is published, and when it is renewed. No clock of its own.

use std::time::{Duration, Instant};

/// Wishes for the full set that come within this time are met together.
const FULL_SET_GAP: Duration = Duration::from_secs(1);

/// The pace of one lease.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    is_full_set_wanted: bool,
    full_set_at: Option<Instant>,
    renewed_at: Option<Instant>,
}

impl Pace {
    /// That of a gateway which starts: the full set comes first.
    pub(super) const fn new(interval: Duration) -> Self {
        Self { interval, is_full_set_wanted: true, full_set_at: None, renewed_at: None }
    }

    /// Somebody may have missed something.
    pub(super) fn want_full_set(&mut self) {
        self.is_full_set_wanted = true;
    }

    /// Whether the full set is to be published now; it then is.
    pub(super) fn is_full_set_due(&mut self, now: Instant) -> bool {
        let has_passed = self.full_set_at.is_none_or(|at| now.saturating_duration_since(at) >= FULL_SET_GAP);
        let is_due = self.is_full_set_wanted && has_passed;
        if is_due {
            (self.is_full_set_wanted, self.full_set_at) = (false, Some(now));
        }
        is_due
    }

    /// Whether the lease is to be renewed now; it then is.
    pub(super) fn is_renewal_due(&mut self, now: Instant) -> bool {
        let is_due = self.renewed_at.is_none_or(|at| now.saturating_duration_since(at) >= self.interval);
        if is_due {
            self.renewed_at = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_set_comes_first_and_then_as_wanted_once_a_second() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::new(Duration::from_secs(5));
        assert!(pace.is_full_set_due(at(0)));
        assert!(!pace.is_full_set_due(at(5000)), "nobody wants it");
        pace.want_full_set();
        assert!(pace.is_full_set_due(at(5100)));
        pace.want_full_set();
        pace.want_full_set();
        let due: Vec<u64> = (5100..9000).step_by(100).filter(|millis| pace.is_full_set_due(at(*millis))).collect();
        assert_eq!(due, [6100]);
    }

    #[test]
    fn lease_is_renewed_at_its_interval() {
        let start = Instant::now();
        let mut pace = Pace::new(Duration::from_secs(5));
        let at = |millis| start + Duration::from_millis(millis);
        let due: Vec<u64> = (0..16_000).step_by(100).filter(|millis| pace.is_renewal_due(at(*millis))).collect();
        assert_eq!(due, [0, 5000, 10_000, 15_000]);
    }
}
