//! `chatctl events`: what goes to readers of CHAT_EVENTS.

pub(crate) mod replay;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Publish the events of conversations once more, from the database
    Replay(replay::Replay),
}

impl Events {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.job {
            Job::Replay(job) => job.run().await,
        }
    }
}
