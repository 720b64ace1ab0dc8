//! Who sends and listens: from the file of `chatctl seed`, which is run here if no file was named.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chat_protocol::ids::{ConversationId, UserId};
use serde::Deserialize;
use tokio::process::Command;
use tokio::time::timeout;

use crate::run_file::{RunFile, loopback};

/// How long `chatctl seed` may take.
const SEED_TIMEOUT: Duration = Duration::from_mins(1);

/// What `chatctl seed` writes.
#[derive(Debug, Deserialize)]
struct Seeded {
    users: Vec<SeededUser>,
    conversations: Vec<SeededConversation>,
}

#[derive(Debug, Deserialize)]
struct SeededUser {
    id: UserId,
    token: String,
}

#[derive(Debug, Deserialize)]
struct SeededConversation {
    id: ConversationId,
    members: Vec<UserId>,
}

/// One participant's place in one conversation: one socket.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) user: UserId,
    pub(crate) conversation: ConversationId,
    pub(crate) token: String,
}

/// How many of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) conversations: usize,
    pub(crate) members: usize,
}

/// The seats of a seed file: the first participant of each conversation, then the second of each, and so on.
pub(crate) fn seats(file: &Path, size: Size) -> anyhow::Result<Vec<Seat>> {
    let context = || format!("--seed-file: {}", file.display());
    let text = fs::read_to_string(file).with_context(context)?;
    let seeded: Seeded = serde_json::from_str(&text).with_context(context)?;
    let tokens: HashMap<_, _> = seeded.users.into_iter().map(|user| (user.id, user.token)).collect();
    let fitting = seeded.conversations.iter().filter(|one| one.members.len() >= size.members);
    let chosen: Vec<_> = fitting.take(size.conversations).collect();
    ensure!(chosen.len() == size.conversations, "the seed file has only {} such conversations", chosen.len());
    let mut seats = Vec::with_capacity(size.conversations * size.members);
    for member in 0..size.members {
        for conversation in &chosen {
            let user = conversation.members[member];
            let token = tokens.get(&user).context("a member without a token in the seed file")?;
            seats.push(Seat { user, conversation: conversation.id, token: token.clone() });
        }
    }
    Ok(seats)
}

/// Runs the `chatctl` that lies beside this program, for so many people; its file is read and removed, because it holds
/// tokens.
pub(crate) async fn seed(run: &RunFile, run_file: &Path, size: Size, users: usize) -> anyhow::Result<Vec<Seat>> {
    loopback(&run.postgres.url)?;
    let program = std::env::current_exe()?.with_file_name("chatctl");
    let out = temporary(run_file);
    let mut command = Command::new(&program);
    command
        .args(["seed", "--users", &users.to_string()])
        .args(["--conversations", &size.conversations.to_string(), "--members", &size.members.to_string(), "--out"])
        .arg(&out)
        .env("DATABASE_URL", &run.postgres.url)
        .env("JWT_SECRET", &run.jwt_secret)
        .kill_on_drop(true);
    let status = timeout(SEED_TIMEOUT, command.status())
        .await
        .context("chatctl seed does not end")?
        .with_context(|| format!("cannot run {}; name a file of `chatctl seed` with --seed-file", program.display()))?;
    ensure!(status.success(), "chatctl seed failed");
    let seats = seats(&out, size);
    fs::remove_file(&out).with_context(|| format!("cannot remove {}", out.display()))?;
    seats
}

fn temporary(run_file: &Path) -> PathBuf {
    run_file.with_file_name(format!("bench-seed-{}.json", std::process::id()))
}
