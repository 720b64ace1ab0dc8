//! The log of a conversation, event by event, as a client would have seen it.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use chat_protocol::ids::{ConversationId, Seq};
use chat_store::log;
use chat_store::messages::Window;
use clap::Args;

use crate::progress::Progress;
use crate::settings::DatabaseSettings;

const PAGE: u32 = 500;

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The conversation
    id: ConversationId,
    /// Where to write it; an older file is replaced when all of it is there
    #[arg(long)]
    out: PathBuf,
}

impl Export {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let database = self.database.open()?;
        let context = || self.out.display().to_string();
        let draft = self.out.with_extension("draft");
        let mut file = BufWriter::new(crate::settings::create_private(&draft)?);
        let mut after = Seq(0);
        let mut progress: Option<Progress> = None;
        loop {
            let page = log::stretch(database.pool(), self.id, None, Window::After(after), PAGE).await?;
            let page = page.context("there is no such conversation")?;
            let beginning = Seq(page.first_seq.0 - 1);
            if after < beginning {
                after = beginning;
                continue;
            }
            let total = u64::try_from(page.last_seq.0 - beginning.0).unwrap_or_default();
            let told = progress.get_or_insert_with(|| Progress::begin("export", total));
            let Some(last) = page.events.last().map(|logged| logged.event.seq()) else { break };
            for logged in &page.events {
                serde_json::to_writer(&mut file, &logged.event)?;
                file.write_all(b"\n")?;
            }
            told.advance(page.events.len() as u64);
            after = last;
        }
        file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all().with_context(context)?;
        std::fs::rename(&draft, &self.out).with_context(context)?;
        if let Some(progress) = progress {
            progress.finish();
        }
        Ok(())
    }
}
