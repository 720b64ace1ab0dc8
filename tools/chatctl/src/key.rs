//! `chatctl key`: what tokens are signed with.

mod jwks;
mod secret;
mod vapid;

use clap::{Args, Subcommand};

use crate::output::Format;

#[derive(Debug, Args)]
pub(crate) struct Key {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Make a new secret that signs tokens
    Generate,
    /// Make a new secret beside the one there is: tokens of both count until the old ones have expired
    Rotate(secret::Rotate),
    /// Fetch the keys of those who sign tokens, and show them
    Jwks(jwks::Jwks),
    /// Make the key by which push services know this operator
    Vapid(vapid::Vapid),
}

impl Key {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<()> {
        match self.job {
            Job::Generate => secret::generate(output),
            Job::Rotate(job) => job.run(output),
            Job::Jwks(job) => job.run(output).await,
            Job::Vapid(job) => job.run(),
        }
    }
}

pub(crate) use self::jwks::fetch as fetch_keys;
