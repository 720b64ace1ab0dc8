//! What all rounds came to, as it stands in `results.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::figures::median;

/// Everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Results {
    pub(super) machine: Machine,
    /// By scenario; those of peers are `many@<peer>`.
    pub(super) scenarios: BTreeMap<String, Outcome>,
}

/// Where it was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Machine {
    pub(super) version: String,
    pub(super) cores: usize,
    pub(super) cpu: String,
    pub(super) memory_gb: u64,
    pub(super) kernel: String,
}

/// What one scenario came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Outcome {
    /// `chat-bench …`
    pub(super) command: String,
    /// The day, UTC.
    pub(super) measured: String,
    pub(super) rounds: usize,
    /// What a reader must know of figures that did not come from rounds of the suite; it leaves none behind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) note: String,
    /// Every number that it told, by its path.
    pub(super) figures: BTreeMap<String, Figure>,
}

/// One number over all rounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Figure {
    pub(super) median: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Results {
    /// None at all if nothing was measured yet.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} is not understood", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The median of a figure, if it was measured.
    pub(super) fn get(&self, scenario: &str, figure: &str) -> Option<f64> {
        Some(self.scenarios.get(scenario)?.figures.get(figure)?.median)
    }
}

impl Outcome {
    pub(super) fn of(command: String, runs: &[Value]) -> Self {
        let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for run in runs {
            flatten("", run, &mut all);
        }
        let figure = |(name, values): (String, Vec<f64>)| {
            let low = values.iter().copied().fold(f64::INFINITY, f64::min);
            let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (name, Figure { median: median(values), low, high })
        };
        let figures = all.into_iter().filter(|(name, _)| !name.starts_with("set")).map(figure).collect();
        let measured = chrono::Utc::now().format("%Y-%m-%d").to_string();
        Self { command, measured, rounds: runs.len(), note: String::new(), figures }
    }
}

/// All numbers with their paths: `figures.rate_1000.ack_ms.p99`.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, Vec<f64>>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Number(number) => into.entry(path.to_owned()).or_default().extend(number.as_f64()),
        Value::Object(values) => values.iter().for_each(|(name, value)| flatten(&below(name), value, into)),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                flatten(&below(&index.to_string()), value, into);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

impl Machine {
    pub(super) fn look() -> anyhow::Result<Self> {
        let info = fs::read_to_string("/proc/cpuinfo")?;
        let cpu = info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
        let memory = fs::read_to_string("/proc/meminfo")?;
        let memory_kb = memory.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            cores: std::thread::available_parallelism()?.get(),
            cpu: cpu.map_or("unknown", |(_, name)| name).to_owned(),
            memory_gb: memory_kb.div_ceil(1 << 20),
            kernel: kernel.trim().split('-').next().unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_number_has_its_median_by_its_path() {
        let run =
            |rate: u32| json!({ "name": "x", "settings": { "rate": [1] }, "figures": { "steps": [{ "rate": rate }] } });
        let outcome = Outcome::of("x".to_owned(), &[run(3), run(1), run(2)]);
        let expected = Figure { median: 2.0, low: 1.0, high: 3.0 };
        assert_eq!(outcome.figures, BTreeMap::from([("figures.steps.0.rate".to_owned(), expected)]));
    }
}
