//! The last of what was told at once and stands in no log, for readers that are but a number. Pure.

use std::collections::VecDeque;

/// The last items, each with its number: 1, 2, 3, …
#[derive(Debug)]
pub struct Backlog<T> {
    items: VecDeque<T>,
    /// The number of the newest item.
    newest: u64,
    capacity: usize,
}

/// The reader wants what is no longer here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken;

impl<T: Clone> Backlog<T> {
    /// Nothing yet; never more than `capacity` items.
    #[must_use]
    pub const fn new(capacity: usize) -> Self {
        Self { items: VecDeque::new(), newest: 0, capacity }
    }

    /// Where a reader begins that wants only what comes from now on.
    #[must_use]
    pub const fn newest(&self) -> u64 {
        self.newest
    }

    /// Takes one more item in.
    pub fn push(&mut self, item: T) {
        self.items.push_back(item);
        self.newest += 1;
        while self.items.len() > self.capacity {
            self.items.pop_front();
        }
    }

    /// Everything after a number.
    pub fn read_after(&self, number: u64) -> Result<Vec<T>, Overtaken> {
        let missing = usize::try_from(self.newest.saturating_sub(number)).map_err(|_| Overtaken)?;
        let skip = self.items.len().checked_sub(missing).ok_or(Overtaken)?;
        Ok(self.items.iter().skip(skip).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reader_gets_what_it_has_not_read_or_learns_that_it_is_gone() {
        let mut backlog = Backlog::new(3);
        assert_eq!(backlog.read_after(0), Ok(vec![]));
        for item in 1..=3 {
            backlog.push(item);
        }
        assert_eq!(backlog.read_after(0), Ok(vec![1, 2, 3]));
        assert_eq!(backlog.read_after(backlog.newest()), Ok(vec![]));
        backlog.push(4);
        assert_eq!(backlog.read_after(0), Err(Overtaken));
        assert_eq!(backlog.read_after(1), Ok(vec![2, 3, 4]));
    }
}
