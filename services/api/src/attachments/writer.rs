//! One object on its way into the store: in one piece if it is small, in parts one after the other if it is not. At most one
//! part is in memory.

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt as _, PutPayload, PutPayloadMut};

use super::objects::{ObjectError, Objects};

/// The smallest piece of memory that a part is gathered in, in bytes.
const BLOCK_BYTES: usize = 256 * 1024;

/// Takes the bytes of one object in their order.
pub(super) struct Writer {
    objects: Arc<Objects>,
    key: Path,
    part: PutPayloadMut,
    size: u64,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Writer {
    pub(super) fn new(objects: Arc<Objects>, key: Path) -> Self {
        Self { objects, key, part: fresh_part(), size: 0, parts: None }
    }

    /// Takes the next bytes; keeps them as soon as they make a part.
    pub(super) async fn write(&mut self, mut bytes: Bytes) -> Result<(), ObjectError> {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = self.objects.part_bytes - self.part.content_length();
            self.part.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
            // A part that is full waits for the next byte: the last one may be all that there is.
            if !bytes.is_empty() {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    async fn send_part(&mut self) -> Result<(), ObjectError> {
        let payload: PutPayload = std::mem::replace(&mut self.part, fresh_part()).into();
        let objects = &self.objects;
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => self.parts.insert(objects.within(objects.store.put_multipart(&self.key)).await?),
        };
        objects.within(parts.put_part(payload)).await
    }

    /// Keeps what is left, and looks whether all of it is there.
    pub(super) async fn finish(mut self) -> Result<(), ObjectError> {
        if self.parts.is_some() {
            self.send_part().await?;
        }
        let objects = Arc::clone(&self.objects);
        match &mut self.parts {
            Some(parts) => objects.within(parts.complete()).await?,
            None => objects.within(objects.store.put(&self.key, self.part.into())).await?,
        };
        objects.check_size(&self.key, self.size).await
    }

    /// Leaves nothing of it. What cannot be taken back now is collected later.
    pub(super) async fn abort(mut self) {
        if let Some(parts) = &mut self.parts
            && let Err(error) = self.objects.within(parts.abort()).await
        {
            tracing::warn!(%error, "parts of an upload stay in the object store");
        }
    }
}

fn fresh_part() -> PutPayloadMut {
    PutPayloadMut::new().with_block_size(BLOCK_BYTES)
}
