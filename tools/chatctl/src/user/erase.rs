//! Somebody is erased: their messages are deleted by commands, so that everybody sees it; then what is left in Postgres is blanked, and what
//! the streams have is taken out. May be cut off and begun again at any time: everything that is done stays done.

mod deleting;
mod streams;

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use chat_bus::Bus;
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::rest::PlatformRole;
use chat_runtime::config::{FeedSection, NatsSection};
use chat_store::Database;
use chat_store::admin::users::{self, Put};
use chat_store::operator::{conversations, erasure, people, standing};
use clap::Args;
use serde_json::json;
use tokio::time::{Instant, sleep};

use self::deleting::Deleting;
use crate::consent::Consent;
use crate::events::replay::Run as Replaying;
use crate::progress::Progress;
use crate::settings::{DatabaseSettings, connect};

/// Until when every gateway has closed the sockets of somebody who is locked out.
const LOCKED_OUT: Duration = Duration::from_secs(3);
/// How long workers, the search and the apis' collection may take to catch up.
const PATIENCE: Duration = Duration::from_mins(5);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(250);
const PAGE: u32 = 500;

#[derive(Debug, Args)]
pub(super) struct Erase {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    nats: NatsSection,
    #[command(flatten)]
    feed: FeedSection,
    /// The person's id
    id: UserId,
    /// The administrator in whose name messages are deleted in conversations that the person has left; without one these are blanked
    /// without telling anybody who has them open
    #[arg(long = "as")]
    administrator: Option<UserId>,
    /// Do not wait until the apis have removed the objects of attachments
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Erase {
    pub(super) async fn run(&self) -> anyhow::Result<()> {
        let database = self.database.open_patiently()?;
        let person = users::find(database.pool(), self.id).await?.context("nobody has this id")?;
        ensure!(person.role != PlatformRole::Service, "{} is a machine", self.id);
        let all = self.conversations(&database).await?;
        let what = format!(
            "erase {} ({}), all that they said in {} conversations and all that they sent",
            self.id,
            person.name,
            all.len()
        );
        if !self.consent.to(&what)? {
            return Ok(());
        }
        let bus = connect(&self.nats).await?;
        if matches!(people::set_active(database.pool(), self.id, false).await?, Some(Put::Refused)) {
            bail!("{} is an administrator: chatctl user revoke-admin first", self.id)
        }
        people::record(database.pool(), "user_erasure_begun", Some(&self.id.to_string()), None).await?;
        sleep(LOCKED_OUT).await;
        wait_for_workers(&database, &bus).await?;
        let deleting = Deleting::start(&database, &bus, self.id, self.administrator).await?;
        let mut progress = Progress::begin("erase", all.len() as u64 * 3);
        for conversation in &all {
            deleting.delete_in(*conversation).await?;
            progress.advance(1);
        }
        for conversation in &all {
            erasure::blank_conversation(database.pool(), self.id, *conversation).await?;
            progress.advance(1);
        }
        erasure::forget_person(database.pool(), self.id).await?;
        let stored = wait_for_workers(&database, &bus).await?;
        let replaying = Replaying::of(database.clone(), bus.clone(), &self.feed);
        for conversation in &all {
            streams::renew_events(&bus, &replaying, *conversation).await?;
            progress.advance(1);
        }
        let letters = streams::remove_commands(&bus, self.id, stored).await?;
        progress.finish();
        self.wait_for_the_rest(&database).await?;
        let remains = erasure::remains(database.pool(), self.id).await?;
        let detail = json!({"conversations": all.len(), "commands_removed": letters, "remains": remains});
        people::record(database.pool(), "user_erased", Some(&self.id.to_string()), Some(detail)).await?;
        ensure!(remains.messages == 0 && remains.rows == 0, "something is left, begin again: {remains:?}");
        eprintln!("{} is erased. What backups have of them goes with the backups.", self.id);
        Ok(())
    }

    async fn conversations(&self, database: &Database) -> anyhow::Result<Vec<ConversationId>> {
        let mut all: Vec<ConversationId> = Vec::new();
        loop {
            let page = conversations::of_person(database.pool(), self.id, all.last().copied(), PAGE).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// The search forgets words by itself, the apis remove objects by themselves.
    async fn wait_for_the_rest(&self, database: &Database) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let is_found = standing::backlogs(database.pool()).await?.search_behind > 0;
            let has_objects = !self.no_wait && erasure::remains(database.pool(), self.id).await?.attachments > 0;
            if !is_found && !has_objects {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "the search (behind: {is_found}) or the apis (objects left: {has_objects}) do not catch up; what is left goes by itself when they do"
            );
            sleep(LOOK).await;
        }
    }
}

/// Waits until everything is stored that is on the stream now; up to which position that is.
async fn wait_for_workers(database: &Database, bus: &Bus) -> anyhow::Result<i64> {
    let head = chat_bus::streams::look_at_commands(bus).await?.last_pos;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let stored = standing::partitions(database.pool()).await?.stored_pos;
        if stored >= head {
            return Ok(stored);
        }
        ensure!(Instant::now() < deadline, "the workers do not catch up: chatctl doctor says why");
        sleep(LOOK).await;
    }
}
