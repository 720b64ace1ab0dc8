//! Whether the store of attachments takes, gives back and removes an object: for an operator who wants to know.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use chat_protocol::ids::AttachmentId;

use super::objects::{Objects, Part};
use super::settings::AttachmentSection;

const WORDS: &[u8] = b"written by chatctl doctor, to be removed at once";

/// Writes an object, reads it back and removes it; says how long that took.
pub async fn probe(settings: &AttachmentSection) -> anyhow::Result<Duration> {
    let objects = Objects::open(settings)?;
    let started = Instant::now();
    let key = Part::Content.key(AttachmentId::generate());
    objects.put(&key, Bytes::from_static(WORDS)).await.context("writing")?;
    let read = objects.read(&key, 0..WORDS.len() as u64).await;
    objects.remove(&key).await.context("removing")?;
    ensure!(read.context("reading")? == WORDS, "it gave back other bytes than it was given");
    Ok(started.elapsed())
}
