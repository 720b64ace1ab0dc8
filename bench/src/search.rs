//! `chat-bench search`: how long finding messages takes over REST, for people with few and many conversations, and for words that
//! are frequent and rare.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chat_protocol::ids::UserId;
use clap::Args;
use rand::seq::IndexedRandom as _;
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::latency::Latencies;
use crate::run_file::{RunFile, loopback};

/// How long `chatctl` may take to make everything, and the workers to fill it.
const SEED_TIMEOUT: Duration = Duration::from_hours(2);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many conversations people of each class have, and which part of all conversations is theirs, in quarters.
const CLASSES: [(usize, u32); 3] = [(5, 2), (50, 1), (500, 1)];
const MEMBERS: u32 = 2;

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// How many conversations there are
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(4000..=100_000))]
    conversations: u32,
    /// How many messages each has
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    messages: u32,
    /// How often is searched for each class of people, words and forms
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    /// How many results a page has
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
    page_size: u32,
}

/// What `chatctl seed` writes.
#[derive(Debug, Deserialize)]
struct Seeded {
    users: Vec<SeededUser>,
    conversations: Vec<SeededConversation>,
    words: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct SeededUser {
    id: UserId,
    token: String,
}

#[derive(Debug, Deserialize)]
struct SeededConversation {
    members: Vec<UserId>,
}

impl Search {
    /// Makes what is missing, and searches.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run = RunFile::read(&self.run_file)?;
        let mut people = Vec::new();
        let mut is_new = false;
        for (class, quarters) in CLASSES {
            let file = self.run_file.with_file_name(format!("bench-search-{class}.json"));
            if !file.exists() {
                self.seed(&run, class, quarters, &file).await?;
                is_new = true;
            }
            people.push((class, read(&file)?));
        }
        if is_new {
            let begun = Instant::now();
            chatctl(&run, &["reindex", "--missing", "--wait"]).await?;
            eprintln!("everything can be found after {:.0} s", begun.elapsed().as_secs_f64());
        }
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        println!(
            "{:14} {:9} {:13} {:>8} {:>8} {:>8} {:>8}  ms",
            "conversations", "words", "form", "p50", "p90", "p99", "max"
        );
        for (class, seeded) in &people {
            let tokens = tokens_of(seeded, *class);
            ensure!(!tokens.is_empty(), "nobody has about {class} conversations");
            for (words, examples) in seeded.words.iter().filter(|(_, examples)| !examples.is_empty()) {
                for (form, shape) in FORMS {
                    let mut latencies = Latencies::default();
                    for number in 0..self.requests {
                        let (token, word) = (pick(&tokens)?, pick(examples)?);
                        let other = pick(&seeded.words["frequent"])?;
                        let took = self.search(&http, &run.api_url()?, token, &shape(word, other)).await?;
                        // The first ones find nothing in memory.
                        if number >= self.requests / 10 {
                            latencies.record(took);
                        }
                    }
                    let took = latencies.summary();
                    println!(
                        "{class:14} {words:9} {form:13} {:8.1} {:8.1} {:8.1} {:8.1}",
                        took.p50, took.p90, took.p99, took.max
                    );
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn seed(&self, run: &RunFile, class: usize, quarters: u32, file: &Path) -> anyhow::Result<()> {
        let conversations = self.conversations * quarters / 4;
        let users = conversations * MEMBERS / u32::try_from(class)?;
        let numbers = [users, conversations, MEMBERS, self.messages].map(|number| number.to_string());
        let [users, conversations, members, messages] = &numbers;
        let out = file.to_str().context("--run-file: no UTF-8")?;
        let sizes = ["--users", users, "--conversations", conversations, "--members", members, "--messages", messages];
        chatctl(run, &[&["seed", "--out", out][..], &sizes].concat()).await
    }

    async fn search(&self, http: &reqwest::Client, base: &str, token: &str, query: &str) -> anyhow::Result<Duration> {
        let size = self.page_size.to_string();
        let params = [("search", query), ("page_size", &size)];
        let url = Url::parse_with_params(&format!("{base}/api/chat/messages/"), params)?;
        let begun = Instant::now();
        let answer = http.get(url).bearer_auth(token).send().await?.error_for_status()?;
        let body = answer.bytes().await?;
        let took = begun.elapsed();
        let body: Value = serde_json::from_slice(&body)?;
        ensure!(body["results"].is_array(), "no list: {body}");
        Ok(took)
    }
}

/// How a word is searched for, beside another one.
type Shape = fn(&str, &str) -> String;

const FORMS: [(&str, Shape); 4] = [
    ("word", |word, _| format!("\"{word}\"")),
    ("beginning", |word, _| word.to_owned()),
    ("two words", |word, other| format!("{other} \"{word}\"")),
    ("phrase", |word, other| format!("\"{other} {word}\"")),
];

fn read(file: &Path) -> anyhow::Result<Seeded> {
    let context = || format!("{}; remove it to make everything anew", file.display());
    let text = fs::read_to_string(file).with_context(context)?;
    serde_json::from_str(&text).with_context(context)
}

/// Runs the `chatctl` that lies beside this program.
async fn chatctl(run: &RunFile, arguments: &[&str]) -> anyhow::Result<()> {
    loopback(&run.postgres.url)?;
    let program = std::env::current_exe()?.with_file_name("chatctl");
    let mut command = Command::new(&program);
    command
        .args(arguments)
        .env("DATABASE_URL", &run.postgres.url)
        .env("JWT_SECRET", &run.jwt_secret)
        .kill_on_drop(true);
    let status = timeout(SEED_TIMEOUT, command.status()).await.context("chatctl does not end")?;
    let status = status.with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(status.success(), "chatctl failed");
    Ok(())
}

/// The tokens of people with about so many conversations.
fn tokens_of(seeded: &Seeded, class: usize) -> Vec<String> {
    let mut counts: BTreeMap<UserId, usize> = BTreeMap::new();
    for member in seeded.conversations.iter().flat_map(|conversation| &conversation.members) {
        *counts.entry(*member).or_default() += 1;
    }
    let is_near = |count: usize| count.abs_diff(class) * 20 <= class;
    let near = seeded.users.iter().filter(|user| counts.get(&user.id).is_some_and(|count| is_near(*count)));
    near.map(|user| user.token.clone()).collect()
}

fn pick(from: &[String]) -> anyhow::Result<&str> {
    from.choose(&mut rand::rng()).map(String::as_str).context("nothing to choose from")
}
