//! `chatctl migrate`: the schema, as this version wants it.

use clap::Args;

use crate::settings::DatabaseSettings;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    database: DatabaseSettings,
}

impl Migrate {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        chat_store::migrate(&self.database.open()?).await?;
        eprintln!("The schema is up to date.");
        Ok(())
    }
}
