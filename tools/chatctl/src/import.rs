//! `chatctl import`: what was said elsewhere becomes what was said here. See docs/migration.md.

mod django;
mod emoji;
mod markup;
mod mattermost;
mod media;
mod people;
mod slack;
mod source;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use chat_store::Database;
use chat_store::import::{Entry, staging, storing, verifying};
use chat_store::search::filling;
use clap::{Args, Subcommand};
use serde_json::json;
use tokio::sync::mpsc;

use self::media::Media;
use self::source::Source;
use crate::outcome::Ended;
use crate::output::Format;
use crate::progress::Progress;
use crate::settings::DatabaseSettings;

/// How many entries are written with one transaction.
const BATCH_ENTRIES: usize = 5000;
/// How many batches wait while one is written.
const WAITING_BATCHES: usize = 4;
/// How many conversations become real with one transaction.
const BATCH_CONVERSATIONS: u32 = 200;

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Bring an export in; broken off, the same call goes on where it stood
    Run(Box<Bringing>),
    /// Show how far the import is
    Status(Which),
    /// Compare everything that was brought in with what is stored
    Verify(Which),
    /// Remove what imports keep for going on and for comparing; what was stored stays
    Forget(Which),
}

#[derive(Debug, Args)]
struct Which {
    #[command(flatten)]
    database: DatabaseSettings,
}

#[derive(Debug, Args)]
struct Bringing {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Whose export it is
    #[arg(long, value_enum)]
    from: Source,
    /// The export: a file, for Slack a folder
    path: PathBuf,
    /// Ids that people of the export are to have: a line each, `name in the export,user id`. Without it, ids of Django stay and others
    /// get the next that are free
    #[arg(long)]
    people: Option<PathBuf>,
    #[command(flatten)]
    media: Media,
    /// Read the export through and say what is in it; store nothing
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<Ended> {
        match self.job {
            Job::Run(run) => run.run(output).await,
            Job::Status(which) => status(&which.database.open_patiently()?, output).await,
            Job::Verify(which) => verify(&which.database.open_patiently()?, output).await,
            Job::Forget(which) => {
                staging::forget(which.database.open_patiently()?.pool()).await?;
                Ok(Ended::Well)
            }
        }
    }
}

impl Bringing {
    async fn run(self, output: Format) -> anyhow::Result<Ended> {
        let (path, source) = (self.path.clone(), self.from);
        if self.dry_run {
            return tokio::task::spawn_blocking(move || survey(source, &path, output)).await?;
        }
        let database = self.database.open_patiently()?;
        let digest = tokio::task::spawn_blocking(move || source::digest(&path)).await??;
        let begun = Instant::now();
        let run = self.begin(&database, &digest).await?;
        if run.staged_at.is_none() {
            self.stage(&database, run.entries).await?;
            staging::complete(database.pool()).await?;
        }
        if run.finished_at.is_none() {
            let added = storing::people(database.pool()).await?;
            eprintln!("{added} people are new.");
            self.media.bring(&database).await?;
            store(&database).await?;
            storing::finish(database.pool()).await?;
            filling::look_again(database.pool()).await?;
            eprintln!("Stored after {:.0} s. The workers let it be found now.", begun.elapsed().as_secs_f64());
        } else {
            eprintln!("This export was brought in before: nothing to do.");
        }
        verify(&database, output).await
    }

    /// The import of these files: a new one, or the one that was broken off.
    async fn begin(&self, database: &Database, digest: &[u8]) -> anyhow::Result<staging::Run> {
        let found = staging::find(database.pool()).await?;
        if let Some(run) = found {
            if run.digest == digest && run.source == self.from.name() {
                return Ok(run);
            }
            ensure!(
                run.finished_at.is_some(),
                "another import ({}) is not at its end: go on with it, or drop it with `chatctl import forget`",
                run.source
            );
        }
        staging::begin(database.pool(), self.from.name(), digest).await?;
        staging::find(database.pool()).await?.context("the import that just began is gone")
    }

    /// Brings the entries into the database, all but the first `skipped`, which are there.
    async fn stage(&self, database: &Database, skipped: i64) -> anyhow::Result<()> {
        let people = self.people.as_deref().map(people::read).transpose()?.unwrap_or_default();
        let (sender, mut batches) = mpsc::channel(WAITING_BATCHES);
        let (source, path) = (self.from, self.path.clone());
        let reader = tokio::task::spawn_blocking(move || read_batches(source, &path, &people, skipped, &sender));
        let mut progress = Progress::begin("read", 0);
        progress.advance(u64::try_from(skipped).unwrap_or(0));
        while let Some(batch) = batches.recv().await {
            staging::add(database.pool(), &batch).await?;
            progress.advance(batch.len() as u64);
        }
        reader.await??;
        progress.finish();
        Ok(())
    }
}

fn read_batches(
    source: Source,
    path: &Path,
    people: &people::Ids,
    skipped: i64,
    batches: &mpsc::Sender<Vec<Entry>>,
) -> anyhow::Result<()> {
    let mut batch = Vec::with_capacity(BATCH_ENTRIES);
    let mut place = 0;
    let hand_over = |batch| batches.blocking_send(batch).ok().context("the database does not take more");
    source.read(path, &mut |mut entry| {
        place += 1;
        if place <= skipped {
            return Ok(());
        }
        if let Entry::Person(person) = &mut entry {
            person.user_id = people.get(&person.original).copied().or(person.user_id);
        }
        batch.push(entry);
        if batch.len() == BATCH_ENTRIES {
            hand_over(std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ENTRIES)))?;
        }
        Ok(())
    })?;
    hand_over(batch)
}

/// Makes conversations of what was read, those that were used last first.
async fn store(database: &Database) -> anyhow::Result<()> {
    let (conversations, messages) = storing::left(database.pool()).await?;
    eprintln!("{conversations} conversations with {messages} messages are to be stored.");
    let mut progress = Progress::begin("stored", u64::try_from(messages).unwrap_or(0));
    loop {
        let stored = storing::some(database.pool(), BATCH_CONVERSATIONS).await?;
        if stored == storing::Stored::default() {
            break;
        }
        progress.advance(stored.messages);
    }
    progress.finish();
    Ok(())
}

/// What is in an export.
fn survey(source: Source, path: &Path, output: Format) -> anyhow::Result<Ended> {
    let (mut people, mut conversations, mut messages, mut reads, mut reactions, mut files) = (0, 0, 0, 0, 0, 0);
    source.read(path, &mut |entry| {
        match entry {
            Entry::Person(_) => people += 1,
            Entry::Conversation(_) => conversations += 1,
            Entry::Message(message) => {
                messages += 1;
                files += u64::from(message.attachment.is_some());
            }
            Entry::Read(..) => reads += 1,
            Entry::Reaction(..) => reactions += 1,
            Entry::Participant(..) | Entry::Nothing => {}
        }
        Ok(())
    })?;
    output.one(&json!({
        "people": people, "conversations": conversations, "messages": messages, "files": files, "reads": reads,
        "reactions": reactions,
    }))?;
    Ok(Ended::Well)
}

async fn status(database: &Database, output: Format) -> anyhow::Result<Ended> {
    let Some(run) = staging::find(database.pool()).await? else { bail!("nothing was ever imported here") };
    let (conversations, messages) = storing::left(database.pool()).await?;
    output.one(&json!({
        "source": run.source,
        "entries": run.entries,
        "read": run.staged_at,
        "stored": run.finished_at,
        "conversations_left": conversations,
        "messages_left": messages,
    }))?;
    Ok(if run.finished_at.is_some() { Ended::Well } else { Ended::Degraded })
}

/// How long comparing may take.
const VERIFY_LIMIT: Duration = Duration::from_hours(1);

async fn verify(database: &Database, output: Format) -> anyhow::Result<Ended> {
    ensure!(staging::find(database.pool()).await?.is_some(), "nothing was ever imported here");
    let report = tokio::time::timeout(VERIFY_LIMIT, verifying::report(database.pool())).await??;
    match output {
        Format::Json => output.one(&report)?,
        Format::Table => {
            output.one(&report.counts)?;
            eprintln!("Differences:");
            output.one(&report.differences)?;
        }
    }
    if !report.differences.is_none() {
        eprintln!("What was brought in is not what is stored.");
        return Ok(Ended::Badly);
    }
    let is_whole = report.counts.messages_without_conversation == 0 && report.counts.attachments_missing == 0;
    Ok(if is_whole { Ended::Well } else { Ended::Degraded })
}
