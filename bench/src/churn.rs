//! `chat-bench churn`: sockets come and go all the time, in every manner; whether the gateways' memory stays where it is.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use futures_util::{StreamExt as _, stream};
use rand::Rng as _;
use serde_json::json;
use tokio::time::sleep;

use crate::crowd::Crowd;
use crate::figures::{Outcome, map, rounded};
use crate::memory::{Held, slope_per_minute};
use crate::receivers::{Listener, Manner, Receivers};
use crate::run_file::RunFile;

/// How many sockets are opened at once.
const OPENING: usize = 64;
/// How long a silent socket is kept: longer than a gateway waits for it.
const SILENCE: Duration = Duration::from_secs(45);
/// How often is looked.
const SAMPLE: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Churn {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// How many sockets are there
    #[arg(long, default_value_t = 19_000, value_parser = clap::value_parser!(u32).range(2..=200_000))]
    sockets: u32,
    /// How many of them are in one conversation
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1000))]
    members: u32,
    /// How long
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// How many go, and come again, each second
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    per_second: u32,
    /// Socket.IO over `WebSocket` instead of plain sockets
    #[arg(long)]
    socketio: bool,
    /// Where to write the result as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Churn {
    /// Exit code 1: sockets could not be opened again.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run_file = RunFile::read(&self.run_file)?;
        let pids = &run_file.ws_gateway.pids;
        let mut crowd = Crowd::gather(&run_file, &self.run_file, self.sockets, self.members, self.socketio).await?;
        let before = Held::by(pids);
        let receivers = Receivers::start(Vec::new())?;
        crowd.open(OPENING, |index, listener| receivers.add(index, listener)).await?;
        let open = Held::by(pids);
        eprintln!("{} sockets open", self.sockets);
        let (begun, length) = (Instant::now(), Duration::from_secs_f64(60.0 * self.minutes));
        let (mut samples, mut silent, mut gone, mut failed) = (Vec::new(), VecDeque::new(), 0_u64, 0_u64);
        let mut looked = begun;
        while begun.elapsed() < length {
            let round = Instant::now();
            let mut leaving = Vec::new();
            while let Some((_, since)) = silent.front()
                && round.duration_since(*since) > SILENCE
            {
                let (index, _) = silent.pop_front().context("the front was there")?;
                receivers.end(index, Manner::Reset)?;
                leaving.push(index);
            }
            for number in 0..self.per_second {
                let index = rand::rng().random_range(0..crowd.seats.len());
                if leaving.contains(&index) || silent.iter().any(|(other, _)| *other == index) {
                    continue;
                }
                gone += 1;
                match number % 16 {
                    0 => {
                        receivers.end(index, Manner::Silent)?;
                        silent.push_back((index, round));
                        continue;
                    }
                    odd if odd % 2 == 1 => receivers.end(index, Manner::Reset)?,
                    _ => receivers.end(index, Manner::Clean)?,
                }
                leaving.push(index);
            }
            failed += self.come_back(&crowd, &receivers, leaving).await?;
            if looked.elapsed() > SAMPLE {
                looked = Instant::now();
                samples.push((begun.elapsed().as_secs_f64(), Held::by(pids)));
            }
            sleep(Duration::from_secs(1).saturating_sub(round.elapsed())).await;
        }
        let after = Held::by(pids);
        receivers.stop()?;
        let later: Vec<_> = samples.iter().skip(samples.len() / 3).map(|(at, held)| (*at, held.rss_bytes)).collect();
        let figures = map([
            ("came_and_went", gone.into()),
            ("refused", failed.into()),
            ("rss_slope_bytes_per_minute", rounded(slope_per_minute(&later)).into()),
            ("before", json!(before)),
            ("open", json!(open)),
            ("after", json!(after)),
            ("rss_by_second", samples.iter().map(|(at, held)| json!([at.round(), held.rss_bytes])).collect()),
        ]);
        let settings = map([
            ("sockets", self.sockets.into()),
            ("members", self.members.into()),
            ("minutes", self.minutes.into()),
            ("per_second", self.per_second.into()),
            ("socketio", self.socketio.into()),
            ("gateways", pids.len().into()),
        ]);
        Outcome { name: "churn", settings, figures, ..Outcome::default() }.tell(self.json.as_deref())?;
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Opens these again; returns how many could not be.
    async fn come_back(&self, crowd: &Crowd, receivers: &Receivers, leaving: Vec<usize>) -> anyhow::Result<u64> {
        let opening = leaving.into_iter().map(|index| {
            let door = crowd.door(index, None);
            async move { (index, door.open().await) }
        });
        let mut opened = stream::iter(opening).buffer_unordered(OPENING);
        let mut failed = 0;
        while let Some((index, opened)) = opened.next().await {
            match opened {
                Ok(opened) => {
                    let next = opened.last_seq.unwrap_or_default() + 1;
                    let audience = crowd.audiences.get(&crowd.seats[index].conversation).context("no audience")?;
                    receivers.add(index, Listener::new(opened.stream, &opened.rest, next, audience.clone()))?;
                }
                Err(error) => {
                    failed += 1;
                    eprintln!("socket {index}: {error:#}");
                }
            }
        }
        Ok(failed)
    }
}
