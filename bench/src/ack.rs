//! `chat-bench ack`: messages at fixed rates, and how long each takes to its acknowledgement and to the others.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, sleep_until};

use crate::cpu::{self, Groups, Usage};
use crate::pace::{Order, Spacing, Stretch};
use crate::people::{self, Seat, Size};
use crate::report::{Report, Setup, Step};
use crate::run_file::RunFile;
use crate::socket::{Progress, Run, Sight, Socket};

/// How many sockets are opened at once.
const OPENING: usize = 16;
/// Between the decision to begin and the first message.
const LEAD: Duration = Duration::from_millis(100);
/// The most messages of a run: their latencies are kept in memory.
const MAX_MESSAGES: u64 = 20_000_000;

#[derive(Debug, Args)]
pub(crate) struct Ack {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// A file of `chatctl seed`; without it people and conversations are made
    #[arg(long)]
    seed_file: Option<PathBuf>,
    /// Messages a second; several rates are tried one after the other
    #[arg(long, value_delimiter = ',', default_value = "200,1000", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Vec<u32>,
    /// How long each rate is measured
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// How long each rate is sent before that, unmeasured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    warm_up_seconds: u64,
    /// How long to wait afterwards for what has not come back
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    drain_seconds: u64,
    /// How many sockets send; all others listen
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    connections: u32,
    /// How many conversations
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    conversations: u32,
    /// How many participants of each conversation are connected, one socket each
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(2..=1000))]
    members: u32,
    /// How long the text of a message is, in bytes
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=16_384))]
    content_bytes: u32,
    /// How the intended times are spread
    #[arg(long, value_enum, default_value_t = Spacing::Poisson)]
    spacing: Spacing,
    /// Where to write the result as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

/// All sockets at work.
struct Load {
    run: Arc<Run>,
    senders: Vec<UnboundedSender<Order>>,
    sockets: Vec<JoinHandle<Sight>>,
    stop: watch::Sender<bool>,
    groups: Groups,
}

/// What was noted beside the sockets while a rate was measured.
struct Measured {
    sent: u64,
    took: Duration,
    used: Usage,
}

impl Ack {
    /// Exit code 1: something was not answered, missing, out of order, or a socket was closed.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        self.check()?;
        let run_file = RunFile::read(&self.run_file)?;
        let seats = self.seats(&run_file).await?;
        let load = self.open(&run_file, seats).await?;
        let mut measured = Vec::new();
        for (index, rate) in self.rate.iter().enumerate() {
            eprintln!("{rate}/s: {} s of warm-up, then {} s", self.warm_up_seconds, self.seconds);
            measured.push(self.measure(&load, index + 1, *rate).await?);
        }
        let sights = load.finish().await?;
        let report = self.report(measured, sights);
        print!("{}", report.table());
        if let Some(path) = &self.json {
            let text = serde_json::to_string_pretty(&report)?;
            std::fs::write(path, text).with_context(|| format!("--json: cannot write {}", path.display()))?;
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn check(&self) -> anyhow::Result<()> {
        let most = self.conversations * self.members;
        ensure!(self.connections <= most, "--connections: at most {most}, one for each participant");
        let rates: u64 = self.rate.iter().copied().map(u64::from).sum();
        let messages = rates * (self.seconds + self.warm_up_seconds) * u64::from(self.members);
        ensure!(messages <= MAX_MESSAGES, "that would be {messages} deliveries; at most {MAX_MESSAGES} are kept");
        Ok(())
    }

    async fn seats(&self, run_file: &RunFile) -> anyhow::Result<Vec<Seat>> {
        let size = Size { conversations: self.conversations as usize, members: self.members as usize };
        match &self.seed_file {
            Some(file) => people::seats(file, size),
            None => people::seed(run_file, &self.run_file, size, size.conversations * size.members).await,
        }
    }

    /// Opens all sockets, on all gateways in turn; the first ones get orders.
    async fn open(&self, run_file: &RunFile, seats: Vec<Seat>) -> anyhow::Result<Load> {
        let gateways = run_file.gateways()?;
        let run = Arc::new(Run {
            tag: format!("b{:08x}", rand::random::<u32>()),
            content: text_of(self.content_bytes as usize),
            base: Instant::now(),
            steps: self.rate.len() + 1,
            progress: Progress::default(),
        });
        let places = seats.into_iter().enumerate().zip(gateways.into_iter().cycle());
        let opening = places.map(|((index, seat), gateway)| Socket::open(run.clone(), gateway, seat, index));
        let opened: Vec<Socket> = stream::iter(opening).buffered(OPENING).try_collect().await?;
        eprintln!("{} sockets open, {} of them send", opened.len(), self.connections);
        let (stop, stopped) = watch::channel(false);
        let (mut senders, mut sockets) = (Vec::new(), Vec::new());
        for (index, socket) in opened.into_iter().enumerate() {
            let orders = (index < self.connections as usize).then(|| {
                let (sender, orders) = unbounded_channel();
                senders.push(sender);
                orders
            });
            sockets.push(tokio::spawn(socket.serve(orders, stopped.clone())));
        }
        Ok(Load { run, senders, sockets, stop, groups: Groups::of(run_file) })
    }

    /// One rate: warm-up (counted as step 0), measurement, and the wait for what is still under way.
    async fn measure(&self, load: &Load, step: usize, rate: u32) -> anyhow::Result<Measured> {
        let before = load.returned();
        let start = Instant::now() + LEAD;
        let warm_up =
            Stretch { step: 0, start, length: Duration::from_secs(self.warm_up_seconds), rate, spacing: self.spacing };
        let measured =
            Stretch { step, start: start + warm_up.length, length: Duration::from_secs(self.seconds), ..warm_up };
        let senders = load.senders.clone();
        let pacing = spawn_blocking(move || (warm_up.run(&senders), measured.run(&senders)));
        sleep_until(measured.start.into()).await;
        let (begun, usage) = (Instant::now(), load.usage().await?);
        let (warm_up_sent, sent) = pacing.await?;
        let (took, used) = (begun.elapsed(), cpu::difference(&usage, &load.usage().await?));
        let listeners = u64::from(self.members) - 1;
        load.drain(before, warm_up_sent + sent, listeners, Duration::from_secs(self.drain_seconds)).await;
        Ok(Measured { sent, took, used })
    }

    fn report(&self, measured: Vec<Measured>, sights: Vec<Sight>) -> Report {
        let setup = Setup {
            seconds: self.seconds,
            sockets: sights.len(),
            connections: self.connections,
            conversations: self.conversations,
            members: self.members,
            content_bytes: self.content_bytes,
            spacing: format!("{:?}", self.spacing).to_lowercase(),
        };
        let mut report = Report::new(setup);
        let mut seen: Vec<Vec<_>> = vec![Vec::new(); self.rate.len()];
        for sight in sights {
            report.note_socket(sight.out_of_order, sight.closed);
            for (all, one) in seen.iter_mut().zip(sight.steps.into_iter().skip(1)) {
                all.push(one);
            }
        }
        for ((rate, measured), seen) in self.rate.iter().zip(measured).zip(seen) {
            report.steps.push(Step::new(*rate, self.members, measured.sent, seen, measured.took, &measured.used));
        }
        report
    }
}

impl Load {
    async fn usage(&self) -> anyhow::Result<Usage> {
        let groups = self.groups.clone();
        Ok(spawn_blocking(move || groups.read()).await?)
    }

    /// How many have been acknowledged, refused, and received by others so far.
    fn returned(&self) -> (u64, u64, u64) {
        let progress = &self.run.progress;
        let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        (read(&progress.acked), read(&progress.refused), read(&progress.received))
    }

    /// Waits until everything sent has come back, but not for ever.
    async fn drain(&self, before: (u64, u64, u64), sent: u64, listeners: u64, limit: Duration) {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            let now = self.returned();
            let (acked, refused, received) = (now.0 - before.0, now.1 - before.1, now.2 - before.2);
            if acked + refused >= sent && received >= acked * listeners {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn finish(self) -> anyhow::Result<Vec<Sight>> {
        // Sockets that have ended do not listen.
        let _ended = self.stop.send(true);
        let mut sights = Vec::with_capacity(self.sockets.len());
        for socket in self.sockets {
            sights.push(socket.await?);
        }
        Ok(sights)
    }
}

/// Words, cut to the length.
pub(crate) fn text_of(bytes: usize) -> String {
    "the quick brown fox jumps over the lazy dog and says hello ".chars().cycle().take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_long_as_asked_for_and_never_blank() {
        for bytes in [1, 60, 256, 16_384] {
            let text = text_of(bytes);
            assert_eq!(text.len(), bytes);
            assert!(!text.trim().is_empty());
        }
    }
}
