//! A window: so many in any stretch of so long, exactly. For what is rare and must not come in a rush, such as failed
//! log-ins.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::meter::{Exceeded, Meter, Standing};

/// So many in any stretch of so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many.
    pub count: u32,
    /// In how long.
    pub per: Duration,
}

impl Allowance {
    /// So many a minute.
    #[must_use]
    pub const fn a_minute(count: u32) -> Self {
        Self { count, per: Duration::from_mins(1) }
    }

    /// So many an hour.
    #[must_use]
    pub const fn an_hour(count: u32) -> Self {
        Self { count, per: Duration::from_hours(1) }
    }
}

/// The window of one key: when each was taken, as many as there may be.
#[derive(Debug, Clone, Default)]
pub struct Window {
    taken: VecDeque<Instant>,
}

impl Window {
    fn forget(&mut self, quota: Allowance, now: Instant) {
        while self.taken.front().is_some_and(|taken| now.saturating_duration_since(*taken) >= quota.per) {
            self.taken.pop_front();
        }
    }
}

fn left(since: Option<&Instant>, quota: Allowance, now: Instant) -> Duration {
    since.map_or(Duration::ZERO, |since| quota.per.saturating_sub(now.saturating_duration_since(*since)))
}

impl Meter for Window {
    type Quota = Allowance;

    fn new(_now: Instant) -> Self {
        Self::default()
    }

    fn take(&mut self, quota: Allowance, now: Instant) -> Result<Standing, Exceeded> {
        self.forget(quota, now);
        let (limit, taken) = (quota.count, u32::try_from(self.taken.len()).unwrap_or(u32::MAX));
        if taken >= limit {
            let retry_after = left(self.taken.front(), quota, now);
            return Err(Exceeded { limit, retry_after, reset: left(self.taken.back(), quota, now) });
        }
        self.taken.push_back(now);
        Ok(Standing { limit, remaining: limit - taken - 1, reset: quota.per })
    }

    fn count(&mut self, quota: Allowance, taken: i32, now: Instant) {
        if taken < 0 {
            let kept = self.taken.len().saturating_sub(taken.unsigned_abs() as usize);
            self.taken.truncate(kept);
            return;
        }
        for _ in 0..taken.unsigned_abs().min(quota.count) {
            self.taken.push_back(now);
        }
        while self.taken.len() > quota.count as usize {
            self.taken.pop_front();
        }
    }

    fn memory(quota: Allowance) -> Duration {
        quota.per
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIVE: Allowance = Allowance::a_minute(5);

    fn take(window: &mut Window, now: Instant, tries: u32) -> u32 {
        (0..tries).map(|_| u32::from(window.take(FIVE, now).is_ok())).sum()
    }

    #[test]
    fn so_many_a_minute_and_no_more() {
        let begun = Instant::now();
        let mut window = Window::new(begun);
        assert_eq!(take(&mut window, begun, 4), 4);
        let later = begun + Duration::from_secs(30);
        assert_eq!(take(&mut window, later, 3), 1);
        assert_eq!(window.take(FIVE, later).unwrap_err().retry_after, Duration::from_secs(30));
        assert_eq!(take(&mut window, begun + Duration::from_mins(1), 9), 4);
        assert_eq!(take(&mut window, begun + Duration::from_secs(89), 9), 0);
        assert_eq!(take(&mut window, begun + Duration::from_secs(90), 9), 1);
        assert_eq!(window.take(FIVE, begun + Duration::from_mins(5)).unwrap().remaining, 4);
    }

    #[test]
    fn what_was_given_back_or_taken_elsewhere_counts() {
        let now = Instant::now();
        let mut window = Window::new(now);
        assert_eq!(take(&mut window, now, 5), 5);
        window.count(FIVE, -2, now);
        assert_eq!(take(&mut window, now, 5), 2);
        window.count(FIVE, i32::MIN, now);
        window.count(FIVE, i32::MAX, now);
        assert_eq!(take(&mut window, now + Duration::from_secs(59), 1), 0);
        assert_eq!(take(&mut window, now + Duration::from_mins(1), 9), 5);
    }

    proptest! {
        #[test]
        fn no_minute_has_more(steps in proptest::collection::vec(0_u64..40, 1..100)) {
            let begun = Instant::now();
            let (mut window, mut now, mut taken) = (Window::new(begun), begun, Vec::new());
            for step in steps {
                now += Duration::from_secs(step);
                taken.extend(window.take(FIVE, now).is_ok().then_some(now));
            }
            for from in &taken {
                let within = taken.iter().filter(|at| *at >= from && **at - *from < FIVE.per).count();
                prop_assert!(within <= 5);
            }
        }
    }
}
