//! A file from the request into the store: hashed and looked at on its way through, and kept nowhere else.

use std::sync::Arc;
use std::time::Instant;

use chat_protocol::error::Refusal;
use chat_protocol::ids::AttachmentId;
use sha2::{Digest as _, Sha256};

use super::form::{FormFile, late, too_large};
use super::objects::{Objects, Part};
use super::pace::is_too_slow;
use super::sniff::{HEAD_BYTES, Sniffed, sniff};
use super::writer::Writer;
use crate::error::ApiError;

/// What is known of a file that lies in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrived {
    /// How long it is, in bytes.
    pub(super) size: u64,
    /// What its bytes hash to.
    pub(super) sha256: [u8; 32],
    /// What its first bytes say.
    pub(super) sniffed: Sniffed,
}

/// Gathers what is known of a file while it passes.
#[derive(Default)]
pub(super) struct Inspector {
    size: u64,
    hash: Sha256,
    head: Vec<u8>,
}

impl Inspector {
    pub(super) fn see(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        let missing = HEAD_BYTES - self.head.len();
        self.head.extend(&bytes[..missing.min(bytes.len())]);
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn finish(self) -> Arrived {
        Arrived { size: self.size, sha256: self.hash.finalize().into(), sniffed: sniff(&self.head) }
    }
}

/// Brings a file of at most `max_bytes` into the store, whole or not at all.
pub(super) async fn receive(
    objects: &Arc<Objects>,
    id: AttachmentId,
    file: &mut FormFile,
    max_bytes: u64,
) -> Result<Arrived, ApiError> {
    let mut writer = Writer::new(Arc::clone(objects), Part::Content.key(id));
    match copy(file, &mut writer, max_bytes).await {
        Ok(inspector) => {
            writer.finish().await?;
            Ok(inspector.finish())
        }
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

async fn copy(file: &mut FormFile, writer: &mut Writer, max_bytes: u64) -> Result<Inspector, ApiError> {
    let begun = Instant::now();
    let mut inspector = Inspector::default();
    while let Some(piece) = file.next().await? {
        inspector.see(&piece);
        if inspector.size() > max_bytes {
            return Err(too_large(max_bytes).into());
        }
        if is_too_slow(begun.elapsed(), inspector.size()) {
            return Err(late().into());
        }
        writer.write(piece).await?;
    }
    if inspector.size() == 0 {
        return Err(Refusal::invalid("file", "The file is empty.").into());
    }
    Ok(inspector)
}
