//! Everything that is kept of somebody, in one archive: a file of JSON lines for each kind of thing, and the files that they sent.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chat_api::AttachmentStore;
use chat_api::config::AttachmentSection;
use chat_protocol::ids::{AttachmentId, UserId};
use chat_store::Database;
use chat_store::admin::users;
use chat_store::operator::people::record;
use chat_store::operator::personal::{self, Table};
use clap::Args;
use serde_json::Value;
use tar::{Builder, Header};

use crate::progress::Progress;
use crate::settings::{DatabaseSettings, create_private};

const PAGE: u32 = 1000;

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    attachments: AttachmentSection,
    /// The person's id
    id: UserId,
    /// Where to write the archive (tar); an older one is replaced when all of it is there
    #[arg(long)]
    out: PathBuf,
}

impl Export {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let database = self.database.open_patiently()?;
        if users::find(database.pool(), self.id).await?.is_none() {
            bail!("nobody has the id {}", self.id)
        }
        let draft = self.out.with_extension("draft");
        let mut archive = Builder::new(create_private(&draft)?);
        let mut progress = Progress::begin("export", 0);
        for table in Table::ALL {
            let rows = self.read(&database, table, &mut progress).await?;
            if table == Table::Attachments {
                self.add_objects(&mut archive, &rows, &mut progress).await?;
            }
            add_table(&mut archive, table, &rows)?;
        }
        archive.into_inner()?.sync_all()?;
        std::fs::rename(&draft, &self.out).with_context(|| self.out.display().to_string())?;
        record(database.pool(), "user_exported", Some(&self.id.to_string()), None).await?;
        progress.finish();
        Ok(())
    }

    async fn read(&self, database: &Database, table: Table, progress: &mut Progress) -> anyhow::Result<Vec<Value>> {
        let (mut rows, mut after) = (Vec::new(), table.beginning().to_owned());
        loop {
            let page = personal::page(database.pool(), self.id, table, &after, PAGE).await?;
            progress.advance(page.len() as u64);
            let Some((last, _)) = page.last() else { return Ok(rows) };
            after.clone_from(last);
            rows.extend(page.into_iter().map(|(_, row)| row));
        }
    }

    async fn add_objects(
        &self,
        archive: &mut Builder<File>,
        rows: &[Value],
        progress: &mut Progress,
    ) -> anyhow::Result<()> {
        let store = AttachmentStore::open(&self.attachments)?;
        for row in rows {
            let id: AttachmentId = row["id"].as_str().context("an attachment has an id")?.parse()?;
            for is_thumbnail in [false, true] {
                let Some(mut object) = store.find(id, is_thumbnail).await? else { continue };
                // The size stands before the bytes: they are gathered in a file without a name, not in memory.
                let mut bytes = tempfile::tempfile()?;
                while let Some(piece) = object.next().await? {
                    std::io::Write::write_all(&mut bytes, &piece)?;
                }
                std::io::Seek::rewind(&mut bytes)?;
                let end = if is_thumbnail { ".thumbnail" } else { "" };
                archive.append_data(&mut header(object.size), format!("attachments/{id}{end}"), bytes)?;
                progress.advance(1);
            }
        }
        Ok(())
    }
}

fn add_table(archive: &mut Builder<File>, table: Table, rows: &[Value]) -> anyhow::Result<()> {
    let mut text = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut text, row)?;
        text.push(b'\n');
    }
    archive.append_data(&mut header(text.len() as u64), format!("{}.jsonl", table.name()), text.as_slice())?;
    Ok(())
}

fn header(size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header
}
