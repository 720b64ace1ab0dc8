//! What all meters can do, and what they answer.

use std::time::{Duration, Instant};

/// How somebody stands after something was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// How much there may be at the most.
    pub limit: u32,
    /// How much may be taken at once now.
    pub remaining: u32,
    /// When all of it may be taken again.
    pub reset: Duration,
}

/// Too much, too fast: nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much, too fast: {} ms", retry_after.as_millis())]
pub struct Exceeded {
    /// How much there may be at the most.
    pub limit: u32,
    /// When the next one may be taken.
    pub retry_after: Duration,
    /// When all of it may be taken again.
    pub reset: Duration,
}

/// Counts what one key takes.
pub trait Meter {
    /// How much that may be.
    type Quota: Copy + std::fmt::Debug;

    /// Of a key that has taken nothing.
    fn new(now: Instant) -> Self;

    /// Takes one, if it may be taken.
    fn take(&mut self, quota: Self::Quota, now: Instant) -> Result<Standing, Exceeded>;

    /// Counts what was taken elsewhere, whether it might or not; what is negative was given back. The debt is bounded.
    fn count(&mut self, quota: Self::Quota, taken: i32, now: Instant);

    /// After so long without use a meter is as if it were new.
    fn memory(quota: Self::Quota) -> Duration;
}
