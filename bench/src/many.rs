//! `chat-bench many`: very many conversations of a few people, who all speak in turn, and everything is stored. The same load for
//! this stack and for systems like it (see `peers.rs`): how many messages and deliveries a second, how late, and for how much CPU.

mod crowd;
mod dialect;
mod member;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};
use tokio::task::{LocalSet, spawn_blocking};
use tokio::time::sleep_until;

use self::crowd::{Count, Crowd};
use self::member::Member;
use self::target::Target;
use crate::cpu::{self, OWN, Usage};
use crate::figures::{Outcome, each, float, map, median, rounded};
use crate::pace::{Spacing, Stretch};
use crate::people::Size;

pub(crate) use self::dialect::Dialect;
pub(crate) use self::target::PeerFile;

/// How many sockets are opened at once.
const OPENING: usize = 16;
/// Between the decision to begin and the first message.
const LEAD: Duration = Duration::from_millis(100);
/// The most deliveries of a run: their latencies are kept in memory.
const MAX_DELIVERIES: u64 = 50_000_000;

#[derive(Debug, Args)]
pub(crate) struct Many {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// The file that describes a running peer, instead of the stack
    #[arg(long, conflicts_with = "run_file")]
    peer_file: Option<PathBuf>,
    /// How many conversations
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=2000))]
    conversations: u32,
    /// How many participants of each, one socket each; all of them send, in turn
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=100))]
    members: u32,
    /// As many as are taken: so many unanswered messages in each conversation; several are tried one after the other
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=1000))]
    window: Vec<u32>,
    /// Messages a second in all, instead of or behind windows
    #[arg(long, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Vec<u32>,
    /// Each window and rate once more, with everybody marking as read what others say, as soon as it comes
    #[arg(long, conflicts_with = "peer_file")]
    marks: bool,
    /// How long each window and rate is measured
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How long it is sent before that, unmeasured
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=60))]
    warm_up_seconds: u64,
    /// How long to wait afterwards for what has not come
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=120))]
    drain_seconds: u64,
    /// How long the text of a message is, in bytes
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(64..=16_384))]
    content_bytes: u32,
    /// Where to write the result as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// How messages are given out.
#[derive(Debug, Clone, Copy)]
enum Flow {
    /// So many unanswered in each conversation.
    Window(u32),
    /// So many a second.
    Rate(u32),
}

/// What one flow came to.
struct Stint {
    flow: Flow,
    is_marked: bool,
    took: Duration,
    counted: Count,
    unanswered: u64,
    missing: u64,
    used: Usage,
    acks: Value,
    deliveries: Value,
}

impl Many {
    /// Exit code 1: something was not answered or did not come, or a socket was closed.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        LocalSet::new().run_until(self.measure()).await
    }

    async fn measure(self) -> anyhow::Result<ExitCode> {
        let flows = self.flows();
        ensure!(!flows.is_empty(), "name at least one --window or --rate");
        let rates: u64 = self.rate.iter().copied().map(u64::from).sum();
        let deliveries = rates * (self.seconds + self.warm_up_seconds) * u64::from(self.members);
        ensure!(
            deliveries <= MAX_DELIVERIES,
            "that would be {deliveries} deliveries; at most {MAX_DELIVERIES} are kept"
        );
        let target = match &self.peer_file {
            Some(file) => Target::of_peer(file, self.size())?,
            None => Target::of_stack(&self.run_file, self.size()).await?,
        };
        let crowd = self.gather(&target).await?;
        let mut stints = Vec::new();
        for flow in flows {
            for is_marked in [false, true].into_iter().take(1 + usize::from(self.marks)) {
                crowd.is_marked.set(is_marked);
                stints.push(self.stint(&crowd, &target, flow).await?);
            }
        }
        let figures = self.figures(&target, &stints, &crowd);
        figures.tell(self.json.as_deref())?;
        let is_whole = crowd.closed.borrow().is_empty() && stints.iter().all(|one| one.unanswered + one.missing == 0);
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn flows(&self) -> Vec<Flow> {
        let windows = self.window.iter().copied().map(Flow::Window);
        windows.chain(self.rate.iter().copied().map(Flow::Rate)).collect()
    }

    fn size(&self) -> Size {
        Size { conversations: self.conversations as usize, members: self.members as usize }
    }

    /// Opens all sockets and lets them listen.
    async fn gather(&self, target: &Target) -> anyhow::Result<Rc<Crowd>> {
        let begun = Instant::now();
        let seats = target.seats.iter().enumerate();
        let opening = seats.map(|(index, seat)| target.dialect.open(target.address_of(index), index, seat));
        let connections: Vec<_> = stream::iter(opening).buffered(OPENING).try_collect().await?;
        eprintln!("{}: {} sockets open after {:.1} s", target.name, connections.len(), begun.elapsed().as_secs_f64());
        let (crowd, orders) = Crowd::new(self.size(), self.content_bytes as usize);
        let crowd = Rc::new(crowd);
        for (index, (connection, orders)) in connections.into_iter().zip(orders).enumerate() {
            let member = Member::new(crowd.clone(), target.dialect, index);
            tokio::task::spawn_local(member.live(connection, orders));
        }
        Ok(crowd)
    }

    /// One flow: warm-up, measurement, and the wait for what is still under way.
    async fn stint(&self, crowd: &Rc<Crowd>, target: &Target, flow: Flow) -> anyhow::Result<Stint> {
        let (warm_up, length) = (Duration::from_secs(self.warm_up_seconds), Duration::from_secs(self.seconds));
        let (start, before) = (Instant::now() + LEAD, crowd.count.get());
        let measured = start + warm_up;
        let pacing = match flow {
            Flow::Window(window) => {
                crowd.begin(window);
                None
            }
            Flow::Rate(rate) => {
                let stretch = Stretch { step: 0, start, length: warm_up, rate, spacing: Spacing::Poisson };
                let counted = Stretch { step: 1, start: measured, length, ..stretch };
                let senders = crowd.senders();
                Some(spawn_blocking(move || stretch.run(&senders) + counted.run(&senders)))
            }
        };
        sleep_until(measured.into()).await;
        let (first, begun, usage) = (crowd.start_counting(), Instant::now(), target.usage().await?);
        sleep_until((measured + length).into()).await;
        let (last, took) = (crowd.stop(), begun.elapsed());
        let used = cpu::difference(&usage, &target.usage().await?);
        if let Some(pacing) = pacing {
            pacing.await?;
        }
        crowd.drain(before, Duration::from_secs(self.drain_seconds)).await;
        let all = crowd.count.get() - before;
        let unanswered = all.sent - (all.acked + all.refused).min(all.sent);
        let missing = (all.acked * u64::from(self.members)).saturating_sub(all.delivered);
        let (acks, deliveries) = crowd.take_latencies();
        let (acks, deliveries) = (json!(acks.summary()), json!(deliveries.summary()));
        let is_marked = crowd.is_marked.get();
        Ok(Stint { flow, is_marked, took, counted: last - first, unanswered, missing, used, acks, deliveries })
    }

    fn figures(&self, target: &Target, stints: &[Stint], crowd: &Crowd) -> Outcome {
        let settings = map([
            ("system", target.name.clone().into()),
            ("gateways", target.addresses.len().into()),
            ("conversations", self.conversations.into()),
            ("members", self.members.into()),
            ("content_bytes", self.content_bytes.into()),
            ("seconds", self.seconds.into()),
            ("window", self.window.clone().into()),
            ("rate", self.rate.clone().into()),
        ]);
        let best = |of: fn(&Stint) -> f64| {
            let windows = stints.iter().filter(|one| matches!(one.flow, Flow::Window(_)) && !one.is_marked);
            windows.map(of).fold(0.0, f64::max)
        };
        let mut figures = map([
            ("acked_per_s", best(Stint::acked_per_s).into()),
            ("deliveries_per_s", best(Stint::deliveries_per_s).into()),
            ("lost", stints.iter().map(|one| one.unanswered + one.missing).sum::<u64>().into()),
            ("refused", stints.iter().map(|one| one.counted.refused).sum::<u64>().into()),
            ("closed", json!(*crowd.closed.borrow())),
        ]);
        let pairs = stints
            .iter()
            .zip(stints.iter().skip(1))
            .filter(|(bare, marked)| marked.is_marked && bare.counted.acked > 0);
        let ratios: Vec<f64> = pairs.map(|(bare, marked)| marked.cost() / bare.cost() - 1.0).collect();
        if !ratios.is_empty() {
            figures.insert("marks_ratio".to_owned(), median(ratios).into());
        }
        let mut cpu = Map::new();
        for stint in stints {
            figures.insert(stint.name(), stint.told());
            cpu.insert(stint.name(), stint.cpu());
        }
        Outcome { name: "many", settings, figures, floor: Map::new(), cpu }
    }
}

impl Stint {
    fn name(&self) -> String {
        let marked = if self.is_marked { "_marked" } else { "" };
        match self.flow {
            Flow::Window(window) => format!("window_{window}{marked}"),
            Flow::Rate(rate) => format!("rate_{rate}{marked}"),
        }
    }

    fn per_s(&self, count: u64) -> f64 {
        rounded(float(count) / self.took.as_secs_f64())
    }

    fn acked_per_s(&self) -> f64 {
        self.per_s(self.counted.acked)
    }

    fn deliveries_per_s(&self) -> f64 {
        self.per_s(self.counted.delivered)
    }

    /// CPU of everything but the load program for each acknowledged message, in microseconds.
    fn cost(&self) -> f64 {
        let all: Duration = self.used.iter().filter(|(name, _)| **name != OWN).map(|(_, used)| *used).sum();
        each(all.as_secs_f64() * 1e6, self.counted.acked)
    }

    fn told(&self) -> Value {
        json!({
            "acked_per_s": self.acked_per_s(),
            "deliveries_per_s": self.deliveries_per_s(),
            "unanswered": self.unanswered,
            "missing": self.missing,
            "marks_per_s": self.per_s(self.counted.marked),
            "cost_us": self.cost(),
            "ack_ms": self.acks,
            "delivery_ms": self.deliveries,
        })
    }

    /// Microseconds for each acknowledged message, by process.
    fn cpu(&self) -> Value {
        let one = |(name, used): (&&'static str, &Duration)| {
            (format!("{name}_us"), each(used.as_secs_f64() * 1e6, self.counted.acked).into())
        };
        let mut cpu: Map<String, Value> = self.used.iter().map(one).collect();
        let own = self.used.get(OWN).copied().unwrap_or_default();
        cpu.insert("load_percent".to_owned(), rounded(100.0 * own.as_secs_f64() / self.took.as_secs_f64()).into());
        cpu.into()
    }
}
