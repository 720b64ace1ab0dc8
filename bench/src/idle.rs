//! `chat-bench idle`: what sockets cost that nothing is said on. One arrangement a run, best on a stack that was just started:
//! what a conversation costs beside a socket follows from two runs with different `--members`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;
use tokio::time::sleep;

use crate::ack::text_of;
use crate::crowd::Crowd;
use crate::figures::{Outcome, each, float, map};
use crate::memory::Held;
use crate::people::Seat;
use crate::receivers::Receivers;
use crate::run_file::RunFile;
use crate::source::{Author, Source};

/// How many sockets are opened at once.
const OPENING: usize = 64;
/// How many conversations are filled at once.
const TALKS: usize = 16;

#[derive(Debug, Args)]
pub(crate) struct Idle {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// How many sockets
    #[arg(long, default_value_t = 19_000, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    sockets: u32,
    /// How many of them are in one conversation
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1000))]
    members: u32,
    /// Socket.IO over `WebSocket` instead of plain sockets
    #[arg(long)]
    socketio: bool,
    /// Each socket is a person's, for all of their conversations, which are so many
    #[arg(long, conflicts_with_all = ["socketio", "messages"], value_parser = clap::value_parser!(u32).range(1..=1000))]
    memberships: Option<u32>,
    /// Afterwards so many messages in each conversation, which its ring keeps
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1000))]
    messages: u32,
    /// Bytes of a message's text
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=16_384))]
    content_bytes: u32,
    /// How long everything rests before it is measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(0..=600))]
    rest_seconds: u64,
    /// Where to write the result as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Idle {
    /// Exit code 1: a socket was closed, or a message did not come.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run_file = RunFile::read(&self.run_file)?;
        let mut crowd = self.gather(&run_file).await?;
        let pids = &run_file.ws_gateway.pids;
        let before = Held::by(pids);
        let receivers = Receivers::start(Vec::new())?;
        let begun = Instant::now();
        crowd.open(OPENING, |index, listener| receivers.add(index, listener)).await?;
        let opening = begun.elapsed();
        eprintln!("{} sockets open after {opening:.1?}", crowd.seats.len());
        self.rest().await;
        let open = Held::by(pids);
        self.say(&run_file, &crowd).await?;
        self.rest().await;
        let active = Held::by(pids);
        let heard: Vec<_> = crowd.audiences.values().map(|audience| audience.heard()).collect();
        receivers.stop()?;
        let ended: u64 = heard.iter().map(|heard| heard.ended).sum();
        let delivered: u64 = heard.iter().map(|heard| heard.delivered).sum();
        let lost = (u64::try_from(crowd.seats.len())? * u64::from(self.messages)).saturating_sub(delivered);
        let (sockets, conversations) = (u64::try_from(crowd.seats.len())?, u64::try_from(heard.len())?);
        let grown = |from: u64, to: u64, by: u64| each(float(to.saturating_sub(from)), by);
        let figures = map([
            ("rss_bytes_per_socket", grown(before.rss_bytes, open.rss_bytes, sockets).into()),
            ("anonymous_bytes_per_socket", grown(before.anonymous_bytes, open.anonymous_bytes, sockets).into()),
            // Both ends of each connection are on this machine.
            ("kernel_slab_bytes_per_socket", grown(before.slab_bytes, open.slab_bytes, 2 * sockets).into()),
            (
                "kernel_buffer_bytes_per_socket",
                grown(before.socket_buffer_bytes, open.socket_buffer_bytes, 2 * sockets).into(),
            ),
            ("anonymous_bytes_per_active", grown(open.anonymous_bytes, active.anonymous_bytes, conversations).into()),
            ("before", json!(before)),
            ("open", json!(open)),
            ("active", json!(active)),
            ("opened_per_s", (float(sockets) / opening.as_secs_f64()).round().into()),
            ("closed", ended.into()),
            ("lost", lost.into()),
        ]);
        let settings = map([
            ("sockets", sockets.into()),
            ("memberships", self.memberships.into()),
            ("members", self.members.into()),
            ("conversations", conversations.into()),
            ("socketio", self.socketio.into()),
            ("messages", self.messages.into()),
            ("gateways", pids.len().into()),
        ]);
        Outcome { name: "idle", settings, figures, ..Outcome::default() }.tell(self.json.as_deref())?;
        Ok(if ended + lost == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn gather(&self, run_file: &RunFile) -> anyhow::Result<Crowd> {
        match self.memberships {
            Some(each) => Crowd::gather_everywhere(run_file, &self.run_file, self.sockets, self.members, each).await,
            None => Crowd::gather(run_file, &self.run_file, self.sockets, self.members, self.socketio).await,
        }
    }

    async fn rest(&self) {
        sleep(Duration::from_secs(self.rest_seconds)).await;
    }

    /// So many events in each conversation.
    async fn say(&self, run_file: &RunFile, crowd: &Crowd) -> anyhow::Result<()> {
        if self.messages == 0 {
            return Ok(());
        }
        let (text, url) = (text_of(self.content_bytes as usize), run_file.nats_url()?);
        let talks = crowd.audiences.iter().filter_map(|(conversation, audience)| {
            let seat = crowd.seats.iter().find(|seat| seat.conversation == *conversation)?;
            Some((seat, audience.first()))
        });
        let saying = talks.map(|(seat, first)| self.fill(url, seat, first, &text));
        stream::iter(saying).buffer_unordered(TALKS).try_collect().await
    }

    /// So many events in one conversation, on a connection of its own.
    async fn fill(&self, url: &str, seat: &Seat, first: u64, text: &str) -> anyhow::Result<()> {
        let author = Author::new(seat.conversation, seat.user, i64::try_from(first)? - 1, text)?;
        let mut source = Source::bus(url, author).await?;
        source.send(self.messages.into()).await?;
        source.close().await
    }
}
