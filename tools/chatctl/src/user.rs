//! `chatctl user`: who somebody is, and who moderates. No claim of a token makes an administrator; this does.

use anyhow::bail;
use chat_protocol::ids::UserId;
use chat_store::admin::users::{self, Granted};
use clap::{Args, Subcommand};

use crate::settings::DatabaseSettings;

#[derive(Debug, Args)]
pub(crate) struct User {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Print what is known of somebody, as JSON
    Show(Whom),
    /// Make somebody an administrator, who moderates
    GrantAdmin(Whom),
    /// Make an administrator what they were before
    RevokeAdmin(Whom),
}

#[derive(Debug, Args)]
struct Whom {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The person's id
    id: UserId,
}

impl User {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.job {
            Job::Show(whom) => whom.show().await,
            Job::GrantAdmin(whom) => whom.set_administrator(true).await,
            Job::RevokeAdmin(whom) => whom.set_administrator(false).await,
        }
    }
}

impl Whom {
    async fn show(self) -> anyhow::Result<()> {
        let Some(user) = users::find(self.database.open()?.pool(), self.id).await? else {
            bail!("nobody has the id {}", self.id)
        };
        println!("{}", serde_json::to_string_pretty(&user)?);
        Ok(())
    }

    async fn set_administrator(self, is_set: bool) -> anyhow::Result<()> {
        match users::set_administrator(self.database.open()?.pool(), self.id, is_set).await? {
            Granted::Done => {}
            Granted::Unknown => bail!("nobody has the id {}", self.id),
            Granted::Refused => bail!("{} is a machine, or locked out", self.id),
        }
        eprintln!("{} is {} administrator.", self.id, if is_set { "an" } else { "no" });
        Ok(())
    }
}
