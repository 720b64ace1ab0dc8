//! `chatctl stream`: the streams on NATS, beside what they have to be.

use chat_bus::standing::{self, StreamStanding};
use chat_bus::streams;
use chat_persistence::config::StreamSection;
use chat_runtime::config::NatsSection;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::outcome::Ended;
use crate::output::Format;
use crate::settings::connect;

#[derive(Debug, Args)]
pub(crate) struct Stream {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Show how they stand: 3 if a setting is other than it has to be, 1 if one is missing
    Status(Settings),
    /// Make them, or bring their settings up to date; persistence does the same at its start
    Ensure(Settings),
}

#[derive(Debug, Args)]
struct Settings {
    #[command(flatten)]
    nats: NatsSection,
    #[command(flatten)]
    streams: StreamSection,
}

impl Stream {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<Ended> {
        let (is_status, settings) = match &self.job {
            Job::Status(settings) => (true, settings),
            Job::Ensure(settings) => (false, settings),
        };
        let bus = connect(&settings.nats).await?;
        if !is_status {
            streams::declare(&bus, settings.streams.settings()).await?;
        }
        let all = standing::streams(&bus, settings.streams.settings()).await?;
        let rows: Vec<_> = all.iter().map(row).collect();
        output.rows(&rows, &["stream", "messages", "bytes", "first", "last", "replicas", "differs"])?;
        if all.iter().any(|stream| stream.found.is_none()) {
            return Ok(Ended::Badly);
        }
        let differs = all.iter().any(|stream| !stream.differences.is_empty());
        Ok(if differs { Ended::Degraded } else { Ended::Well })
    }
}

fn row(stream: &StreamStanding) -> Value {
    let Some(found) = &stream.found else { return json!({"stream": stream.name, "differs": "it is not there"}) };
    json!({
        "stream": stream.name,
        "messages": found.messages,
        "bytes": found.bytes,
        "first": found.first_pos,
        "last": found.last_pos,
        "replicas": format!("{}/{}", found.current_replicas, found.replicas),
        "differs": describe(&stream.differences),
    })
}

/// Where a stream differs, in words.
pub(crate) fn describe(differences: &[[String; 3]]) -> String {
    let one = |[name, there, wanted]: &[String; 3]| format!("{name} is {there}, has to be {wanted}");
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}
