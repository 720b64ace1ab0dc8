//! One thing that was looked at.

use serde::Serialize;
use serde_json::json;

use crate::outcome::Ended;
use crate::output::{Format, print};

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Ok,
    /// It was not looked at.
    Skipped,
    Degraded,
    Failed,
}

impl State {
    const fn sign(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Skipped => "skipped",
            Self::Degraded => "DEGRADED",
            Self::Failed => "FAILED",
        }
    }
}

/// What was looked at, what was seen, and what is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    pub(crate) area: &'static str,
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn ok(&mut self, area: &'static str, name: &str, seen: impl Into<String>) {
        self.add(area, name, State::Ok, seen.into(), None);
    }

    pub(crate) fn skipped(&mut self, area: &'static str, name: &str, advice: &str) {
        self.add(area, name, State::Skipped, "not looked at".to_owned(), Some(advice));
    }

    pub(crate) fn degraded(&mut self, area: &'static str, name: &str, seen: impl Into<String>, advice: &str) {
        self.add(area, name, State::Degraded, seen.into(), Some(advice));
    }

    pub(crate) fn failed(&mut self, area: &'static str, name: &str, seen: impl Into<String>, advice: &str) {
        self.add(area, name, State::Failed, seen.into(), Some(advice));
    }

    /// Well if it is so; otherwise as bad as said.
    pub(crate) fn expect(
        &mut self,
        is_so: bool,
        otherwise: State,
        (area, name): (&'static str, &str),
        seen: impl Into<String>,
        advice: &str,
    ) {
        if is_so {
            self.ok(area, name, seen);
        } else {
            self.add(area, name, otherwise, seen.into(), Some(advice));
        }
    }

    fn add(&mut self, area: &'static str, name: &str, state: State, seen: String, advice: Option<&str>) {
        self.0.push(Finding { area, name: name.to_owned(), state, seen, advice: advice.map(str::to_owned) });
    }

    fn has(&self, state: State) -> bool {
        self.0.iter().any(|finding| finding.state == state)
    }

    pub(crate) fn ended(&self) -> Ended {
        match (self.has(State::Failed), self.has(State::Degraded)) {
            (true, _) => Ended::Badly,
            (false, true) => Ended::Degraded,
            (false, false) => Ended::Well,
        }
    }

    pub(crate) fn print(&self, output: Format) -> anyhow::Result<()> {
        if output == Format::Json {
            let state = match self.ended() {
                Ended::Well => State::Ok,
                Ended::Degraded => State::Degraded,
                Ended::Badly => State::Failed,
            };
            return print(&serde_json::to_string_pretty(&json!({"state": state, "findings": self.0}))?);
        }
        for finding in &self.0 {
            print(&format!("{:8}  {:9} {:22} {}", finding.state.sign(), finding.area, finding.name, finding.seen))?;
            if let Some(advice) = finding.advice.as_ref() {
                print(&format!("{:43}→ {advice}", ""))?;
            }
        }
        Ok(())
    }
}
