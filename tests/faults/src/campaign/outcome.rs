//! What became of a run: one line of JSON, so that campaigns can be added up.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::timing::Times;
use crate::nemesis::{Fault, Promise, Scope, Strike};
use crate::runner::Report;

/// A run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunOutcome {
    /// The campaign's seed.
    pub seed: u64,
    /// Which of its runs.
    pub run: usize,
    /// How long it took, with start and end.
    pub seconds: f64,
    /// Messages sent, repeats included.
    pub sends: usize,
    /// Of these, acknowledged.
    pub acked: usize,
    /// Events seen.
    pub deliveries: usize,
    /// Sockets that were opened.
    pub sockets: usize,
    /// Resumes that were answered.
    pub resumes: usize,
    /// Promises of the contract that were broken.
    pub violations: Vec<String>,
    /// Deadlines that were missed.
    pub late: Vec<String>,
    /// The faults that were injected.
    pub faults: Vec<FaultOutcome>,
    /// Faults that could not be injected or healed.
    pub trouble: Vec<String>,
    /// For the page alone.
    #[serde(skip)]
    pub series: Series,
}

/// A fault in a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FaultOutcome {
    /// Which.
    pub fault: String,
    /// Whether it bit.
    pub bit: bool,
    /// How that shows.
    pub evidence: String,
    /// When it was injected, ms since the run's beginning.
    pub at_ms: u64,
    /// When it was mended.
    pub healed_ms: u64,
    /// When messages flowed again everywhere.
    pub flows_ms: u64,
    /// From the injection until what its deadline is about; without one, the longest silence in a conversation.
    pub took_ms: Option<u64>,
    /// The deadline.
    pub promised_ms: Option<u64>,
}

/// The curves of a run, one value each step.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Messages acknowledged.
    pub acks: Vec<usize>,
    /// Their latency, the middle one.
    pub p50_ms: Vec<Option<u64>>,
    /// Their latency, 99 of 100.
    pub p99_ms: Vec<Option<u64>>,
}

impl RunOutcome {
    /// Of a run that was judged; deadlines are `patience` times as long.
    #[must_use]
    pub fn of(
        seed: u64,
        run: usize,
        took: Duration,
        report: &Report,
        strikes: &[Strike],
        trouble: &[String],
        patience: f64,
    ) -> Self {
        let times = Times::of(report.lines());
        let faults: Vec<FaultOutcome> = strikes.iter().map(|strike| FaultOutcome::of(strike, &times)).collect();
        let counts = &report.counts;
        Self {
            seed,
            run,
            seconds: took.as_secs_f64(),
            sends: counts.sends,
            acked: counts.acked,
            deliveries: counts.deliveries.values().sum(),
            sockets: counts.sockets,
            resumes: counts.resumes,
            violations: report.violations.iter().map(ToString::to_string).collect(),
            late: faults.iter().filter_map(|fault| fault.late(patience)).collect(),
            faults,
            trouble: trouble.to_vec(),
            series: times.series(),
        }
    }

    /// Of a run that came to no judgement.
    #[must_use]
    pub fn broken(seed: u64, run: usize, faults: &[Fault], error: &anyhow::Error) -> Self {
        let names: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Self {
            seed,
            run,
            seconds: 0.0,
            sends: 0,
            acked: 0,
            deliveries: 0,
            sockets: 0,
            resumes: 0,
            violations: Vec::new(),
            late: Vec::new(),
            faults: Vec::new(),
            trouble: vec![format!("{error:#} (planned: {})", names.join(", "))],
            series: Series::default(),
        }
    }

    /// Whether every fault was injected, bit, and was mended.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.trouble.is_empty() && self.faults.iter().all(|fault| fault.bit)
    }

    /// Whether nothing was broken and nothing was late. A fault after which messages do not flow again is trouble, and not kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.violations.is_empty() && self.late.is_empty() && self.trouble.is_empty()
    }

    /// For people, in a few lines.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { run, acked, sends, seconds, deliveries, .. } = self;
        let verdict = match (self.is_kept(), self.is_valid()) {
            (true, true) => "kept",
            (true, false) => "invalid: a fault did not bite",
            (false, _) => "BROKEN",
        };
        let head = format!(
            "run {run}: {verdict}; {acked} of {sends} sends acknowledged, {deliveries} deliveries, {seconds:.0} s"
        );
        let faults = self.faults.iter().map(FaultOutcome::line);
        let shown = self.violations.iter().take(8).map(|text| format!("  VIOLATION {text}"));
        let late = self.late.iter().map(|text| format!("  LATE {text}"));
        let trouble = self.trouble.iter().map(|text| format!("  TROUBLE {text}"));
        std::iter::once(head).chain(faults).chain(shown).chain(late).chain(trouble).collect::<Vec<_>>().join("\n")
    }

    /// Adds it to a file.
    pub fn append(&self, path: &Path) -> Result<()> {
        let file = OpenOptions::new().create(true).append(true).open(path);
        let mut file = file.with_context(|| format!("cannot open {}", path.display()))?;
        let line = serde_json::to_string(self).context("an outcome cannot be encoded")?;
        writeln!(file, "{line}").with_context(|| format!("cannot write {}", path.display()))
    }
}

impl FaultOutcome {
    fn of(strike: &Strike, times: &Times<'_>) -> Self {
        let promise = strike.fault.promise();
        let took = match (&strike.scope, promise) {
            (Scope::Measured(took), _) => Some(*took),
            (Scope::Clients { gateway }, _) => times.clients_back(strike.at_ns, *gateway),
            (Scope::Sends(conversations), Some(Promise::SendsWithin(_))) => {
                times.sends_after(strike.at_ns, conversations)
            }
            (Scope::Sends(conversations), _) => {
                Some(times.longest_silence(strike.at_ns, strike.flows_ns, conversations))
            }
        };
        let millis = |ns: u64| ns / 1_000_000;
        let of = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            fault: strike.fault.to_string(),
            bit: strike.bite.bit,
            evidence: strike.bite.evidence.clone(),
            at_ms: millis(strike.at_ns),
            healed_ms: millis(strike.healed_ns),
            flows_ms: millis(strike.flows_ns),
            took_ms: took.map(of),
            promised_ms: promise.map(|promise| of(promise.deadline())),
        }
    }

    fn late(&self, patience: f64) -> Option<String> {
        let (took, promised) = (self.took_ms?, self.promised_ms?);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
        let is_late = took as f64 > promised as f64 * patience;
        is_late.then(|| format!("{}: {took} ms instead of {promised}", self.fault))
    }

    fn line(&self) -> String {
        let Self { fault, bit, evidence, .. } = self;
        let took = self.took_ms.map_or_else(|| "?".to_owned(), |took| took.to_string());
        let promised = self.promised_ms.map(|promised| format!(" of {promised}")).unwrap_or_default();
        format!("  {} {fault}: {took}{promised} ms ({evidence})", if *bit { "✓" } else { "✗ DID NOT BITE" })
    }
}
