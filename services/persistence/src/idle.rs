//! How far partitions without commands may be moved. Pure.
//!
//! Where the stream ends is told by its leader; commands are read from any of its copies, which may not have them yet and then knows of
//! nothing to wait for. So only two positions are safe: what the reader has delivered, for it delivers in order, and an end that has
//! been known for so long that a copy without it would have been left behind.

use std::time::Duration;

use tokio::time::Instant;

/// How many looks at the end of the stream must lie between seeing it and moving there.
const SETTLED_AFTER: u32 = 10;

/// What a session has seen of the end.
#[derive(Debug)]
pub struct Idle {
    settling: Duration,
    seen: Option<(Instant, i64)>,
    settled: i64,
}

impl Idle {
    /// For looks at this distance.
    #[must_use]
    pub fn looking_every(interval: Duration) -> Self {
        Self { settling: interval * SETTLED_AFTER, seen: None, settled: 0 }
    }

    /// Everything up to here may be moved over: `delivered` was read, and, if the reader knows of nothing more, ends of long ago.
    pub fn reach(&mut self, now: Instant, head: i64, delivered: i64, is_caught_up: bool) -> i64 {
        let (since, seen) = *self.seen.get_or_insert((now, head));
        if now.duration_since(since) >= self.settling {
            self.settled = seen;
            self.seen = Some((now, head));
        }
        if is_caught_up { self.settled.max(delivered) } else { delivered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Duration = Duration::from_secs(5);

    #[test]
    fn end_that_was_just_told_is_not_moved_to() {
        let (mut idle, start) = (Idle::looking_every(LOOK), Instant::now());
        assert_eq!(idle.reach(start, 100, 0, true), 0);
        assert_eq!(idle.reach(start + LOOK, 120, 90, true), 90);
    }

    #[test]
    fn end_of_long_ago_is_moved_to_unless_the_reader_is_behind() {
        let (mut idle, start) = (Idle::looking_every(LOOK), Instant::now());
        idle.reach(start, 100, 0, true);
        let later = start + LOOK * SETTLED_AFTER;
        assert_eq!(idle.reach(later, 500, 7, true), 100);
        assert_eq!(idle.reach(later + LOOK, 600, 7, false), 7);
        assert_eq!(idle.reach(later + LOOK * SETTLED_AFTER, 700, 7, true), 500);
    }
}
