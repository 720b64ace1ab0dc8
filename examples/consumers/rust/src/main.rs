//! A consumer of the chat's event feed: takes every event once and in order, however often and in whatever order it comes.

mod state;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use async_nats::ConnectOptions;
use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use clap::Parser;
use futures_util::TryStreamExt as _;

use crate::state::{Event, State};

/// How many events are taken at once.
const BATCH: usize = 500;
/// How long one request waits for the next event.
const WAIT: Duration = Duration::from_secs(5);

/// Where it reads, as whom, and where it keeps how far it is.
#[derive(Parser)]
struct Settings {
    #[arg(long, env = "NATS_URL")]
    nats_url: String,
    #[arg(long, env = "NATS_USER", default_value = "reader")]
    nats_user: String,
    #[arg(long, env = "NATS_PASSWORD", hide_env_values = true)]
    nats_password: String,
    #[arg(long, env = "CONSUMER", default_value = "reader")]
    consumer: String,
    #[arg(long, env = "STATE")]
    state: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let settings = Settings::parse();
    let user = settings.nats_user;
    // Answers come where this user alone may hear them.
    let options = ConnectOptions::with_user_and_password(user.clone(), settings.nats_password)
        .custom_inbox_prefix(format!("_INBOX_{user}"));
    let client = options.connect(settings.nats_url).await?;
    let context = ContextBuilder::new().api_prefix("CHATJS.API").build(client.clone());
    let stream = context.get_stream_no_info("CHAT_EVENTS").await?;
    let consumer: Consumer<pull::Config> =
        stream.get_consumer(&settings.consumer).await.map_err(anyhow::Error::from_boxed)?;

    let mut state = State::load(settings.state)?;
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let batch = tokio::select! {
            batch = fetch(&consumer) => batch?,
            _ = &mut interrupted => return Ok(client.drain().await?),
        };
        if batch.is_empty() {
            continue;
        }
        for message in &batch {
            for event in state.take(read(message)?)? {
                println!("{} {} {}", event.conversation_id, event.seq, event.kind);
            }
        }
        // First the state, then the acknowledgement: what is not saved comes again.
        state.save()?;
        for message in &batch {
            message.ack().await.map_err(anyhow::Error::from_boxed)?;
        }
        println!("saved");
    }
}

async fn fetch(consumer: &Consumer<pull::Config>) -> Result<Vec<Message>> {
    let messages = consumer.fetch().max_messages(BATCH).expires(WAIT).messages().await?;
    messages.try_collect().await.map_err(anyhow::Error::from_boxed)
}

fn read(message: &Message) -> Result<Event> {
    serde_json::from_slice(&message.payload).with_context(|| format!("no event: {}", message.subject))
}
