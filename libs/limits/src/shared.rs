//! A limit that several instances keep together: each has its own meters and tells the others what was taken.

use std::time::Instant;

use parking_lot::Mutex;

use crate::bucket::{Bucket, Quota};
use crate::limiter::Limiter;
use crate::meter::{Exceeded, Meter, Standing};
use crate::tally::{Pace, Tally};
use crate::window::{Allowance, Window};

/// Keys of one limit that an instance keeps: 100 bytes each, or so.
const MAX_KEYS: usize = 100_000;

/// A limit of each key, over all instances.
#[derive(Debug)]
pub struct SharedLimiter<M: Meter> {
    class: &'static str,
    limiter: Limiter<u64, M>,
    tally: Mutex<Tally>,
}

/// What is told of a limit, and heard.
pub trait Telling: Send + Sync {
    /// The name of the limit, the same on all instances.
    fn class(&self) -> &'static str;

    /// What was taken here and is to be told, of so many keys at the most.
    fn take_due(&self, now: Instant, max: usize) -> Vec<(u64, i32)>;

    /// What was taken elsewhere.
    fn hear(&self, taken: &[(u64, i32)], now: Instant);
}

impl SharedLimiter<Bucket> {
    /// Told of are those who take more than half of what they may.
    #[must_use]
    pub fn of_rate(class: &'static str, quota: Quota) -> Self {
        let (per_second, burst) = (f64::from(quota.per_second()), f64::from(quota.burst()));
        let pace = Pace { per_second: per_second / 2.0, at_once: (burst / 10.0).max(1.0) };
        Self { class, limiter: Limiter::new(quota, MAX_KEYS), tally: Mutex::new(Tally::above(pace)) }
    }
}

impl SharedLimiter<Window> {
    /// Everything is told.
    #[must_use]
    pub fn of_window(class: &'static str, allowance: Allowance) -> Self {
        Self { class, limiter: Limiter::new(allowance, MAX_KEYS), tally: Mutex::new(Tally::of_all()) }
    }
}

impl<M: Meter> SharedLimiter<M> {
    /// Everybody may take everything, and nothing is told.
    #[must_use]
    pub fn off(class: &'static str) -> Self {
        Self { class, limiter: Limiter::off(), tally: Mutex::new(Tally::of_all()) }
    }

    /// Takes one, if it may be taken. No standing where limits are off.
    pub fn take(&self, key: u64, now: Instant) -> Result<Option<Standing>, Exceeded> {
        let standing = self.limiter.take(key, now)?;
        if standing.is_some() {
            self.tally.lock().note(key, 1, now);
        }
        Ok(standing)
    }

    /// Gives one back that was taken here.
    pub fn give_back(&self, key: u64, now: Instant) {
        self.limiter.count(key, -1, now);
        self.tally.lock().note(key, -1, now);
    }
}

impl<M: Meter + Send> Telling for SharedLimiter<M>
where
    M::Quota: Send + Sync,
{
    fn class(&self) -> &'static str {
        self.class
    }

    fn take_due(&self, now: Instant, max: usize) -> Vec<(u64, i32)> {
        self.tally.lock().take_due(now, max)
    }

    fn hear(&self, taken: &[(u64, i32)], now: Instant) {
        for (key, count) in taken {
            self.limiter.count(*key, *count, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How much a user gets who asks each of these instances so often, for so long; they tell each other each 100 ms.
    fn accepted(instances: usize, asked_a_second: u32, seconds: u32) -> u32 {
        let quota = Quota::new(10, 30).unwrap();
        let limits: Vec<_> = (0..instances).map(|_| SharedLimiter::of_rate("send", quota)).collect();
        let (begun, step) = (Instant::now(), Duration::from_secs(1) / asked_a_second);
        let (mut accepted, mut told_at) = (0, begun);
        for tick in 0..asked_a_second * seconds {
            let now = begun + step * tick;
            accepted += limits.iter().map(|limit| u32::from(limit.take(7, now).is_ok())).sum::<u32>();
            if now - told_at >= Duration::from_millis(100) {
                told_at = now;
                let told: Vec<_> = limits.iter().map(|limit| limit.take_due(now, 100)).collect();
                for (teller, told) in told.iter().enumerate() {
                    let others = limits.iter().enumerate().filter(|(hearer, _)| *hearer != teller);
                    others.for_each(|(_, limit)| limit.hear(told, now));
                }
            }
        }
        accepted
    }

    #[test]
    fn user_on_several_instances_gets_one_share() {
        for (instances, asked, seconds) in [(2, 20, 4), (2, 50, 2), (2, 200, 5), (3, 50, 3), (3, 1000, 6), (2, 7, 10)] {
            let share = f64::from(30 + 10 * seconds).min(f64::from(asked * seconds * instances));
            let got = f64::from(accepted(instances as usize, asked, seconds));
            assert!(
                (share * 0.8..=share * 1.2).contains(&got),
                "{instances} × {asked}/s, {seconds} s: {got} of {share}"
            );
        }
    }

    #[test]
    fn what_is_off_tells_nothing() {
        let (off, now) = (SharedLimiter::<Bucket>::off("send"), Instant::now());
        for _ in 0..1000 {
            assert_eq!(off.take(1, now), Ok(None));
        }
        assert_eq!(off.take_due(now, 10), []);
    }
}
