//! `chat-bench lists`: how long the lists of somebody with very many conversations take over REST.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use chat_protocol::ids::ConversationId;
use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rand::Rng as _;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::latency::Latencies;
use crate::people::{self, Size};
use crate::run_file::RunFile;

/// How many messages are on their way at once while the conversations are filled.
const SENDING: usize = 32;
/// How often a message that found no room is said again, each second.
const TRIES: usize = 5;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(crate) struct Lists {
    /// `run.json` of the stack
    #[arg(long, default_value = ".data/run.json")]
    run_file: PathBuf,
    /// How many conversations the person has
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    conversations: u32,
    /// How many messages are said in them: one in each, the rest by lot
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    messages: u32,
    /// How often each list is read
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    requests: u32,
}

/// Somebody's REST.
struct Person {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Lists {
    /// Makes the person and the conversations, fills them, and reads.
    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let run = RunFile::read(&self.run_file)?;
        let size = Size { conversations: self.conversations as usize, members: 2 };
        let seats = people::seed(&run, &self.run_file, size, 2).await?;
        let token = seats.first().context("nobody was made")?.token.clone();
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        let person = Arc::new(Person { http, base: run.api_url()?, token });
        let conversations: Vec<_> = seats.iter().take(size.conversations).map(|seat| seat.conversation).collect();
        self.fill(&person, &conversations).await?;
        println!("{:44} {:>8} {:>8} {:>8}  ms", "", "p50", "p90", "max");
        for (name, path) in self.lists(&person).await? {
            let mut latencies = Latencies::default();
            for _ in 0..self.requests {
                let begun = Instant::now();
                person.get(&path).await?;
                latencies.record(begun.elapsed());
            }
            let took = latencies.summary();
            println!("{name:44} {:8.1} {:8.1} {:8.1}", took.p50, took.p90, took.max);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn fill(&self, person: &Arc<Person>, conversations: &[ConversationId]) -> anyhow::Result<()> {
        let begun = Instant::now();
        let place = |number: usize| match conversations.get(number) {
            Some(first) => *first,
            None => conversations[rand::rng().random_range(0..conversations.len())],
        };
        let sending = (0..self.messages as usize).map(|number| {
            let (person, conversation) = (Arc::clone(person), place(number));
            async move { person.say(conversation).await }
        });
        stream::iter(sending).buffer_unordered(SENDING).try_collect::<Vec<()>>().await?;
        eprintln!("{} messages said in {:.0?}", self.messages, begun.elapsed());
        Ok(())
    }

    /// What is read: names and addresses.
    async fn lists(&self, person: &Person) -> anyhow::Result<Vec<(&'static str, String)>> {
        let (conversations, messages) = ("/api/chat/conversations/", "/api/chat/messages/");
        let middle = person.get(&format!("{messages}?page_size=1")).await?;
        let newest = middle["results"][0]["created_at"].as_str().context("nothing was said")?.to_owned();
        Ok(vec![
            ("conversations", conversations.to_owned()),
            ("conversations, tenth page", person.page(conversations, 10).await?),
            ("conversations, unread", format!("{conversations}?unread=true")),
            ("conversations, search in names", format!("{conversations}?search=person")),
            ("unread", "/api/chat/unread/".to_owned()),
            ("messages of all", messages.to_owned()),
            ("messages of all, tenth page", person.page(messages, 10).await?),
            ("messages of all, hundredth page", person.page(messages, 100).await?),
            ("messages of all, until the newest", format!("{messages}?until={newest}")),
            ("messages of all, pictures", format!("{messages}?message_type=image")),
        ])
    }
}

impl Person {
    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        let answer = self.http.get(url).bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        if !status.is_success() {
            bail!("{path}: {status} {body}");
        }
        Ok(body)
    }

    async fn say(&self, conversation: ConversationId) -> anyhow::Result<()> {
        let url = format!("{}/api/chat/conversations/{conversation}/send_message/", self.base);
        let message = json!({"content": "Hello!", "client_id": format!("{:032x}", rand::random::<u128>())});
        for tried in 1.. {
            let said = self.http.post(&url).bearer_auth(&self.token).json(&message).send().await?;
            if said.status() != StatusCode::SERVICE_UNAVAILABLE || tried == TRIES {
                said.error_for_status().context("a message was refused")?;
                break;
            }
            eprintln!("a message found no room; again in a second");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(())
    }

    /// The address of a page of a list, or of its last one.
    async fn page(&self, list: &str, number: usize) -> anyhow::Result<String> {
        let mut address = list.to_owned();
        for _ in 1..number {
            let Some(next) = self.get(&address).await?["next"].as_str().map(str::to_owned) else { break };
            address = next;
        }
        Ok(address)
    }
}
