//! A bucket: so much at once after a rest, then so much a second. What others have taken may leave it in debt.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::meter::{Exceeded, Meter, Standing};

/// The deepest debt, in full buckets: a few instances that each let a whole burst in before they heard of each other.
const MAX_DEBT: u32 = 8;

/// So much a second, and so much at once. As text: `10/30`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    per_second: u32,
    burst: u32,
}

impl Quota {
    /// None if either is 0 or over a million.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Option<Self> {
        let is_sensible = |number| (1..=1_000_000).contains(&number);
        (is_sensible(per_second) && is_sensible(burst)).then_some(Self { per_second, burst })
    }

    /// How much a second.
    #[must_use]
    pub const fn per_second(self) -> u32 {
        self.per_second
    }

    /// How much at once.
    #[must_use]
    pub const fn burst(self) -> u32 {
        self.burst
    }

    fn one(self) -> Duration {
        Duration::from_secs(1) / self.per_second
    }

    fn full(self) -> Duration {
        self.one() * self.burst
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.per_second, self.burst)
    }
}

/// Why a text is no quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("so much a second and so much at once are needed, each from 1 to 1000000, such as 10/30")]
pub struct BadQuota;

impl FromStr for Quota {
    type Err = BadQuota;

    fn from_str(text: &str) -> Result<Self, BadQuota> {
        let (per_second, burst) = text.split_once('/').ok_or(BadQuota)?;
        let number = |text: &str| text.trim().parse().map_err(|_| BadQuota);
        Self::new(number(per_second)?, number(burst)?).ok_or(BadQuota)
    }
}

/// The bucket of one key: all that is kept is when it will be full again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    full_at: Instant,
}

impl Bucket {
    fn missing(&self, now: Instant) -> Duration {
        self.full_at.saturating_duration_since(now)
    }
}

impl Meter for Bucket {
    type Quota = Quota;

    fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    fn take(&mut self, quota: Quota, now: Instant) -> Result<Standing, Exceeded> {
        let missing = self.missing(now) + quota.one();
        if let Some(retry_after) = missing.checked_sub(quota.full()).filter(|wait| !wait.is_zero()) {
            return Err(Exceeded { limit: quota.burst, retry_after, reset: self.missing(now) });
        }
        self.full_at = now + missing;
        let left = quota.full().saturating_sub(missing).as_nanos() / quota.one().as_nanos().max(1);
        let remaining = u32::try_from(left).unwrap_or(quota.burst);
        Ok(Standing { limit: quota.burst, remaining, reset: missing })
    }

    fn count(&mut self, quota: Quota, taken: i32, now: Instant) {
        let change = quota.one() * taken.unsigned_abs().min(quota.burst.saturating_mul(MAX_DEBT));
        let missing = self.missing(now);
        let missing = if taken < 0 { missing.saturating_sub(change) } else { missing + change };
        self.full_at = now + missing.min(Self::memory(quota));
    }

    fn memory(quota: Quota) -> Duration {
        quota.full() * MAX_DEBT
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTA: Quota = Quota { per_second: 10, burst: 30 };

    fn take(bucket: &mut Bucket, now: Instant, tries: u32) -> u32 {
        (0..tries).map(|_| u32::from(bucket.take(QUOTA, now).is_ok())).sum()
    }

    #[test]
    fn burst_goes_at_once_and_then_so_much_a_second() {
        let begun = Instant::now();
        let mut bucket = Bucket::new(begun);
        assert_eq!(take(&mut bucket, begun, 100), 30);
        let refused = bucket.take(QUOTA, begun).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_millis(100));
        assert_eq!(take(&mut bucket, begun + Duration::from_millis(99), 1), 0);
        assert_eq!(take(&mut bucket, begun + Duration::from_millis(100), 100), 1);
        assert_eq!(take(&mut bucket, begun + Duration::from_millis(1100), 100), 10);
        assert_eq!(take(&mut bucket, begun + Duration::from_mins(1), 100), 30);
    }

    #[test]
    fn standing_says_what_is_left() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        let standing = bucket.take(QUOTA, now).unwrap();
        assert_eq!(standing, Standing { limit: 30, remaining: 29, reset: Duration::from_millis(100) });
        assert_eq!(take(&mut bucket, now, 28), 28);
        assert_eq!(bucket.take(QUOTA, now).unwrap().remaining, 0);
    }

    #[test]
    fn what_others_took_is_a_debt_that_ends() {
        let now = Instant::now();
        let mut bucket = Bucket::new(now);
        take(&mut bucket, now, 30);
        bucket.count(QUOTA, 30, now);
        assert_eq!(bucket.take(QUOTA, now).unwrap_err().retry_after, Duration::from_millis(3100));
        bucket.count(QUOTA, -1, now);
        assert_eq!(bucket.take(QUOTA, now).unwrap_err().retry_after, Duration::from_secs(3));
        bucket.count(QUOTA, i32::MAX, now);
        let wait = bucket.take(QUOTA, now).unwrap_err().retry_after;
        assert!(wait <= Bucket::memory(QUOTA), "{wait:?}");
        assert_eq!(take(&mut bucket, now + Bucket::memory(QUOTA), 100), 30);
        bucket.count(QUOTA, i32::MIN, now);
        assert_eq!(take(&mut bucket, now + Duration::from_mins(1), 100), 30);
    }

    #[test]
    fn quota_reads_as_it_is_written() {
        assert_eq!("10/30".parse(), Ok(QUOTA));
        assert_eq!(" 10 / 30 ".parse(), Ok(QUOTA));
        assert_eq!(QUOTA.to_string().parse(), Ok(QUOTA));
        for bad in ["", "10", "10/", "/30", "0/30", "10/0", "-1/3", "1.5/3", "10/30/5", "1000001/1"] {
            assert_eq!(bad.parse::<Quota>(), Err(BadQuota), "{bad}");
        }
    }

    proptest! {
        /// Whenever it is asked: never more than the burst and what has come in since, and never less if it is asked all
        /// the time.
        #[test]
        fn nobody_gets_more_than_the_quota(
            per_second in 1_u32..200, burst in 1_u32..100, steps in proptest::collection::vec(0_u64..200, 1..200),
        ) {
            let quota = Quota::new(per_second, burst).unwrap();
            let begun = Instant::now();
            let (mut bucket, mut now, mut taken) = (Bucket::new(begun), begun, 0_u32);
            for step in steps {
                now += Duration::from_millis(step);
                while bucket.take(quota, now).is_ok() {
                    taken += 1;
                }
                let due = f64::from(burst) + f64::from(per_second) * (now - begun).as_secs_f64();
                prop_assert!(f64::from(taken) <= due + 0.01, "{taken} of {due}");
            }
        }
    }
}
