//! Attachments as an operator takes them out of the store, past all doors: for an export.

use anyhow::Context as _;
use bytes::Bytes;
use chat_protocol::ids::AttachmentId;

use super::objects::{Objects, Part};
use super::settings::AttachmentSection;

/// How much is read at once, in bytes.
const PIECE: u64 = 4 << 20;

/// The store, opened for reading.
pub struct AttachmentStore(Objects);

/// An object of an attachment, read piece by piece.
pub struct AttachmentObject<'a> {
    store: &'a AttachmentStore,
    id: AttachmentId,
    part: Part,
    /// How long it is, in bytes.
    pub size: u64,
    at: u64,
}

impl AttachmentStore {
    /// Opens the store of the settings.
    pub fn open(settings: &AttachmentSection) -> anyhow::Result<Self> {
        Ok(Self(Objects::open(settings)?))
    }

    /// What was sent, or its small picture; none if the store does not have it.
    pub async fn find(&self, id: AttachmentId, is_thumbnail: bool) -> anyhow::Result<Option<AttachmentObject<'_>>> {
        let part = if is_thumbnail { Part::Thumbnail } else { Part::Content };
        match self.0.size(&part.key(id)).await {
            Ok(size) => Ok(Some(AttachmentObject { store: self, id, part, size, at: 0 })),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl AttachmentObject<'_> {
    /// The next piece; none at the end.
    pub async fn next(&mut self) -> anyhow::Result<Option<Bytes>> {
        if self.at == self.size {
            return Ok(None);
        }
        let end = self.size.min(self.at + PIECE);
        let piece = self.store.0.read(&self.part.key(self.id), self.at..end).await.context("reading an attachment")?;
        self.at = end;
        Ok(Some(piece))
    }
}
