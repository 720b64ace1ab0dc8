//! What was taken here and has to be told to others: of everybody, or only of those who take fast.

use std::collections::HashMap;
use std::time::Instant;

/// Keys about which there may be something to tell; beyond that new ones are not told.
const MAX_KEYS: usize = 50_000;

/// What was taken here since it was last told.
#[derive(Debug)]
pub struct Tally {
    /// Who takes no more than so much a second is not told about, nor a few at once.
    ignored: Option<Pace>,
    untold: HashMap<u64, Untold>,
}

/// A pace that is nobody else's affair.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// So much a second.
    pub per_second: f64,
    /// And so much at once.
    pub at_once: f64,
}

#[derive(Debug)]
struct Untold {
    count: i32,
    /// How much was taken beyond the pace, lately.
    heat: f64,
    at: Instant,
}

impl Tally {
    /// Tells of those who take faster than this.
    #[must_use]
    pub fn above(pace: Pace) -> Self {
        Self { ignored: Some(pace), untold: HashMap::new() }
    }

    /// Tells everything.
    #[must_use]
    pub fn of_all() -> Self {
        Self { ignored: None, untold: HashMap::new() }
    }

    /// Something was taken here, or given back.
    pub fn note(&mut self, key: u64, count: i32, now: Instant) {
        if self.untold.len() >= MAX_KEYS && !self.untold.contains_key(&key) {
            return;
        }
        let pace = self.ignored;
        let untold = self.untold.entry(key).or_insert(Untold { count: 0, heat: 0.0, at: now });
        untold.cool(pace, now);
        untold.count = untold.count.saturating_add(count);
        untold.heat += f64::from(count.max(0));
    }

    /// What is to be told now, of so many keys at the most; the others' turn comes later.
    pub fn take_due(&mut self, now: Instant, max: usize) -> Vec<(u64, i32)> {
        let pace = self.ignored;
        let mut due = Vec::new();
        self.untold.retain(|key, untold| {
            untold.cool(pace, now);
            let is_hot = pace.is_none_or(|pace| untold.heat >= pace.at_once);
            if is_hot && untold.count != 0 && due.len() < max {
                due.push((*key, std::mem::take(&mut untold.count)));
            }
            untold.heat > 0.0 || (pace.is_none() && untold.count != 0)
        });
        due
    }
}

impl Untold {
    fn cool(&mut self, pace: Option<Pace>, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.heat = pace.map_or(0.0, |pace| (self.heat - passed * pace.per_second).max(0.0));
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HALF: Pace = Pace { per_second: 5.0, at_once: 3.0 };

    /// How much of what was taken each `step` for a while is told.
    fn told_of(step: Duration) -> (i32, i32) {
        let (mut tally, mut now) = (Tally::above(HALF), Instant::now());
        let (mut taken, mut told) = (0, 0);
        for _ in 0..200 {
            now += step;
            tally.note(7, 1, now);
            taken += 1;
            told += tally.take_due(now, 10).iter().map(|(_, count)| count).sum::<i32>();
        }
        (taken, told)
    }

    #[test]
    fn only_who_takes_fast_is_told_about_and_then_everything() {
        assert_eq!(told_of(Duration::from_millis(210)).1, 0);
        let (taken, told) = told_of(Duration::from_millis(150));
        assert_eq!(taken, told);
    }

    #[test]
    fn burst_is_told_at_once_and_forgotten_after_a_while() {
        let (mut tally, now) = (Tally::above(HALF), Instant::now());
        tally.note(7, 30, now);
        assert_eq!(tally.take_due(now, 10), [(7, 30)]);
        assert_eq!(tally.take_due(now, 10), []);
        tally.take_due(now + Duration::from_secs(7), 10);
        assert!(tally.untold.is_empty());
    }

    #[test]
    fn what_finds_no_room_comes_later() {
        let (mut tally, now) = (Tally::of_all(), Instant::now());
        for key in 0..25 {
            tally.note(key, 1, now);
        }
        let told: Vec<_> = (0..4).map(|_| tally.take_due(now, 10).len()).collect();
        assert_eq!(told, [10, 10, 5, 0]);
        assert!(tally.untold.is_empty());
    }

    #[test]
    fn what_was_given_back_in_time_is_never_told() {
        let (mut tally, now) = (Tally::of_all(), Instant::now());
        tally.note(1, 1, now);
        tally.note(1, -1, now);
        assert_eq!(tally.take_due(now, 10), []);
        tally.note(1, -1, now);
        assert_eq!(tally.take_due(now, 10), [(1, -1)]);
    }
}
