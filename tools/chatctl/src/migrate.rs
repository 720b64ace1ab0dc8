//! `chatctl migrate`: the schema, as this version wants it.

use chat_store::operator::schema::{self, MigrationState};
use clap::{Args, Subcommand};

use crate::outcome::Ended;
use crate::output::Format;
use crate::settings::DatabaseSettings;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Bring it up to date; `chatctl migrate` alone does the same
    Run(DatabaseSettings),
    /// Show which migrations there are and how they stand: 3 if some are to come, 1 if the database is of another version
    Status(DatabaseSettings),
}

impl Migrate {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<Ended> {
        match self.job {
            Job::Run(database) => {
                chat_store::migrate(&database.open()?).await?;
                eprintln!("The schema is up to date.");
                Ok(Ended::Well)
            }
            Job::Status(database) => {
                let all = schema::status(database.open()?.pool()).await?;
                output.rows(&all, &["version", "description", "state", "applied_at"])?;
                let ended = all.iter().map(|migration| match migration.state {
                    MigrationState::Applied => Ended::Well,
                    MigrationState::Pending => Ended::Degraded,
                    MigrationState::Changed | MigrationState::Broken | MigrationState::Unknown => Ended::Badly,
                });
                Ok(ended.max_by_key(|ended| *ended as u8).unwrap_or(Ended::Well))
            }
        }
    }
}
