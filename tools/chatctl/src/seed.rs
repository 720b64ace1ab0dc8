//! `chatctl seed`: people and group conversations in bulk, and a file that says who they are.

mod talk;

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chat_auth::{Bearer, Signer};
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::limits::MAX_PARTICIPANTS;
use chat_protocol::rest::PlatformRole;
use chat_store::seed::{self, NewGroup, SeededMessage};
use chat_store::{Database, users};
use chrono::{TimeDelta, Utc};
use clap::Args;
use rand::seq::IndexedRandom as _;
use serde::Serialize;

use self::talk::{Talk, Words};
use crate::settings::{DatabaseSettings, TokenSettings};

/// How long the tokens in the file are good.
const TOKEN_TTL: Duration = Duration::from_hours(24);
/// How many participants are written with one statement, about.
const BATCH_PARTICIPANTS: usize = 5000;
/// How many people are written with one statement.
const BATCH_USERS: usize = 5000;
/// How many messages are written with one statement.
const BATCH_MESSAGES: usize = 5000;
/// How many conversations are counted with one statement.
const BATCH_CLOSED: usize = 200;
/// Over how many days messages are spread.
const DAYS: i32 = 400;

#[derive(Debug, Args)]
pub(crate) struct Seed {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    tokens: TokenSettings,
    /// How many people
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    users: u32,
    /// How many group conversations
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    conversations: u32,
    /// How many participants each conversation has, drawn by lot
    #[arg(long)]
    members: usize,
    /// How many messages are said in each conversation, over the last 400 days. They can be found after `chatctl reindex --missing`
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    messages: u32,
    /// Where to write who they are, as JSON
    #[arg(long)]
    out: PathBuf,
}

/// The file.
#[derive(Debug, Serialize)]
struct Seeded {
    users: Vec<SeededUser>,
    conversations: Vec<SeededConversation>,
    /// Words of what was said, by how frequent they are.
    words: Words,
}

#[derive(Debug, Serialize)]
struct SeededUser {
    id: UserId,
    token: String,
}

#[derive(Debug, Serialize)]
struct SeededConversation {
    id: ConversationId,
    members: Vec<UserId>,
}

impl Seed {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let most = usize::try_from(self.users).unwrap_or(usize::MAX).min(MAX_PARTICIPANTS);
        ensure!((2..=most).contains(&self.members), "--members: from 2 to {most}, which is what there are people for");
        let started = Instant::now();
        let signer = self.tokens.signer(TOKEN_TTL)?;
        let database = self.database.open()?;
        let file = Draft::open(&self.out)?;
        let people = create_users(&database, self.users).await?;
        eprintln!("{} people created.", people.len());
        let users = people.iter().map(|(id, name)| seeded_user(&signer, *id, name)).collect();
        let ids: Vec<_> = people.iter().map(|(id, _)| *id).collect();
        let conversations = create_conversations(&database, &ids, self.conversations, self.members).await?;
        eprintln!("{} conversations of {} created.", conversations.len(), self.members);
        let words = say(&database, &conversations, self.messages).await?;
        file.publish(&Seeded { users, conversations, words })?;
        eprintln!("{} written, in {:.1} s altogether.", self.out.display(), started.elapsed().as_secs_f64());
        Ok(())
    }
}

async fn create_users(database: &Database, count: u32) -> anyhow::Result<Vec<(UserId, String)>> {
    let ids = users::reserve_ids(database.pool(), i32::try_from(count)?).await?;
    let people: Vec<_> = ids.into_iter().map(|id| (id, format!("Seeded {id}"), PlatformRole::Client)).collect();
    for batch in people.chunks(BATCH_USERS) {
        users::insert_many(database.pool(), batch).await?;
    }
    Ok(people.into_iter().map(|(id, name, _)| (id, name)).collect())
}

fn seeded_user(signer: &Signer, user_id: UserId, name: &str) -> SeededUser {
    let name = name.to_owned();
    let bearer = Bearer { user_id, name, role: PlatformRole::Client, avatar_url: None, family: None };
    SeededUser { id: user_id, token: signer.access_token(&bearer, Utc::now(), signer.access_ttl()) }
}

async fn create_conversations(
    database: &Database,
    people: &[UserId],
    count: u32,
    members: usize,
) -> anyhow::Result<Vec<SeededConversation>> {
    let groups: Vec<_> = (1..=count).map(|number| draw_group(people, members, number)).collect();
    for batch in groups.chunks((BATCH_PARTICIPANTS / members).max(1)) {
        seed::insert_groups(database.pool(), batch).await?;
    }
    Ok(groups.into_iter().map(|group| SeededConversation { id: group.id, members: group.participants }).collect())
}

/// So many messages in each conversation, in turns.
async fn say(database: &Database, conversations: &[SeededConversation], messages: u32) -> anyhow::Result<Words> {
    let mut talk = Talk::new();
    let total = i64::from(messages) * i64::try_from(conversations.len())?;
    let (begin, step) =
        (Utc::now() - TimeDelta::days(DAYS.into()), TimeDelta::days(DAYS.into()) / i32::try_from(total.max(1))?);
    let mut batch = Vec::with_capacity(BATCH_MESSAGES);
    let (mut created_at, mut command_pos) = (begin, -total);
    for number in 1..=i64::from(messages) {
        for SeededConversation { id, members } in conversations {
            let sender = *members.choose(&mut rand::rng()).context("a conversation without people")?;
            batch.push(SeededMessage {
                conversation: *id,
                number,
                sender,
                content: talk.say(),
                created_at,
                command_pos,
            });
            created_at += step;
            command_pos += 1;
            if batch.len() == BATCH_MESSAGES {
                seed::insert_messages(database.pool(), &batch).await?;
                batch.clear();
            }
        }
    }
    seed::insert_messages(database.pool(), &batch).await?;
    let ids: Vec<_> = conversations.iter().map(|conversation| conversation.id).collect();
    for some in ids.chunks(BATCH_CLOSED).filter(|_| total > 0) {
        seed::close(database.pool(), some).await?;
    }
    eprintln!("{total} messages said.");
    Ok(talk.words())
}

fn draw_group(people: &[UserId], members: usize, number: u32) -> NewGroup {
    let drawn = rand::seq::index::sample(&mut rand::rng(), people.len(), members);
    let participants = drawn.into_iter().filter_map(|index| people.get(index).copied()).collect();
    NewGroup { id: ConversationId::generate(), title: format!("Seeded group {number}"), participants }
}

/// The file under another name, until it is whole. It holds tokens: nobody else may read it.
struct Draft<'a> {
    file: File,
    path: PathBuf,
    target: &'a Path,
}

impl<'a> Draft<'a> {
    fn open(target: &'a Path) -> anyhow::Result<Self> {
        let mut path = target.as_os_str().to_owned();
        path.push(".draft");
        let path = PathBuf::from(path);
        let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        let file = opened.with_context(|| format!("--out: cannot write {}", path.display()))?;
        Ok(Self { file, path, target })
    }

    fn publish(self, seeded: &Seeded) -> anyhow::Result<()> {
        let mut writer = BufWriter::new(self.file);
        serde_json::to_writer(&mut writer, seeded)?;
        writer.flush()?;
        fs::rename(&self.path, self.target).with_context(|| format!("--out: cannot write {}", self.target.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_has_each_member_once() {
        let people: Vec<_> = (1..=5).filter_map(UserId::new).collect();
        let mut group = draw_group(&people, 5, 1).participants;
        group.sort_unstable();
        assert_eq!(group, people);
        assert_eq!(draw_group(&people, 2, 1).participants.len(), 2);
    }
}
