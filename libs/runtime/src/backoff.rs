//! How long to wait before the next try: exponential with full jitter, so that many that failed together do not
//! come back together.

use std::time::Duration;

use rand::Rng as _;

/// Exponential backoff with full jitter: the n-th delay is drawn evenly from zero to `min(max, base · 2ⁿ)`.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    max: Duration,
    failures: u32,
}

impl Backoff {
    /// A backoff whose first delay is at most `base` and whose longest is `max`.
    #[must_use]
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max, failures: 0 }
    }

    /// Draws the delay before the next try and doubles the bound of the one after it.
    pub fn next_delay(&mut self) -> Duration {
        let bound = self.bound();
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(rand::rng().random_range(0.0..=1.0))
    }

    /// Starts from `base` again, after a success.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    fn bound(&self) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures);
        self.base.saturating_mul(factor).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(2);

    #[test]
    fn bound_doubles_up_to_the_maximum() {
        let mut backoff = Backoff::new(BASE, MAX);
        for expected_ms in [100, 200, 400, 800, 1600, 2000, 2000] {
            assert_eq!(backoff.bound(), Duration::from_millis(expected_ms));
            assert!(backoff.next_delay() <= Duration::from_millis(expected_ms));
        }
    }

    #[test]
    fn reset_starts_from_the_base() {
        let mut backoff = Backoff::new(BASE, MAX);
        for _ in 0..10 {
            backoff.next_delay();
        }
        backoff.reset();
        assert_eq!(backoff.bound(), BASE);
    }

    #[test]
    fn never_overflows() {
        let mut backoff = Backoff::new(Duration::MAX, Duration::MAX);
        backoff.failures = u32::MAX;
        assert_eq!(backoff.bound(), Duration::MAX);
        backoff.base = BASE;
        backoff.max = MAX;
        assert!(backoff.next_delay() <= MAX);
        assert_eq!(backoff.failures, u32::MAX);
    }
}
