//! `chat-bench floor-insert`: the least that storing can cost. Batches of rows into the table of messages, with all its indexes,
//! over as many connections as asked for; nothing is decided, counted, published or answered.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chat_protocol::ids::{ConversationId, UserId};
use chat_store::Database;
use chat_store::seed::{SeededMessage, insert_messages};
use clap::Args;
use serde_json::{Map, json};

use crate::ack::text_of;
use crate::cpu::{self, Groups};
use crate::figures::{Outcome, cpu_each, float, map, rounded};
use crate::latency::Latencies;
use crate::run_file::{RunFile, loopback};
use crate::span::Span;

/// Over how many conversations the rows of a connection are spread.
const CONVERSATIONS: i64 = 100;

#[derive(Debug, Args)]
pub(crate) struct FloorInsert {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// Rows of one statement, which is one transaction; several are tried one after the other
    #[arg(long, value_delimiter = ',', default_value = "1,10,100,500", value_parser = clap::value_parser!(u16).range(1..=5000))]
    batch: Vec<u16>,
    /// How many connections store at the same time
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=50))]
    connections: u32,
    #[command(flatten)]
    span: Span,
}

/// The rows of one connection.
struct Rows {
    conversations: Vec<ConversationId>,
    sender: UserId,
    content: String,
    made: i64,
}

impl FloorInsert {
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run = RunFile::read(&self.run_file)?;
        loopback(&run.postgres.url)?;
        let database = Database::new(&run.postgres.url, self.connections)?;
        let (mut figures, mut cpu) = (Map::new(), Map::new());
        let mut best = 0.0;
        for batch in &self.batch {
            let groups = Groups::of(&run);
            let (before, begun) = (groups.read(), Instant::now());
            let storing = (0..self.connections).map(|_| self.store(&database, usize::from(*batch)));
            let stored = futures_util::future::try_join_all(storing).await?;
            let (used, took) = (cpu::difference(&before, &groups.read()), begun.elapsed());
            let (mut rows, mut latencies) = (0, Latencies::default());
            for (count, taken) in stored {
                rows += count;
                latencies.extend(taken);
            }
            let rate = rounded(float(rows) / took.as_secs_f64());
            best = rate.max(best);
            let name = format!("batch_{batch}");
            figures.insert(name.clone(), json!({ "rows_per_s": rate, "insert_ms": latencies.summary() }));
            cpu.insert(name, json!({ "postgres_us": cpu_each(&used, "postgres", rows) }));
        }
        figures.insert("rows_per_s".to_owned(), best.into());
        let settings = map([
            ("connections", self.connections.into()),
            ("batch", self.batch.clone().into()),
            ("content_bytes", self.span.content_bytes.into()),
            ("seconds", self.span.seconds.into()),
        ]);
        Outcome { name: "floor-insert", settings, figures, floor: Map::new(), cpu }.tell(self.span.json.as_deref())?;
        Ok(ExitCode::SUCCESS)
    }

    /// One connection: batch after batch, each committed before the next.
    async fn store(&self, database: &Database, batch: usize) -> anyhow::Result<(u64, Latencies)> {
        let mut rows = Rows::new(self.span.content_bytes as usize)?;
        let (end, mut count, mut latencies) =
            (Instant::now() + Duration::from_secs(self.span.seconds), 0, Latencies::default());
        while Instant::now() < end {
            let (some, begun) = (rows.next(batch), Instant::now());
            insert_messages(database.pool(), &some).await?;
            latencies.record(begun.elapsed());
            count += u64::try_from(batch)?;
        }
        Ok((count, latencies))
    }
}

impl Rows {
    fn new(content_bytes: usize) -> anyhow::Result<Self> {
        Ok(Self {
            conversations: (0..CONVERSATIONS).map(|_| ConversationId::generate()).collect(),
            sender: UserId::new(1).context("1 is a user's id")?,
            content: text_of(content_bytes),
            made: 0,
        })
    }

    /// Rows that nobody publishes: they stand before everything on the stream of commands.
    fn next(&mut self, count: usize) -> Vec<SeededMessage> {
        let now = chrono::Utc::now();
        let conversations =
            self.conversations.iter().cycle().skip(usize::try_from(self.made).unwrap_or_default() % 100);
        let rows = conversations.take(count).zip(self.made..).map(|(conversation, made)| SeededMessage {
            conversation: *conversation,
            number: made / CONVERSATIONS + 1,
            sender: self.sender,
            content: self.content.clone(),
            created_at: now,
            command_pos: -1 - made,
        });
        let rows = rows.collect();
        self.made += i64::try_from(count).unwrap_or_default();
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_place_is_taken_twice() {
        let mut rows = Rows::new(10).unwrap();
        let mut places = BTreeSet::new();
        for count in [1, 7, 500, 99] {
            for row in rows.next(count) {
                assert!(row.command_pos < 0);
                assert!(places.insert((row.conversation.uuid(), row.number)));
            }
        }
        assert_eq!(places.len(), 607);
    }
}
