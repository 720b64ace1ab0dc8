//! An example of a consumer, run as its readers would run it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use chat_e2e::{PATIENCE, StackOptions, node_program};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::operator::Feed;
use crate::traffic::Standings;

/// What the example is written in.
#[derive(Debug, Clone, Copy)]
pub enum Language {
    /// Rust.
    Rust,
    /// JavaScript.
    Node,
    /// Python.
    Python,
}

impl Language {
    fn command(self) -> Command {
        let examples = repository().join("examples/consumers");
        match self {
            Self::Rust => Command::new(StackOptions::for_tests().unwrap().bin_dir.join("chat-example-consumer")),
            Self::Node => {
                assert!(examples.join("node/node_modules").is_dir(), "scripts/install-node brings its packages");
                let mut command = Command::new(node_program());
                command.arg(examples.join("node/consumer.mjs"));
                command
            }
            Self::Python => {
                let packages = repository().join(".tools/python-consumer");
                assert!(packages.is_dir(), "scripts/install-python-tools brings its packages");
                let mut command = Command::new("python3");
                command.arg(examples.join("python/consumer.py"));
                command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
                command
            }
        }
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the repository")
}

/// A file for a consumer's state; it goes with the value.
pub struct StateFile(PathBuf);

impl StateFile {
    /// There is no such file yet.
    pub fn none() -> Self {
        Self(std::env::temp_dir().join(format!("feed-{:016x}.json", rand::random::<u64>())))
    }

    /// What it says of the conversations that are expected.
    pub fn standings(&self, expected: &Standings) -> Standings {
        let text = std::fs::read(&self.0).unwrap_or_else(|_| b"{}".to_vec());
        let state: BTreeMap<String, Value> = serde_json::from_slice(&text).unwrap();
        let ours = state.into_iter().filter(|(id, _)| expected.contains_key(id));
        ours.map(|(id, of)| (id, (of["seq"].as_u64().unwrap(), of["messages"].as_u64().unwrap()))).collect()
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        // It may never have been written.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What was taken, in order: conversation and seq.
pub type Taken = Vec<(String, u64)>;

/// A consumer that runs.
pub struct Consumer<'a> {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    state: &'a StateFile,
    taken: Taken,
}

impl<'a> Consumer<'a> {
    /// Starts it as the reader of the feed.
    pub fn start(language: Language, feed: &Feed, state: &'a StateFile) -> Self {
        let mut command = language.command();
        command.env("NATS_URL", &feed.nats_address).env("NATS_PASSWORD", &feed.reader_password).env("STATE", &state.0);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        Self { child, lines, state, taken: Vec::new() }
    }

    /// Waits until its file says that these conversations stand so.
    pub async fn until(&mut self, expected: &Standings) {
        let wait = async {
            while self.state.standings(expected) != *expected {
                let line = self.lines.next_line().await.unwrap().expect("it goes on");
                self.note(&line);
            }
        };
        let waited = timeout(PATIENCE * 3, wait).await;
        assert!(waited.is_ok(), "{:?} instead of {expected:?}", self.state.standings(expected));
    }

    fn note(&mut self, line: &str) {
        let mut words = line.split(' ');
        if let (Some(conversation), Some(seq), Some(_)) = (words.next(), words.next(), words.next()) {
            self.taken.push((conversation.to_owned(), seq.parse().unwrap()));
        }
    }

    /// Ends it as Ctrl-C does; everything that it has taken.
    pub async fn interrupt(mut self) -> Taken {
        let id = self.child.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        while let Some(line) = timeout(PATIENCE, self.lines.next_line()).await.expect("it ends").unwrap() {
            self.note(&line);
        }
        let status = timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap();
        assert_eq!(status.code(), Some(0));
        self.taken
    }
}

/// Each of the conversations was taken whole, each event once and in order.
pub fn assert_once_in_order(taken: &[(String, u64)], expected: &Standings) {
    for (conversation, (head, _)) in expected {
        let of_it = taken.iter().filter(|(id, _)| id == conversation).map(|(_, seq)| *seq);
        assert_eq!(of_it.collect::<Vec<_>>(), (1..=*head).collect::<Vec<_>>(), "{conversation}");
    }
}
