//! `chat-bench reconnect`: all connections are reset at once while messages go on; all come back and resume. How long it takes
//! until the last one has, and that nothing is missing and nothing came twice.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::{interval, sleep};

use crate::ack::text_of;
use crate::cpu::on_cpu;
use crate::crowd::Crowd;
use crate::database::transactions;
use crate::figures::{Outcome, each, float, map, rounded};
use crate::latency::Latencies;
use crate::receivers::{Listener, Receivers};
use crate::run_file::RunFile;
use crate::source::Source;

/// How many sockets are opened at once at the beginning.
const OPENING: usize = 64;
/// How long messages go on before the cut, and from the cut on: Postgres counts with a delay of up to 10 s.
const WINDOW: Duration = Duration::from_secs(20);
/// How long it may take until all have resumed and have everything.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, Args)]
pub(crate) struct Reconnect {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// How many sockets
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(2..=200_000))]
    sockets: u32,
    /// How many of them are in one conversation
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1000))]
    members: u32,
    /// Messages a second in all conversations together, all the while
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// In how many conversations somebody speaks, on a socket that is not cut
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    speakers: u32,
    /// How many come back at the same time
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    at_once: u32,
    /// Where to write the result as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Reconnect {
    /// Exit code 1: something is missing, came twice, or somebody could not resume.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run_file = RunFile::read(&self.run_file)?;
        let mut crowd = Crowd::gather(&run_file, &self.run_file, self.sockets, self.members, false).await?;
        let receivers = Receivers::start(Vec::new())?;
        crowd.open(OPENING, |index, listener| receivers.add(index, listener)).await?;
        eprintln!("{} sockets open", self.sockets);
        let (stop, stopped) = watch::channel(false);
        let speaking = tokio::spawn(speak(self.speakers(&crowd).await?, self.rate, stopped));
        sleep(WINDOW / 2).await;
        let earlier = transactions(&run_file).await;
        sleep(WINDOW).await;
        let before = transactions(&run_file).await;
        let used = on_cpu(&run_file.ws_gateway.pids);
        let cut = Instant::now();
        for audience in crowd.audiences.values() {
            audience.note_cut();
        }
        let failed = self.come_back(&crowd, &receivers).await?;
        let all = self.all_resumed(&crowd, cut).await;
        let used = on_cpu(&run_file.ws_gateway.pids).saturating_sub(used);
        sleep(WINDOW.saturating_sub(cut.elapsed())).await;
        let after = transactions(&run_file).await;
        // Nobody is left to say stop: as good as said.
        let _ = stop.send(true);
        let said = speaking.await??;
        let missing = self.missing(&crowd, &said).await;
        let mut resumed = Latencies::default();
        let (mut out_of_order, mut resyncs, mut ended) = (0, 0, 0);
        for audience in crowd.audiences.values() {
            let heard = audience.heard();
            resumed.extend(heard.resumed);
            out_of_order += heard.out_of_order;
            resyncs += heard.resyncs;
            ended += heard.ended;
        }
        receivers.stop()?;
        let back = u64::try_from(resumed.len())?;
        let trouble = u64::from(self.sockets).saturating_sub(back) + out_of_order + resyncs + ended + missing + failed;
        let queries = earlier.zip(before).zip(after).map(|((earlier, before), after)| {
            each(float(after.saturating_sub(before)) - float(before.saturating_sub(earlier)), self.sockets.into())
        });
        let figures = map([
            ("resumed", back.into()),
            ("resumed_ms", json!(resumed.summary())),
            ("all_resumed_s", all.map_or(json!(null), |all| rounded(all.as_secs_f64()).into())),
            ("messages", said.iter().sum::<u64>().into()),
            ("missing", missing.into()),
            ("out_of_order_or_twice", out_of_order.into()),
            ("resync_required", resyncs.into()),
            ("closed", ended.into()),
            ("refused", failed.into()),
            // Transactions of pg_stat_database beyond those of as long a time before the cut.
            ("postgres_transactions_per_socket", json!(queries)),
        ]);
        let settings = map([
            ("sockets", self.sockets.into()),
            ("members", self.members.into()),
            ("conversations", crowd.audiences.len().into()),
            ("rate", self.rate.into()),
            ("speakers", self.speakers.into()),
            ("at_once", self.at_once.into()),
            ("gateways", run_file.ws_gateway.pids.len().into()),
        ]);
        let cpu = map([("gateways_us", each(used.as_secs_f64() * 1e6, self.sockets.into()).into())]);
        Outcome { name: "reconnect", settings, figures, cpu, ..Outcome::default() }.tell(self.json.as_deref())?;
        Ok(if trouble == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn speakers(&self, crowd: &Crowd) -> anyhow::Result<Vec<Source>> {
        let mut speakers = Vec::new();
        // Seats begin with the first participant of each conversation.
        for index in 0..crowd.audiences.len().min(self.speakers as usize) {
            speakers.push(Source::socket(crowd.door(index, None), &text_of(200)).await?);
        }
        Ok(speakers)
    }

    /// Cuts, and opens each again from where it was; returns how many could not be opened.
    async fn come_back(&self, crowd: &Crowd, receivers: &Receivers) -> anyhow::Result<u64> {
        let positions = receivers.cut()?;
        let opening = positions.into_iter().map(|(index, next)| {
            let door = crowd.door(index, Some(next - 1));
            async move { (index, next, door.open().await) }
        });
        let mut opened = stream::iter(opening).buffer_unordered(self.at_once as usize);
        let mut failed = 0;
        while let Some((index, next, opened)) = opened.next().await {
            match opened {
                Ok(opened) => {
                    let audience = crowd.audiences.get(&crowd.seats[index].conversation).context("no audience")?;
                    receivers.add(index, Listener::new(opened.stream, &opened.rest, next, Arc::clone(audience)))?;
                }
                Err(error) => {
                    failed += 1;
                    eprintln!("socket {index}: {error:#}");
                }
            }
        }
        Ok(failed)
    }

    async fn all_resumed(&self, crowd: &Crowd, cut: Instant) -> Option<Duration> {
        while cut.elapsed() < PATIENCE {
            let resumed: usize = crowd.audiences.values().map(|audience| audience.resumed()).sum();
            if resumed >= self.sockets as usize {
                return Some(cut.elapsed());
            }
            sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// Messages that have not come to all.
    async fn missing(&self, crowd: &Crowd, said: &[u64]) -> u64 {
        let until = Instant::now() + PATIENCE;
        loop {
            let lacking = |(index, said): (usize, &u64)| {
                let audience = crowd.audiences.get(&crowd.seats[index].conversation);
                said.saturating_sub(audience.map_or(0, |audience| audience.complete()))
            };
            let missing = said.iter().enumerate().map(lacking).sum();
            if missing == 0 || Instant::now() > until {
                return missing;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Messages, in turn, until it is over; returns how many of each.
async fn speak(mut speakers: Vec<Source>, rate: u32, mut stopped: watch::Receiver<bool>) -> anyhow::Result<Vec<u64>> {
    let mut said = vec![0; speakers.len()];
    let mut ticks = interval(Duration::from_secs(1) / rate);
    let count = speakers.len();
    for turn in (0..count).cycle() {
        let is_over = tokio::select! {
            _ = ticks.tick() => false,
            _ = stopped.wait_for(|stopped| *stopped) => true,
        };
        if is_over {
            break;
        }
        speakers[turn].send(1).await?;
        said[turn] += 1;
    }
    Ok(said)
}
