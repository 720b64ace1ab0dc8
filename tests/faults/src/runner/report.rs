//! What came out of a run: the judgement, the history, the logs; kept on disk when something was broken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chat_stack::Service;
use uuid::Uuid;

use super::Scenario;
use super::arena::{Arena, log_of};
use crate::check::{self, Counts, Violation};
use crate::history::{self, Answer, Event, Line, Over, Request};

/// How many violations are shown.
const SHOWN: usize = 12;

/// The report of a run.
#[derive(Debug)]
pub struct Report {
    name: &'static str,
    seed: u64,
    /// How much there was to judge.
    pub counts: Counts,
    /// What was broken.
    pub violations: Vec<Violation>,
    lines: Vec<Line>,
    logs: BTreeMap<String, String>,
    dir: PathBuf,
    /// When each part of the run was over.
    phases: Vec<(&'static str, Duration)>,
}

impl Report {
    pub(super) fn new(
        scenario: &Scenario,
        arena: &Arena,
        found: Vec<Violation>,
        phases: Vec<(&'static str, Duration)>,
    ) -> Self {
        let lines = arena.lines();
        let verdict = check::check(&lines);
        let stack = arena.stack();
        let services = Service::ALL.into_iter().flat_map(|service| stack.instances(service));
        let servers = stack.nats_servers().iter().chain(stack.standby()).chain([stack.postgres()]);
        let processes = services.map(|instance| &instance.process).chain(servers);
        let logs = processes.map(|process| (process.name().to_owned(), log_of(process))).collect();
        let data_dir = &stack.options().data_dir;
        let base = data_dir.ancestors().nth(2).unwrap_or(data_dir);
        let Scenario { name, seed, .. } = *scenario;
        let usual = || base.join("faults").join(format!("{name}-{seed}"));
        let dir = scenario.keeps_at.clone().unwrap_or_else(usual);
        let mut violations = found;
        violations.extend(verdict.violations);
        Self { name, seed, counts: verdict.counts, violations, lines, logs, dir, phases }
    }

    /// Fails, and keeps history and logs, if anything was broken.
    pub fn kept(&self) -> Result<()> {
        if self.violations.is_empty() {
            return Ok(());
        }
        self.save()?;
        let shown: Vec<_> = self.violations.iter().take(SHOWN).map(|one| format!("  {one}")).collect();
        bail!(
            "{} (SEED={}) broke {} times; history and logs in {}\n{}",
            self.name,
            self.seed,
            self.violations.len(),
            self.dir.display(),
            shown.join("\n")
        )
    }

    /// Fails, and keeps history and logs, unless this holds.
    pub fn demand(&self, holds: bool, what: &str) -> Result<()> {
        if holds {
            return Ok(());
        }
        self.save()?;
        bail!("{} (SEED={}): {what}; history and logs in {}\n{self}", self.name, self.seed, self.dir.display())
    }

    /// Fails unless everything was answered on the socket on which it was sent, and no socket broke.
    pub fn demand_nobody_resends(&self) -> Result<()> {
        let Counts { unknown, refused, .. } = self.counts;
        self.demand((unknown, refused, self.broken_sockets()) == (0, 0, 0), "somebody had to send something again")
    }

    /// Writes history and logs under `target/faults`.
    pub fn save(&self) -> Result<()> {
        fs::create_dir_all(&self.dir).with_context(|| format!("cannot create {}", self.dir.display()))?;
        history::write(&self.dir.join("history.jsonl"), &self.lines)?;
        for (process, log) in &self.logs {
            fs::write(self.dir.join(format!("{process}.log")), log).context("cannot keep a log")?;
        }
        Ok(())
    }

    /// All conversations in which something was sent.
    #[must_use]
    pub fn conversations(&self) -> Vec<Uuid> {
        let all: BTreeSet<Uuid> = self.sends().map(|send| send.conv).collect();
        all.into_iter().collect()
    }

    /// Where history and logs are kept, if they are.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The history.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// What a process has written.
    #[must_use]
    pub fn log(&self, process: &str) -> &str {
        self.logs.get(process).map_or("", String::as_str)
    }

    /// How many logs of a service hold a text.
    #[must_use]
    pub fn logs_with(&self, service: Service, text: &str) -> usize {
        let of = |name: &str| name.starts_with(service.name());
        self.logs.iter().filter(|(name, log)| of(name) && log.contains(text)).count()
    }

    /// Messages of these conversations that were sent on sockets, and not answered, at that time.
    #[must_use]
    pub fn in_flight_at(&self, at_ns: u64, conversations: &[Uuid]) -> usize {
        let sent = self.sends().filter(|send| send.over == Over::Ws && conversations.contains(&send.conv));
        let ends: BTreeMap<u64, u64> = self.ends();
        let is_open = |op: u64| ends.get(&op).is_none_or(|ended| *ended > at_ns);
        sent.filter(|send| send.at_ns <= at_ns && is_open(send.op)).count()
    }

    /// From that time to the first answer to a message sent after it, the longest of these conversations.
    pub fn gap_after(&self, at_ns: u64, conversations: &[Uuid]) -> Result<Duration> {
        let answers: BTreeMap<u64, u64> = self.answers();
        let mut longest = Duration::ZERO;
        for conv in conversations {
            let sent = self.sends().filter(|send| send.conv == *conv && send.at_ns > at_ns);
            let first = sent.filter_map(|send| answers.get(&send.op).copied()).min();
            let first = first.with_context(|| format!("nothing sent afterwards was answered in {conv}"))?;
            longest = longest.max(Duration::from_nanos(first - at_ns));
        }
        Ok(longest)
    }

    /// How many messages were answered in that span of time after `at_ns`.
    #[must_use]
    pub fn answers_within(&self, at_ns: u64, span: Range<Duration>) -> usize {
        let nanos = |time: Duration| at_ns.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
        let span = nanos(span.start)..nanos(span.end);
        let answers = self.lines.iter().filter(|line| matches!(line.event, Event::Ok(Answer::Sent { .. })));
        answers.filter(|line| span.contains(&line.t_ns)).count()
    }

    /// Ends of sockets that were not closed from here, by code; `lost` without one.
    #[must_use]
    pub fn broken_sockets(&self) -> usize {
        self.counts.closes.iter().filter(|(code, _)| *code != "1000").map(|(_, count)| count).sum()
    }

    fn sends(&self) -> impl Iterator<Item = Sent> {
        self.lines.iter().filter_map(|line| match &line.event {
            Event::Invoke(Request::Send { conv, over, .. }) => {
                Some(Sent { op: line.op_id?, at_ns: line.t_ns, conv: *conv, over: *over })
            }
            _ => None,
        })
    }

    fn answers(&self) -> BTreeMap<u64, u64> {
        let answered = |line: &Line| matches!(line.event, Event::Ok(Answer::Sent { .. }));
        self.times(answered)
    }

    fn ends(&self) -> BTreeMap<u64, u64> {
        self.times(|line| {
            matches!(line.event, Event::Ok(Answer::Sent { .. }) | Event::Fail { .. } | Event::Info { .. })
        })
    }

    fn times(&self, wanted: impl Fn(&Line) -> bool) -> BTreeMap<u64, u64> {
        self.lines.iter().filter(|line| wanted(line)).filter_map(|line| Some((line.op_id?, line.t_ns))).collect()
    }
}

struct Sent {
    op: u64,
    at_ns: u64,
    conv: Uuid,
    over: Over,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { sends, acked, refused, unknown, repeats, sockets, resumes, resyncs, closes, deliveries, .. } =
            &self.counts;
        write!(f, "{}: {sends} sends ({acked} acked, {refused} refused, ", self.name)?;
        write!(f, "{unknown} unknown, {repeats} repeats), {sockets} sockets, {resumes} resumes, {resyncs} resyncs, ")?;
        write!(f, "closes {closes:?}, deliveries {deliveries:?}, {} violations; over at", self.violations.len())?;
        self.phases.iter().try_for_each(|(phase, at)| write!(f, " {phase} {:.1} s", at.as_secs_f64()))
    }
}
