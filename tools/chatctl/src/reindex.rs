//! `chatctl reindex`: what messages are found by is thrown away, and the workers fill it anew.

use std::time::{Duration, Instant};

use chat_store::Database;
use chat_store::search::filling;
use clap::Args;

use crate::settings::DatabaseSettings;

/// How often it is looked how far the workers are.
const LOOK: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(crate) struct Reindex {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Keep what there is, and fill in only what is missing
    #[arg(long)]
    missing: bool,
    /// Wait until everything can be found again
    #[arg(long)]
    wait: bool,
}

impl Reindex {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let database = self.database.open()?;
        let started = Instant::now();
        if self.missing {
            filling::look_again(database.pool()).await?;
            eprintln!("The workers go through everything and fill in what is missing.");
        } else {
            filling::begin_anew(database.pool()).await?;
            eprintln!("Nothing can be found now; the workers fill it anew, what is said from now on first.");
        }
        if self.wait {
            follow(&database).await?;
            eprintln!("Everything can be found again, after {:.0} s.", started.elapsed().as_secs_f64());
        }
        Ok(())
    }
}

async fn follow(database: &Database) -> anyhow::Result<()> {
    let mut left = filling::count_backlogs(database.pool()).await?;
    while left > 0 {
        tokio::time::sleep(LOOK).await;
        let now = filling::count_backlogs(database.pool()).await?;
        if now != left {
            eprintln!("{now} of 64 partitions are not done yet.");
        }
        left = now;
    }
    Ok(())
}
