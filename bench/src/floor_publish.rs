//! `chat-bench floor-publish`: the least that the broker can cost. Bytes of the size of a command go to a stream of the same kind
//! as that of commands, one after the other and so many under way at once; and without a stream.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::stream::{Config, StorageType};
use chat_bus::{Bus, NatsOptions};
use chat_protocol::command::{HEADER_COMMAND_ID, HEADER_KIND, HEADER_REPLY_TO};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::ack::text_of;
use crate::cpu::{self, Groups};
use crate::figures::{Outcome, cpu_each, float, map, rounded};
use crate::run_file::RunFile;
use crate::span::Span;

/// A stream of the load program's own, gone afterwards.
const STREAM: &str = "BENCH_FLOOR";
const SUBJECT: &str = "bench.floor";
/// What a command says beside its text: ids, the sender, names of fields.
const AROUND_TEXT: usize = 220;
/// Publications between two waits for the broker, without a stream.
const FLUSH_EACH: u64 = 512;

#[derive(Debug, Args)]
pub(crate) struct FloorPublish {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// Publications without an answer; several are tried one after the other
    #[arg(long, value_delimiter = ',', default_value = "1,64,512", value_parser = clap::value_parser!(u16).range(1..=5000))]
    window: Vec<u16>,
    #[command(flatten)]
    span: Span,
}

impl FloorPublish {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run = RunFile::read(&self.run_file)?;
        let url = run.nats_url()?.to_owned();
        let bus = Bus::connect(&NatsOptions { url, user: None, password: None, name: "chat-bench".to_owned() }).await?;
        let config = Config {
            name: STREAM.to_owned(),
            subjects: vec![SUBJECT.to_owned()],
            storage: StorageType::File,
            duplicate_window: Duration::from_millis(100),
            ..Config::default()
        };
        bus.jetstream().create_or_update_stream(config).await?;
        let outcome = self.measure(&run, &bus).await;
        bus.jetstream().delete_stream(STREAM).await?;
        outcome?.tell(self.span.json.as_deref())?;
        Ok(ExitCode::SUCCESS)
    }

    async fn measure(&self, run: &RunFile, bus: &Bus) -> anyhow::Result<Outcome> {
        let (mut figures, mut cpu, mut best) = (Map::new(), Map::new(), 0.0);
        let windows = self.window.iter().copied().map(Some);
        for window in windows.chain([None]) {
            let groups = Groups::of(run);
            let (before, begun) = (groups.read(), Instant::now());
            let end = begun + Duration::from_secs(self.span.seconds);
            let count = match window {
                Some(window) => self.to_stream(bus, usize::from(window), end).await?,
                None => self.to_nobody(bus, end).await?,
            };
            let (used, took) = (cpu::difference(&before, &groups.read()), begun.elapsed());
            let name = window.map_or("core".to_owned(), |window| format!("window_{window}"));
            let rate = rounded(float(count) / took.as_secs_f64());
            if window.is_some() {
                best = rate.max(best);
            }
            figures.insert(name.clone(), json!({ "published_per_s": rate }));
            cpu.insert(name, json!({ "nats_us": cpu_each(&used, "nats", count) }));
        }
        figures.insert("published_per_s".to_owned(), best.into());
        let settings = map([
            ("window", self.window.clone().into()),
            ("payload_bytes", Value::from(self.payload().len())),
            ("seconds", self.span.seconds.into()),
        ]);
        Ok(Outcome { name: "floor-publish", settings, figures, floor: Map::new(), cpu })
    }

    fn payload(&self) -> bytes::Bytes {
        text_of(self.span.content_bytes as usize + AROUND_TEXT).into()
    }

    /// So many under way at once; returns how many the stream has taken.
    async fn to_stream(&self, bus: &Bus, window: usize, end: Instant) -> anyhow::Result<u64> {
        let (payload, headers) = (self.payload(), headers());
        let (mut under_way, mut count) = (VecDeque::with_capacity(window), 0);
        while Instant::now() < end {
            let publishing = bus.jetstream().publish_with_headers(SUBJECT, headers.clone(), payload.clone());
            under_way.push_back(publishing.await?);
            if under_way.len() == window {
                // The oldest is answered first, and mostly the others behind it with it.
                if let Some(ack) = under_way.pop_front() {
                    ack.await?;
                    count += 1;
                }
            }
        }
        for ack in under_way {
            ack.await?;
            count += 1;
        }
        Ok(count)
    }

    /// Nobody listens and nothing is kept.
    async fn to_nobody(&self, bus: &Bus, end: Instant) -> anyhow::Result<u64> {
        let (payload, headers, subject) = (self.payload(), headers(), format!("{SUBJECT}.core"));
        let mut count = 0;
        while Instant::now() < end {
            bus.client().publish_with_headers(subject.clone(), headers.clone(), payload.clone()).await?;
            count += 1;
            if count % FLUSH_EACH == 0 {
                bus.flush().await?;
            }
        }
        bus.flush().await?;
        Ok(count)
    }
}

/// As many as a command has, and as long.
fn headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER_COMMAND_ID, uuid::Uuid::nil().to_string());
    headers.insert(HEADER_KIND, "send_message");
    headers.insert(HEADER_REPLY_TO, "ws-gateway-00000000");
    headers
}
