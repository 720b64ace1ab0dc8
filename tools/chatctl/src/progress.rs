//! How far a long job is: a bar on a terminal, a line of JSON each five seconds elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

/// Between two lines.
const TELL: Duration = Duration::from_secs(5);

/// A job under way. Its end is told when it is dropped after [`finish`](Self::finish).
pub(crate) struct Progress {
    job: &'static str,
    bar: Option<ProgressBar>,
    started: Instant,
    told: Instant,
    done: u64,
    total: u64,
}

impl Progress {
    /// Begins; a total of 0 is one that is not known.
    pub(crate) fn begin(job: &'static str, total: u64) -> Self {
        let now = Instant::now();
        let bar = stderr().is_terminal().then(|| bar(job, total));
        Self { job, bar, started: now, told: now, done: 0, total }
    }

    /// So many more are done.
    pub(crate) fn advance(&mut self, by: u64) {
        self.done += by;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        } else if self.told.elapsed() >= TELL {
            self.told = Instant::now();
            eprintln!("{}", self.line(false));
        }
    }

    /// All of it is done.
    pub(crate) fn finish(self) {
        match &self.bar {
            Some(bar) => bar.finish(),
            None => eprintln!("{}", self.line(true)),
        }
    }

    fn line(&self, is_over: bool) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "numbers for people")]
        let left = (self.total > 0 && self.done > 0)
            .then(|| seconds * (self.total.saturating_sub(self.done)) as f64 / self.done as f64);
        let round = |number: f64| (number * 10.0).round() / 10.0;
        json!({"job": self.job, "done": self.done, "total": self.total, "seconds": round(seconds), "left_seconds": left.map(round), "over": is_over})
            .to_string()
    }
}

fn bar(job: &'static str, total: u64) -> ProgressBar {
    let bar = if total == 0 { ProgressBar::new_spinner() } else { ProgressBar::new(total) };
    let template =
        if total == 0 { "{msg} {pos}, {per_sec}" } else { "{msg} {wide_bar} {pos}/{len}, {per_sec}, {eta} left" };
    // The template is one of two that stand here.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(job);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_says_how_long_it_will_take() {
        let mut progress = Progress::begin("export", 10);
        progress.started -= Duration::from_secs(4);
        progress.advance(4);
        let line: serde_json::Value = serde_json::from_str(&progress.line(false)).unwrap();
        assert_eq!((line["done"].as_u64(), line["over"].as_bool()), (Some(4), Some(false)));
        assert!(line["left_seconds"].as_f64().is_some_and(|left| (5.9..6.5).contains(&left)), "{line}");
    }
}
