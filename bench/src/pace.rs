//! When messages are to be sent. A thread of its own keeps the times, because the runtime's timers are too coarse
//! (1 ms); it never waits for an answer, so a slow stack gets no fewer messages (open loop).

use std::time::{Duration, Instant};

use clap::ValueEnum;
use tokio::sync::mpsc::UnboundedSender;

/// How the intended times are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Spacing {
    /// At random, independent of each other: what many people do together
    Poisson,
    /// All gaps the same
    Even,
}

/// Send a message, which was due at `intended`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    /// Which stretch of the measurement it belongs to.
    pub(crate) step: usize,
    /// Its number within the stretch.
    pub(crate) number: u64,
    /// When it was due.
    pub(crate) intended: Instant,
}

/// A stretch of sending at one rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) step: usize,
    pub(crate) start: Instant,
    pub(crate) length: Duration,
    /// Messages a second.
    pub(crate) rate: u32,
    pub(crate) spacing: Spacing,
}

impl Stretch {
    /// Hands out the orders of the stretch, round robin, each at its time; returns how many. Blocks.
    pub(crate) fn run(self, senders: &[UnboundedSender<Order>]) -> u64 {
        let mut count = 0;
        for ((number, offset), sender) in (0..).zip(self.offsets()).zip(senders.iter().cycle()) {
            let intended = self.start + offset;
            std::thread::sleep(intended.saturating_duration_since(Instant::now()));
            if sender.send(Order { step: self.step, number, intended }).is_ok() {
                count += 1;
            }
        }
        count
    }

    fn offsets(self) -> impl Iterator<Item = Duration> {
        let rate = f64::from(self.rate);
        let even = Duration::from_secs_f64(1.0 / rate);
        let mut next = Duration::ZERO;
        std::iter::from_fn(move || {
            let this = next;
            next += match self.spacing {
                Spacing::Even => even,
                Spacing::Poisson => Duration::from_secs_f64(-(1.0 - rand::random::<f64>()).ln() / rate),
            };
            Some(this)
        })
        .take_while(move |offset| *offset < self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(spacing: Spacing) -> Stretch {
        Stretch { step: 0, start: Instant::now(), length: Duration::from_secs(10), rate: 1000, spacing }
    }

    #[test]
    fn even_spacing_hits_the_rate() {
        assert_eq!(stretch(Spacing::Even).offsets().count(), 10_000);
    }

    #[test]
    fn poisson_spacing_comes_near_the_rate() {
        // Ten standard deviations.
        assert!((9000..11_000).contains(&stretch(Spacing::Poisson).offsets().count()));
    }
}
