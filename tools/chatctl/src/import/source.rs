//! What exports are read as: entries, one after the other, so that their size does not matter.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chat_protocol::ids::{ConversationId, MessageId};
use chat_protocol::limits::MAX_CONTENT_BYTES;
use chat_store::import::{Entry, Message};
use chrono::{DateTime, Utc};
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{django, mattermost, slack};

/// Takes the entries as they are read. An error ends the reading.
pub(super) type Sink<'a> = dyn FnMut(Entry) -> anyhow::Result<()> + 'a;

/// Whose export it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Source {
    /// `manage.py dumpdata` of the Django system: one JSON file
    Django,
    /// The unpacked export of a Slack workspace: a folder
    Slack,
    /// A bulk export of Mattermost: one JSONL file
    Mattermost,
}

impl Source {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Django => "django",
            Self::Slack => "slack",
            Self::Mattermost => "mattermost",
        }
    }

    /// Reads everything, in the same order each time.
    pub(super) fn read(self, path: &Path, sink: &mut Sink<'_>) -> anyhow::Result<()> {
        match self {
            Self::Django => django::read(path, sink),
            Self::Slack => slack::read(path, sink),
            Self::Mattermost => mattermost::read(path, sink),
        }
    }
}

/// SHA-256 over the files of an export, by name: whether it is the one that was read before.
pub(super) fn digest(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut files = Vec::new();
    collect(path, &mut files)?;
    files.sort();
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for file in files {
        hash.update(file.strip_prefix(path).unwrap_or(&file).as_os_str().as_encoded_bytes());
        let mut reader = File::open(&file).with_context(|| format!("cannot read {}", file.display()))?;
        loop {
            let count = reader.read(&mut buffer)?;
            let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
            hash.update(read);
        }
    }
    Ok(hash.finalize().to_vec())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in path.read_dir().with_context(|| format!("cannot read {}", path.display()))? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// Opens a file of an export.
pub(super) fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

/// A conversation that the export calls by these names; the same each time.
pub(super) fn conversation_id(source: Source, names: &[&str]) -> ConversationId {
    ConversationId::from_uuid(named(source, "conversation", names))
}

/// A message that the export calls by these names; the same each time.
pub(super) fn message_id(source: Source, names: &[&str]) -> MessageId {
    MessageId::from_uuid(named(source, "message", names))
}

/// A UUID of version 5, over names that cannot run into each other.
fn named(source: Source, what: &str, names: &[&str]) -> Uuid {
    let parts: Vec<_> =
        [source.name(), what].iter().chain(names).map(|part| format!("{}:{part}", part.len())).collect();
    Uuid::new_v5(&Uuid::NAMESPACE_OID, parts.concat().as_bytes())
}

/// A time in milliseconds since 1970.
pub(super) fn from_millis(millis: i64) -> anyhow::Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis).context("a time out of range")
}

/// Hands a message on. One that is longer than any may be here goes in parts, the first with its id.
pub(super) fn say(source: Source, mut message: Message, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    if message.content.contains('\0') {
        message.content.retain(|c| c != '\0');
    }
    if message.content.len() <= MAX_CONTENT_BYTES {
        return sink(Entry::Message(message));
    }
    let whole = std::mem::take(&mut message.content);
    let id = message.id;
    for (part, content) in parts(&whole).into_iter().enumerate() {
        let mut piece = Message { content: content.to_owned(), ..message.clone() };
        if part > 0 {
            piece.id = message_id(source, &[&id.to_string(), &part.to_string()]);
            piece.attachment = None;
        }
        piece.ord += i32::try_from(part).unwrap_or(i32::MAX);
        sink(Entry::Message(piece))?;
    }
    Ok(())
}

fn parts(whole: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = whole;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(rest.floor_char_boundary(MAX_CONTENT_BYTES));
        parts.push(part);
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_run_into_each_other() {
        let id = |names: &[&str]| message_id(Source::Slack, names);
        assert_eq!(id(&["a", "b"]), id(&["a", "b"]));
        assert_ne!(id(&["a", "b"]), id(&["ab", ""]));
        assert_ne!(id(&["a"]), message_id(Source::Mattermost, &["a"]));
    }

    #[test]
    fn long_texts_are_cut_between_characters_and_nothing_is_lost() {
        let whole = format!("x{}", "ä".repeat(MAX_CONTENT_BYTES));
        let parts = parts(&whole);
        assert!(parts.len() == 3 && parts.iter().all(|part| part.len() <= MAX_CONTENT_BYTES));
        assert_eq!(parts.concat(), whole);
    }
}
