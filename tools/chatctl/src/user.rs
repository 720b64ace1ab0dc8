//! `chatctl user`: who somebody is, who moderates, who may not come in. No claim of a token makes an administrator; this does.

mod change;
mod erase;
mod export;

use anyhow::bail;
use chat_protocol::ids::UserId;
use chat_store::admin::Window;
use chat_store::admin::users;
use clap::{Args, Subcommand};

use crate::output::{Format, print};
use crate::settings::DatabaseSettings;

#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// List people in the order of their ids
    List(List),
    /// Print what is known of somebody, as JSON
    Show(Whom),
    /// Make somebody known, or change what others see of them
    Create(change::Create),
    /// Lock somebody out: no token of theirs counts any more, and their sockets close
    Ban(Whom),
    /// Let somebody in again
    Unban(Whom),
    /// Make somebody an administrator, who moderates
    GrantAdmin(Whom),
    /// Make an administrator what they were before
    RevokeAdmin(Whom),
    /// Write everything that is kept of somebody into one archive
    Export(export::Export),
    /// Remove what somebody has said, sent and is called, everywhere and for ever
    Erase(Box<erase::Erase>),
}

#[derive(Debug, Args)]
pub(super) struct Whom {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The person's id
    id: UserId,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Whose name begins so, or whose username or id it is
    #[arg(long)]
    search: Option<String>,
    /// After this person
    #[arg(long)]
    after: Option<UserId>,
    /// How many at most
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl User {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<()> {
        match self.job {
            Job::List(list) => list.run(output).await,
            Job::Show(whom) => whom.show().await,
            Job::Create(create) => create.run().await,
            Job::Ban(whom) => whom.set_active(false).await,
            Job::Unban(whom) => whom.set_active(true).await,
            Job::GrantAdmin(whom) => whom.set_administrator(true).await,
            Job::RevokeAdmin(whom) => whom.set_administrator(false).await,
            Job::Export(export) => export.run().await,
            Job::Erase(erase) => erase.run().await,
        }
    }
}

impl List {
    async fn run(&self, output: Format) -> anyhow::Result<()> {
        let database = self.database.open()?;
        let people =
            users::list(database.pool(), self.search.as_deref(), Window::Onward(self.after), self.limit).await?;
        output.rows(&people, &["id", "name", "username", "role", "is_active", "last_seen"])
    }
}

impl Whom {
    async fn show(self) -> anyhow::Result<()> {
        let Some(user) = users::find(self.database.open()?.pool(), self.id).await? else {
            bail!("nobody has the id {}", self.id)
        };
        print(&serde_json::to_string_pretty(&user)?)
    }
}
