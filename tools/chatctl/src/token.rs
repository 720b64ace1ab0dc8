//! `chatctl token`: access tokens, as an identity provider would sign them.

mod inspect;
mod mint;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Print an access token for anybody; `chatctl token --user` alone does the same
    Mint(mint::Mint),
    /// Print what a token says, and whether it counts
    Inspect(inspect::Inspect),
}

impl Token {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.job {
            Job::Mint(job) => job.run(),
            Job::Inspect(job) => job.run(),
        }
    }
}
