//! `chat-bench fanout`: one conversation, very many receivers. What a delivery costs the gateways, and in the same run, round
//! about, what it costs the floor.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::ack::text_of;
use crate::cpu::{on_cpu, on_cpu_of_own};
use crate::figures::{Outcome, each, float, map, median, rounded};
use crate::latency::Latencies;
use crate::opening::{Door, Way, source, upgrade};
use crate::pace::{Spacing, Stretch};
use crate::people::{self, Seat, Size};
use crate::receivers::{Audience, Heard, Listener, Receivers, THREAD};
use crate::run_file::RunFile;
use crate::source::{Author, FloorProcess, Source};

/// How many sockets are opened at once.
const OPENING: usize = 16;
/// Between the decision to begin and the first message.
const LEAD: Duration = Duration::from_millis(50);
/// How long what was sent may take to come to everybody.
const DRAIN: Duration = Duration::from_secs(10);
/// How long sockets rest before the first round.
const REST: Duration = Duration::from_millis(500);
/// Messages of a saturated round whose latency is taken: one in so many.
const SAMPLE: u64 = 16;
/// The most messages of a run.
const MAX_MESSAGES: usize = 2_000_000;

#[derive(Debug, Args)]
pub(crate) struct Fanout {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// Participants of the conversation, one socket each
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=1000))]
    receivers: u32,
    /// Messages a second
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pace: u32,
    /// So many messages at once, and accordingly less often
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=200))]
    burst: u32,
    /// As many as can be delivered, instead of a pace
    #[arg(long, conflicts_with_all = ["pace", "burst"])]
    saturate: bool,
    /// Messages that may be under way when saturated; fewer than a gateway's ring holds
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(2..=250))]
    window: u32,
    /// Real messages that a participant sends, instead of events published on NATS
    #[arg(long)]
    full_path: bool,
    /// Bytes of a message's text
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=16_384))]
    content_bytes: u32,
    /// Rounds for each: gateways, floor, gateways, …
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How long each round is
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Leave the floor out
    #[arg(long)]
    no_floor: bool,
    /// Where to write the result as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Somebody who fans out, with those who listen.
struct Target {
    pids: Vec<i32>,
    audience: Arc<Audience>,
    source: Source,
    sent: u64,
    rounds: Vec<Round>,
}

/// One round of one target.
#[derive(Debug)]
struct Round {
    messages: u64,
    delivered: u64,
    took: Duration,
    used: Duration,
    nats: Duration,
    load: Duration,
    receiving: Duration,
    latencies: Latencies,
}

/// CPU time until now.
struct Clock {
    at: Instant,
    target: Duration,
    nats: Duration,
    load: Duration,
    receiving: Duration,
}

impl Fanout {
    /// Exit code 1: something was lost or out of order, or a socket was closed.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run_file = RunFile::read(&self.run_file)?;
        let members = self.receivers as usize;
        let seats = people::seed(&run_file, &self.run_file, Size { conversations: 1, members }, members).await?;
        let (mut gateways, mut listeners) = self.gateways(&run_file, &seats).await?;
        let process = if self.no_floor { None } else { Some(FloorProcess::start().await?) };
        let mut floor = match &process {
            Some(process) => Some(self.floor(process, &seats, &mut listeners).await?),
            None => None,
        };
        eprintln!("{} sockets open", listeners.len());
        let receivers = Receivers::start(listeners)?;
        sleep(REST).await;
        for number in 1..=self.rounds {
            for target in std::iter::once(&mut gateways).chain(&mut floor) {
                self.round(target, &run_file.nats.pids).await?;
            }
            eprintln!("round {number} of {}", self.rounds);
        }
        let (heard, floor_heard) = (gateways.audience.heard(), floor.as_ref().map(|floor| floor.audience.heard()));
        let lost = gateways.lost() + floor.as_ref().map_or(0, Target::lost);
        let trouble = lost + heard.trouble() + floor_heard.as_ref().map_or(0, Heard::trouble);
        let frame_bytes = Author::new(seats[0].conversation, seats[0].user, 1, &self.text())?.frame_len()?;
        let figures = self.figures(&run_file, &gateways, floor.as_ref(), frame_bytes, lost, &heard);
        receivers.stop()?;
        gateways.source.close().await?;
        figures.tell(self.json.as_deref())?;
        Ok(if trouble == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn text(&self) -> String {
        text_of(self.content_bytes as usize)
    }

    /// Sockets on all gateways in turn.
    async fn gateways(&self, run_file: &RunFile, seats: &[Seat]) -> anyhow::Result<(Target, Vec<Listener>)> {
        let addresses = run_file.gateways()?;
        let door = |(index, seat): (usize, &Seat)| Door {
            gateway: addresses[index % addresses.len()],
            index,
            token: seat.token.clone(),
            way: Way::to(seat.conversation, false),
        };
        let doors: Vec<_> = seats.iter().enumerate().map(door).collect();
        let opening = stream::iter(doors.iter().cloned().map(Door::open));
        let opened: Vec<_> = opening.buffered(OPENING).try_collect().await?;
        let last = opened.first().and_then(|first| first.last_seq).context("`ready` without a position")?;
        ensure!(opened.iter().all(|one| one.last_seq == Some(last)), "sockets start at different positions");
        let audience = Arc::new(Audience::new(last + 1, self.receivers, MAX_MESSAGES));
        let listen = |one: crate::opening::Opened| Listener::new(one.stream, &one.rest, last + 1, audience.clone());
        let listeners = opened.into_iter().map(listen).collect();
        let source = if self.full_path {
            Source::socket(doors[0].clone(), &self.text()).await?
        } else {
            let author = Author::new(seats[0].conversation, seats[0].user, i64::try_from(last)?, &self.text())?;
            Source::bus(run_file.nats_url()?, author).await?
        };
        let pids = run_file.ws_gateway.pids.clone();
        Ok((Target { pids, audience, source, sent: 0, rounds: Vec::new() }, listeners))
    }

    /// As many sockets on the floor.
    async fn floor(
        &self,
        process: &FloorProcess,
        seats: &[Seat],
        listeners: &mut Vec<Listener>,
    ) -> anyhow::Result<Target> {
        let audience = Arc::new(Audience::new(1, self.receivers, MAX_MESSAGES));
        for index in 0..seats.len() {
            let connection = upgrade(process.address, source(index), "/", None).await?;
            let listener = Listener::new(connection.stream.into_std()?, &connection.read, 1, audience.clone());
            listeners.push(listener);
        }
        let author = Author::new(seats[0].conversation, seats[0].user, 0, &self.text())?;
        let source = process.source(author).await?;
        let pids = process.pid().into_iter().collect();
        Ok(Target { pids, audience, source, sent: 0, rounds: Vec::new() })
    }

    async fn round(&self, target: &mut Target, nats: &[i32]) -> anyhow::Result<()> {
        target.audience.every.store(if self.saturate { SAMPLE } else { 1 }, Ordering::Relaxed);
        let (sent, before) = (target.sent, target.audience.heard().delivered);
        let begun = Clock::read(&target.pids, nats);
        if self.saturate {
            self.saturated(target).await?;
        } else {
            self.paced(target).await?;
        }
        let arrived = timeout(DRAIN, target.caught_up(0)).await;
        let ended = Clock::read(&target.pids, nats);
        if arrived.is_err() {
            eprintln!("not everything has come: {} of {}", target.audience.complete(), target.sent);
        }
        let heard = target.audience.heard();
        target.rounds.push(Round {
            messages: target.sent - sent,
            delivered: heard.delivered - before,
            took: ended.at - begun.at,
            used: ended.target.saturating_sub(begun.target),
            nats: ended.nats.saturating_sub(begun.nats),
            load: ended.load.saturating_sub(begun.load),
            receiving: ended.receiving.saturating_sub(begun.receiving),
            latencies: heard.latencies,
        });
        Ok(())
    }

    async fn paced(&self, target: &mut Target) -> anyhow::Result<()> {
        let stretch = Stretch {
            step: 0,
            start: Instant::now() + LEAD,
            length: Duration::from_secs(self.seconds),
            rate: (self.pace / self.burst).max(1),
            spacing: Spacing::Even,
        };
        let (sender, mut orders) = unbounded_channel();
        let pacing = spawn_blocking(move || stretch.run(&[sender]));
        while let Some(order) = orders.recv().await {
            target.send(u64::from(self.burst), order.intended).await?;
        }
        pacing.await?;
        Ok(())
    }

    /// Half a window at once, whenever there is room for it.
    async fn saturated(&self, target: &mut Target) -> anyhow::Result<()> {
        let (end, batch) = (Instant::now() + Duration::from_secs(self.seconds), u64::from(self.window / 2));
        while Instant::now() < end && target.sent < last_before_full(batch) {
            target.send(batch, Instant::now()).await?;
            if timeout(DRAIN, target.caught_up(u64::from(self.window) - batch)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    fn figures(
        &self,
        run_file: &RunFile,
        gateways: &Target,
        floor: Option<&Target>,
        frame_bytes: usize,
        lost: u64,
        heard: &Heard,
    ) -> Outcome {
        let settings = map([
            ("mode", self.mode().into()),
            ("source", if self.full_path { "message" } else { "event" }.into()),
            ("receivers", self.receivers.into()),
            ("gateways", run_file.ws_gateway.pids.len().into()),
            ("pace", if self.saturate { Value::Null } else { self.pace.into() }),
            ("burst", self.burst.into()),
            ("content_bytes", self.content_bytes.into()),
            ("frame_bytes", frame_bytes.into()),
            ("rounds", self.rounds.into()),
            ("seconds", self.seconds.into()),
        ]);
        let mut figures = gateways.figures();
        figures.extend(map([
            ("lost", lost.into()),
            ("out_of_order", heard.out_of_order.into()),
            ("closed", heard.ended.into()),
        ]));
        if let Some(floor) = floor {
            let ratios = gateways.rounds.iter().zip(&floor.rounds).map(|(one, other)| one.cost() / other.cost());
            figures.insert("ratio".to_owned(), median(ratios.collect()).into());
        }
        Outcome {
            name: "fanout",
            settings,
            figures,
            floor: floor.map(Target::figures).unwrap_or_default(),
            cpu: gateways.cpu(),
        }
    }

    fn mode(&self) -> &'static str {
        match (self.saturate, self.burst) {
            (true, _) => "saturated",
            (false, 1) => "paced",
            (false, _) => "bursts",
        }
    }
}

/// The last message after which a batch still has room in the memory of what is due.
fn last_before_full(batch: u64) -> u64 {
    u64::try_from(MAX_MESSAGES).unwrap_or(u64::MAX).saturating_sub(batch)
}

impl Target {
    async fn send(&mut self, count: u64, due: Instant) -> anyhow::Result<()> {
        for number in self.sent..self.sent + count {
            self.audience.announce(number, due);
        }
        self.sent += count;
        self.source.send(count).await
    }

    /// Until no more than so many are under way.
    async fn caught_up(&self, under_way: u64) {
        while self.sent - self.audience.complete() > under_way {
            self.audience.progress.notified().await;
        }
    }

    /// Messages that have not come to everybody.
    fn lost(&self) -> u64 {
        self.sent - self.audience.complete()
    }

    fn sum(&self, of: impl Fn(&Round) -> Duration) -> f64 {
        self.rounds.iter().map(of).sum::<Duration>().as_secs_f64()
    }

    fn delivered(&self) -> u64 {
        self.rounds.iter().map(|round| round.delivered).sum()
    }

    fn figures(&self) -> Map<String, Value> {
        let delivered = self.delivered();
        let rates = self.rounds.iter().map(|round| float(round.delivered) / round.took.as_secs_f64()).collect();
        let mut latencies = Latencies::default();
        for round in &self.rounds {
            latencies.extend(round.latencies.clone());
        }
        map([
            ("messages", self.rounds.iter().map(|round| round.messages).sum::<u64>().into()),
            ("deliveries", delivered.into()),
            ("deliveries_per_s", median(rates).round().into()),
            ("cpu_us_per_delivery", each(self.sum(|round| round.used) * 1e6, delivered).into()),
            (
                "cpu_us_per_delivery_by_round",
                self.rounds.iter().map(Round::cost).map(rounded).collect::<Vec<_>>().into(),
            ),
            ("latency_ms", json!(latencies.summary())),
        ])
    }

    fn cpu(&self) -> Map<String, Value> {
        let (delivered, took) = (self.delivered(), self.sum(|round| round.took));
        let receiving = self.sum(|round| round.receiving);
        map([
            ("gateways_us", each(self.sum(|round| round.used) * 1e6, delivered).into()),
            ("nats_us", each(self.sum(|round| round.nats) * 1e6, delivered).into()),
            ("load_us", each(self.sum(|round| round.load) * 1e6, delivered).into()),
            ("gateways_percent", rounded(100.0 * self.sum(|round| round.used) / took).into()),
            ("load_percent", rounded(100.0 * self.sum(|round| round.load) / took).into()),
            ("receiver_percent", rounded(100.0 * receiving / took).into()),
            ("receiver_ceiling_per_s", (float(delivered) / receiving).round().into()),
        ])
    }
}

impl Round {
    /// Microseconds of CPU for one delivery.
    fn cost(&self) -> f64 {
        self.used.as_secs_f64() * 1e6 / float(self.delivered.max(1))
    }
}

impl Clock {
    fn read(target: &[i32], nats: &[i32]) -> Self {
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        Self {
            at: Instant::now(),
            target: on_cpu(target),
            nats: on_cpu(nats),
            load: on_cpu(&[own]),
            receiving: on_cpu_of_own(THREAD),
        }
    }
}
