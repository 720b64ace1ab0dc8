//! All commands: a noun, a verb where there are several, and what holds for each of them.

use clap::{Parser, Subcommand};

use crate::outcome::Ended;
use crate::output::Format;
use crate::{
    config, conversation, doctor, documents, events, feed, import, key, migrate, plan, reindex, seed, stream, tail,
    token, user,
};

/// The operator's tool of the chat
///
/// Exit codes: 0 done, 1 failed, 2 wrongly called, 3 done but something is degraded.
#[derive(Debug, Parser)]
#[command(name = "chatctl", version)]
pub(crate) struct Chatctl {
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    output: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what a shell completes this program's arguments by
    Completion(documents::Completion),
    /// Check and show what the services are told
    Config(config::Config),
    /// Show, export and delete conversations
    Conversation(conversation::Conversation),
    /// Check everything that can be wrong, and say what to do
    Doctor(Box<doctor::Doctor>),
    /// Publish the events of conversations once more
    Events(events::Events),
    /// Make, show and remove the consumers of events that readers outside pull from
    Feed(feed::Feed),
    /// Bring in what was said in other systems
    Import(import::Import),
    /// Make, change and show the keys that tokens are signed with
    Key(key::Key),
    /// Write the manual pages
    Man(documents::Man),
    /// Bring the schema of the database up to date, or show how it stands
    Migrate(migrate::Migrate),
    /// Say how many machines so many people need
    Plan(plan::Plan),
    /// Make anew what messages are found by
    Reindex(reindex::Reindex),
    /// Fill the database with people and group conversations, for benchmarks and tests
    Seed(seed::Seed),
    /// Show the streams, and make them what they have to be
    Stream(stream::Stream),
    /// Follow what happens in conversations, a line an event
    Tail(tail::Tail),
    /// Make and look into access tokens
    Token(token::Token),
    /// Show, make, lock out, export and erase people
    User(user::User),
}

impl Chatctl {
    pub(crate) async fn run(self) -> anyhow::Result<Ended> {
        let output = self.output;
        match self.command {
            Command::Completion(job) => job.run().map(Into::into),
            Command::Config(job) => job.run(output),
            Command::Conversation(job) => job.run(output).await.map(Into::into),
            Command::Doctor(job) => job.run(output).await,
            Command::Events(job) => job.run().await.map(Into::into),
            Command::Feed(job) => job.run(output).await.map(Into::into),
            Command::Import(job) => job.run(output).await,
            Command::Key(job) => job.run(output).await.map(Into::into),
            Command::Man(job) => job.run().map(Into::into),
            Command::Migrate(job) => job.run(output).await,
            Command::Plan(job) => job.run(output).map(Into::into),
            Command::Reindex(job) => job.run().await.map(Into::into),
            Command::Seed(job) => job.run().await.map(Into::into),
            Command::Stream(job) => job.run(output).await,
            Command::Tail(job) => job.run().await.map(Into::into),
            Command::Token(job) => job.run().map(Into::into),
            Command::User(job) => job.run(output).await.map(Into::into),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definitions_hold_together() {
        Chatctl::command().debug_assert();
    }
}
