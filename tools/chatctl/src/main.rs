//! The operator's command line. It says on stderr what it does; results go to stdout or to the file that was named.

mod feed;
mod migrate;
mod reindex;
mod republish;
mod seed;
mod settings;
mod tail;
mod token;
mod user;
mod vapid;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The operator's tool of the chat
#[derive(Debug, Parser)]
#[command(name = "chatctl", version)]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Make, show and remove the consumers of events that readers outside pull from
    Feed(feed::Feed),
    /// Bring the schema of the database up to date
    Migrate(migrate::Migrate),
    /// Make anew what messages are found by
    Reindex(reindex::Reindex),
    /// Publish the events of conversations once more, from the database
    Republish(republish::Republish),
    /// Fill the database with people and group conversations, for benchmarks and tests
    Seed(seed::Seed),
    /// Follow what happens in conversations, a line an event
    Tail(tail::Tail),
    /// Print an access token
    Token(token::Token),
    /// Show people, and make or unmake administrators
    User(user::User),
    /// Make the key by which push services know this operator
    Vapid(vapid::Vapid),
}

impl Job {
    async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Feed(job) => job.run().await,
            Self::Migrate(job) => job.run().await,
            Self::Reindex(job) => job.run().await,
            Self::Republish(job) => job.run().await,
            Self::Seed(job) => job.run().await,
            Self::Tail(job) => job.run().await,
            Self::Token(job) => job.run(),
            Self::User(job) => job.run().await,
            Self::Vapid(job) => job.run(),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    chat_runtime::install_crypto();
    let arguments: Arguments = chat_runtime::config::parse();
    match arguments.job.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chatctl: {error:#}");
            ExitCode::FAILURE
        }
    }
}
