//! `chatctl conversation`: conversations as an operator sees them, whoever takes part.

mod delete;
mod export;

use anyhow::Context as _;
use chat_protocol::ids::{ConversationId, UserId};
use chat_store::admin::Window;
use chat_store::admin::conversations::{self, Filter};
use chat_store::operator::conversations::members;
use clap::{Args, Subcommand};

use crate::output::{Format, print};
use crate::settings::DatabaseSettings;

#[derive(Debug, Args)]
pub(crate) struct Conversation {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// List conversations, the newest first
    List(List),
    /// Print one as JSON
    Show(Which),
    /// List who takes part, and who did
    Members(Members),
    /// Write its whole log into a file, a JSON object a line
    Export(export::Export),
    /// Delete a group for all who take part, as its owner could
    Delete(delete::Delete),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Only those of this person
    #[arg(long)]
    participant: Option<UserId>,
    /// Only those about this job
    #[arg(long)]
    job: Option<String>,
    /// After this one
    #[arg(long)]
    after: Option<ConversationId>,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The conversation
    id: ConversationId,
}

#[derive(Debug, Args)]
struct Members {
    #[command(flatten)]
    which: Which,
    /// After this person
    #[arg(long)]
    after: Option<UserId>,
    /// How many at most
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl Conversation {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<()> {
        match self.job {
            Job::List(list) => list.run(output).await,
            Job::Show(which) => which.show().await,
            Job::Members(wanted) => wanted.run(output).await,
            Job::Export(export) => export.run().await,
            Job::Delete(delete) => delete.run().await,
        }
    }
}

impl List {
    async fn run(self, output: Format) -> anyhow::Result<()> {
        let filter = Filter { participant: self.participant, job_id: self.job };
        let database = self.database.open()?;
        let found = conversations::list(database.pool(), &filter, Window::Onward(self.after), self.limit).await?;
        output.rows(&found, &["id", "kind", "title", "participant_count", "last_seq", "updated_at"])
    }
}

impl Which {
    async fn show(self) -> anyhow::Result<()> {
        let found = conversations::find(self.database.open()?.pool(), self.id).await?;
        print(&serde_json::to_string_pretty(&found.context("there is no such conversation")?)?)
    }
}

impl Members {
    async fn run(self, output: Format) -> anyhow::Result<()> {
        let database = self.which.database.open()?;
        let found = members(database.pool(), self.which.id, self.after, self.limit).await?;
        output.rows(&found, &["user_id", "name", "role", "joined_seq", "left_seq", "read_seq", "last_seen"])
    }
}
