//! How far a device has read a conversation: up to where without a hole, and what it has beyond.

use std::collections::BTreeSet;

/// What a device has of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    whole: i64,
    beyond: BTreeSet<i64>,
}

impl Position {
    /// Everything up to here, and no more.
    #[must_use]
    pub fn up_to(seq: i64) -> Self {
        Self { whole: seq, beyond: BTreeSet::new() }
    }

    /// Everything up to here is there.
    #[must_use]
    pub fn whole(&self) -> i64 {
        self.whole
    }

    /// One more.
    pub fn add(&mut self, seq: i64) {
        if seq > self.whole {
            self.beyond.insert(seq);
        }
        while self.beyond.remove(&(self.whole + 1)) {
            self.whole += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_early_counts_when_the_hole_is_filled() {
        let mut position = Position::up_to(5);
        position.add(7);
        position.add(8);
        position.add(3);
        assert_eq!(position.whole(), 5);
        position.add(6);
        assert_eq!(position, Position::up_to(8));
    }
}
