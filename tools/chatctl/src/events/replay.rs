//! `chatctl events replay`: what Postgres has of conversations goes to CHAT_EVENTS once more, conversation by conversation and each in
//! its order. Whoever reads drops what it has by conversation and seq, so it may run while everything runs.

mod tempo;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use chat_bus::Bus;
use chat_bus::attributes::Attributes;
use chat_bus::events::EncodedEvent;
use chat_protocol::ids::{ConversationId, Seq};
use chat_runtime::backoff::Backoff;
use chat_runtime::config::{FeedSection, NatsSection};
use chat_store::log::{self, LoggedEvent, Stretch};
use chat_store::messages::Window;
use chat_store::{Database, StoreError};
use clap::Args;

use self::tempo::Tempo;
use crate::settings::{DatabaseSettings, connect};

/// Conversations, and events of one, that are read at once.
const PAGE: u32 = 500;
/// Most events a second, unless another rate is asked for.
const RATE: u32 = 2000;
/// How often the same page is tried before it is given up.
const TRIES: u32 = 10;

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    nats: NatsSection,
    #[command(flatten)]
    feed: FeedSection,
    /// Only this conversation
    #[arg(long, conflicts_with_all = ["after", "progress"])]
    conversation: Option<ConversationId>,
    /// Go on after this conversation, as an earlier run has said
    #[arg(long, conflicts_with = "progress")]
    after: Option<ConversationId>,
    /// A file that says after which conversation to go on: read at the start, written on the way
    #[arg(long)]
    progress: Option<PathBuf>,
    /// Most events a second: gateways hear all of them
    #[arg(long, default_value_t = RATE, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
}

impl Replay {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let mut after = self.start()?;
        let run = Run::of(self.database.open()?, connect(&self.nats).await?, &self.feed);
        let mut tempo = Tempo::new(self.rate);
        if let Some(one) = self.conversation {
            run.publish_conversation(one, &mut tempo).await?;
        } else {
            while let Some(last) = run.publish_page(after, &mut tempo).await.with_context(|| resume_hint(after))? {
                after = Some(last);
                self.note(last)?;
            }
        }
        eprintln!("Done: {tempo}.");
        Ok(())
    }

    fn start(&self) -> anyhow::Result<Option<ConversationId>> {
        let Some(file) = self.progress.as_deref().filter(|file| file.exists()) else { return Ok(self.after) };
        let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let after = text.trim().parse().with_context(|| format!("{} names no conversation", file.display()))?;
        eprintln!("Going on after {after}.");
        Ok(Some(after))
    }

    /// Notes how far it is: a file is replaced as a whole, so that it is never half written.
    fn note(&self, last: ConversationId) -> anyhow::Result<()> {
        let Some(file) = self.progress.as_deref() else { return Ok(()) };
        let fresh = fresh_name(file);
        std::fs::write(&fresh, format!("{last}\n")).with_context(|| fresh.display().to_string())?;
        std::fs::rename(&fresh, file).with_context(|| file.display().to_string())
    }
}

fn fresh_name(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn resume_hint(after: Option<ConversationId>) -> String {
    after.map_or_else(|| "nothing is published for certain".to_owned(), |id| format!("to go on: --after {id}"))
}

pub(crate) struct Run {
    database: Database,
    bus: Bus,
    attributes: Attributes,
}

impl Run {
    pub(crate) fn of(database: Database, bus: Bus, feed: &FeedSection) -> Self {
        Self { database, bus, attributes: Attributes::of(feed.source()) }
    }

    /// One conversation, as fast as an operator's jobs go.
    pub(crate) async fn publish_one(&self, id: ConversationId) -> anyhow::Result<()> {
        self.publish_conversation(id, &mut Tempo::new(RATE)).await
    }

    /// The conversations after one, a page of them; the last of these.
    async fn publish_page(
        &self,
        after: Option<ConversationId>,
        tempo: &mut Tempo,
    ) -> anyhow::Result<Option<ConversationId>> {
        let page = log::conversations_after(self.database.pool(), after, PAGE).await?;
        for conversation in &page {
            self.publish_conversation(*conversation, tempo).await?;
            tempo.conversation_is_done(*conversation);
        }
        Ok(page.last().copied())
    }

    async fn publish_conversation(&self, id: ConversationId, tempo: &mut Tempo) -> anyhow::Result<()> {
        let mut after = Seq(0);
        while let Some(stretch) = self.read(id, after).await? {
            let beginning = Seq(stretch.first_seq.0 - 1);
            if after < beginning {
                after = beginning;
                continue;
            }
            let Some(last) = stretch.events.last().map(|logged| logged.event.seq()) else { break };
            self.publish(&stretch.events).await?;
            tempo.published(stretch.events.len()).await;
            after = last;
        }
        Ok(())
    }

    /// A stretch of its log; none once it is deleted.
    async fn read(&self, id: ConversationId, after: Seq) -> Result<Option<Stretch>, StoreError> {
        log::stretch(self.database.pool(), id, None, Window::After(after), PAGE).await
    }

    /// Until the broker has all of them: after a failure all of them once more, so that they come in order.
    async fn publish(&self, page: &[LoggedEvent]) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(5));
        for _ in 0..TRIES {
            match self.try_publish(page).await {
                Ok(()) => return Ok(()),
                Err(error) => eprintln!("chatctl: {error:#}; publishing the same once more"),
            }
            tokio::time::sleep(backoff.next_delay()).await;
        }
        bail!("CHAT_EVENTS does not take events")
    }

    async fn try_publish(&self, page: &[LoggedEvent]) -> anyhow::Result<()> {
        let mut acks = Vec::with_capacity(page.len());
        for logged in page {
            let event = EncodedEvent::new(logged.id, &logged.event, logged.facts, &self.attributes)?;
            acks.push(event.publish(&self.bus).await?);
        }
        for ack in acks {
            ack.await?;
        }
        Ok(())
    }
}
