//! What is changed about somebody: existence, name, being let in, being an administrator.

use anyhow::bail;
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use chat_store::admin::users::{self, Granted, Put};
use chat_store::operator::people;
use clap::{Args, ValueEnum};

use super::Whom;
use crate::settings::DatabaseSettings;

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The person's id
    id: UserId,
    /// What others call them
    #[arg(long)]
    name: String,
    /// What they are on the platform
    #[arg(long, value_enum, default_value_t = Role::Client)]
    role: Role,
    /// Their picture: http or https
    #[arg(long)]
    avatar_url: Option<String>,
}

/// What an operator can make of somebody right away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    Client,
    Freelancer,
}

impl Create {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        if self.avatar_url.as_deref().is_some_and(|url| !chat_protocol::rest::is_web_url(url)) {
            bail!("--avatar-url: http and https only")
        }
        let role = match self.role {
            Role::Client => PlatformRole::Client,
            Role::Freelancer => PlatformRole::Freelancer,
        };
        let database = self.database.open()?;
        match people::put(database.pool(), self.id, self.name.trim(), role, self.avatar_url.as_deref()).await? {
            Put::Created => eprintln!("{} is known now.", self.id),
            Put::Replaced => eprintln!("{} was known, and is called so now.", self.id),
            Put::Refused => bail!("{} is a machine", self.id),
        }
        Ok(())
    }
}

impl Whom {
    pub(super) async fn set_active(self, is_active: bool) -> anyhow::Result<()> {
        match people::set_active(self.database.open()?.pool(), self.id, is_active).await? {
            None => bail!("nobody has the id {}", self.id),
            Some(Put::Refused) => bail!("{} is a machine, or an administrator: revoke that first", self.id),
            Some(_) => eprintln!("{} is {}.", self.id, if is_active { "let in" } else { "locked out" }),
        }
        Ok(())
    }

    pub(super) async fn set_administrator(self, is_set: bool) -> anyhow::Result<()> {
        match users::set_administrator(self.database.open()?.pool(), self.id, is_set).await? {
            Granted::Done => {}
            Granted::Unknown => bail!("nobody has the id {}", self.id),
            Granted::Refused => bail!("{} is a machine, or locked out", self.id),
        }
        eprintln!("{} is {} administrator.", self.id, if is_set { "an" } else { "no" });
        Ok(())
    }
}
