//! Latencies, every one of them kept: percentiles are exact.

use std::time::Duration;

use serde::Serialize;

/// Latencies in microseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Vec<u32>);

/// What is told of them, in milliseconds; all zero if there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Summary {
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    #[serde(rename = "p99.9")]
    pub(crate) p999: f64,
    pub(crate) max: f64,
}

impl Latencies {
    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn summary(mut self) -> Summary {
        self.0.sort_unstable();
        Summary { p50: self.at(500), p90: self.at(900), p99: self.at(990), p999: self.at(999), max: self.at(1000) }
    }

    /// The smallest value that `per_mille` of all do not exceed.
    fn at(&self, per_mille: usize) -> f64 {
        let rank = (self.0.len() * per_mille).div_ceil(1000);
        rank.checked_sub(1).and_then(|index| self.0.get(index)).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut latencies = Latencies::default();
        for millis in (1..=1000).rev() {
            latencies.record(Duration::from_millis(millis));
        }
        let expected = Summary { p50: 500.0, p90: 900.0, p99: 990.0, p999: 999.0, max: 1000.0 };
        assert_eq!(latencies.summary(), expected);
    }

    #[test]
    fn few_are_enough() {
        assert_eq!(Latencies::default().summary(), Summary::default());
        let mut one = Latencies::default();
        one.record(Duration::from_millis(7));
        assert_eq!(one.summary(), Summary { p50: 7.0, p90: 7.0, p99: 7.0, p999: 7.0, max: 7.0 });
    }
}
