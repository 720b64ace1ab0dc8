//! What a run found, in the form in which all newer jobs tell it: a table for people, and with `--json` a file for programs.
//!
//! The file is `{name, settings, figures, floor, cpu}`, always with these five:
//! - `name`: the job, such as `fanout`;
//! - `settings`: what was asked for, by the names of the options, and `receivers`, `gateways` and the like as they were found;
//! - `figures`: what was measured, numbers with the unit at the end of their name (`_us`, `_ms`, `_s`, `_bytes`, `_percent`,
//!   `_per_s`); latencies are objects `{p50, p90, p99, "p99.9", max}`; `ratio…` is of the floor of the same run;
//! - `floor`: the same names for the floor, or an empty object if the job has none;
//! - `cpu`: of each group of processes the microseconds for one unit of the work (`gateways_us`, `nats_us`, …), and of the load
//!   program `load_percent` (of one core).
//!
//! Fields are added, never renamed. Whatever was lost is a number under `figures`, and the exit code is 1.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::cpu::Usage;

/// The result of a job.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) settings: Map<String, Value>,
    pub(crate) figures: Map<String, Value>,
    pub(crate) floor: Map<String, Value>,
    pub(crate) cpu: Map<String, Value>,
}

impl Outcome {
    /// Prints it, and writes it where it is asked for.
    pub(crate) fn tell(&self, json: Option<&Path>) -> anyhow::Result<()> {
        print!("{}", self.table());
        let Some(path) = json else { return Ok(()) };
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text).with_context(|| format!("--json: cannot write {}", path.display()))
    }

    fn table(&self) -> String {
        let mut text = format!("{}\n", self.name);
        let parts = [("", &self.settings), ("", &self.figures), ("floor ", &self.floor), ("cpu ", &self.cpu)];
        for (part, values) in parts {
            text.push('\n');
            for (name, value) in values {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "  {:<44} {value}", format!("{part}{name}"));
            }
        }
        text
    }
}

/// What one group of processes has used for one unit of the work, in microseconds.
pub(crate) fn cpu_each(used: &Usage, group: &str, count: u64) -> f64 {
    each(used.get(group).copied().unwrap_or_default().as_secs_f64() * 1e6, count)
}

/// A map from names to values.
pub(crate) fn map<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Rounded to thousandths.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// A count, for dividing.
#[expect(clippy::cast_precision_loss, reason = "nothing here is counted up to 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// One for another; nothing if there is no other.
pub(crate) fn each(amount: f64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { rounded(amount / float(count)) }
}

/// The middle one, or the mean of the two in the middle; 0 of none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or_default();
    let lower = values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default();
    rounded(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_of_few_are_right() {
        assert!(median(Vec::new()).abs() < 1e-9);
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0]) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert!(each(5.0, 0).abs() < 1e-9);
        assert!((each(5.0, 2) - 2.5).abs() < 1e-9);
    }

    #[test]
    fn all_five_parts_are_written() {
        let written = serde_json::to_value(Outcome { name: "x", ..Outcome::default() }).unwrap();
        for part in ["name", "settings", "figures", "floor", "cpu"] {
            assert!(written.get(part).is_some(), "{part}");
        }
    }
}
