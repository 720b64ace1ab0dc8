//! `chat-bench reads`: how long reading takes in a history of any length, which is made with COPY.

mod cold;
mod load;
mod measure;
mod past;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::ensure;
use clap::Args;
use serde_json::{Map, Value};

use self::measure::{Figure, Reader};
use self::past::Past;
use crate::figures::{Outcome, map};
use crate::run_file::{RunFile, loopback};

/// The exit code of a load that is to go on.
const UNFINISHED: u8 = 3;

#[derive(Debug, Args)]
pub(crate) struct Reads {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// How many messages the history has; what is there already is its beginning. Several are tried one after the other
    #[arg(long, value_delimiter = ',', default_value = "1000000", value_parser = clap::value_parser!(u64).range(100_000..=100_000_000))]
    messages: Vec<u64>,
    /// Also with nothing of the database in the kernel's memory, before what is warm
    #[arg(long)]
    cold: bool,
    /// Only make the history, and stop after so long; exit code 3 means that there is more to do
    #[arg(long)]
    load_seconds: Option<u64>,
    /// How often each read is done
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    requests: u32,
    /// Where to write the result for programs
    #[arg(long)]
    json: Option<PathBuf>,
}

impl Reads {
    /// Makes what is missing of the history, and reads in it, at each size.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run = RunFile::read(&self.run_file)?;
        loopback(&run.postgres.url)?;
        ensure!(self.messages.is_sorted(), "--messages: a history becomes longer, not shorter");
        let patience = self.load_seconds.map_or(Duration::MAX, Duration::from_secs);
        let mut figures = Map::new();
        for messages in &self.messages {
            let is_whole = load::load(&run.postgres.url, *messages, patience).await?;
            if !is_whole {
                return Ok(ExitCode::from(UNFINISHED));
            }
            if self.load_seconds.is_none() {
                figures.insert(format!("messages_{messages}"), self.measure(&run, *messages).await?.into());
            }
        }
        if self.load_seconds.is_none() {
            let settings = map([
                ("messages", self.messages.clone().into()),
                ("requests", self.requests.into()),
                ("cold", self.cold.into()),
            ]);
            Outcome { name: "reads", settings, figures, ..Outcome::default() }.tell(self.json.as_deref())?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Cold, where that is asked for, and then warm: each read once more at other places, and only then counted.
    async fn measure(&self, run: &RunFile, messages: u64) -> anyhow::Result<Map<String, Value>> {
        let mut past = Past::new(load::people());
        past.skip_to(messages);
        let reader = Reader::open(run, &past, messages).await?;
        let mut found = Map::new();
        if self.cold {
            cold::forget(&run.postgres.pids)?;
            found.insert("cold".to_owned(), tell("cold", messages, reader.measure(self.requests, 0).await?)?);
        }
        found.insert("warm".to_owned(), tell("warm", messages, reader.measure(self.requests, self.requests).await?)?);
        Ok(found)
    }
}

/// For people at once, and for programs.
fn tell(state: &str, messages: u64, figures: Vec<Figure>) -> anyhow::Result<Value> {
    eprintln!("{messages} messages, {state:20} statements p50      p99   answer p50      p99  ms");
    let mut all = Map::new();
    for figure in figures {
        eprintln!("{figure}");
        all.insert(figure.name(), serde_json::to_value(&figure)?);
    }
    Ok(all.into())
}
