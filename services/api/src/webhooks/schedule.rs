//! When a delivery is tried again. Pure but for the jitter.

use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng as _;

/// The longest that a receiver may put it off.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24);
/// By how much delays are drawn shorter or longer.
const JITTER: std::ops::RangeInclusive<f64> = 0.9..=1.1;

/// How long after the n-th failed attempt (counted from 1) the next one comes; none after the last. What the receiver asked for makes it
/// longer, never shorter.
pub(crate) fn delay(schedule: &[Duration], attempt: i16, retry_after: Option<Duration>) -> Option<Duration> {
    let planned = *schedule.get(usize::try_from(attempt).ok()?.checked_sub(1)?)?;
    let drawn = planned.mul_f64(rand::rng().random_range(JITTER));
    let delay = drawn.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER));
    // Postgres knows no nanoseconds.
    Some(Duration::from_millis(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)))
}

/// What `Retry-After` says: seconds, or a date.
pub(crate) fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    (date.to_utc() - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: [Duration; 3] = [Duration::from_secs(5), Duration::from_mins(5), Duration::from_hours(1)];

    #[test]
    fn each_attempt_has_its_delay_and_the_last_none() {
        for (attempt, planned) in (1..).zip(SCHEDULE) {
            for _ in 0..100 {
                let drawn = delay(&SCHEDULE, attempt, None).unwrap();
                assert_eq!(drawn.subsec_nanos() % 1000, 0, "Postgres knows no nanoseconds");
                assert!(planned.mul_f64(0.9) <= drawn && drawn <= planned.mul_f64(1.1), "{drawn:?}");
            }
        }
        assert_eq!(delay(&SCHEDULE, 4, Some(Duration::from_secs(1))), None);
        assert_eq!(delay(&SCHEDULE, 0, None), None);
    }

    #[test]
    fn receivers_put_it_off_for_a_day_at_the_most() {
        let asked = |secs| delay(&SCHEDULE, 1, Some(Duration::from_secs(secs))).unwrap();
        assert!(asked(1) >= Duration::from_millis(4500), "never sooner");
        assert_eq!(asked(60), Duration::from_mins(1));
        assert_eq!(asked(u64::MAX), Duration::from_hours(24));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-11-23T09:30:00Z").unwrap().to_utc();
        assert_eq!(retry_after(" 120 ", now), Some(Duration::from_mins(2)));
        assert_eq!(retry_after("Mon, 23 Nov 2026 09:31:00 GMT", now), Some(Duration::from_mins(1)));
        for bad in ["", "-1", "soon", "Mon, 23 Nov 2026 09:29:00 GMT"] {
            assert_eq!(retry_after(bad, now), None, "{bad}");
        }
    }
}
