//! What is found out about a file that lies in the store, and what is made of it there: pictures are stripped and get a
//! thumbnail, recordings are measured.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::ids::AttachmentId;
use chat_protocol::rest::AttachmentKind;
use chat_store::attachments::Findings;
use image::ImageFormat;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::objects::{ObjectError, Objects, Part};
use super::pictures::{self, MAX_PIXELS, Picture, PictureError};
use super::receiving::Arrived;
use super::sniff::{Class, UNKNOWN};
use super::sound::{self, Sound};
use crate::error::ApiError;

/// The largest file that is looked through as a whole, in bytes.
const MAX_EXAMINED_BYTES: u64 = 32 * 1024 * 1024;
/// How much of it is asked of the store at once, in bytes.
const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// How many files are looked through at a time.
const PLACES: usize = 4;
/// How much memory decoding pictures may take, all together, in MiB. One picture takes no more than this.
const DECODING_MIB: u32 = 768;
/// How long a file waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where files are looked through: a few at a time, and in bounded memory.
#[derive(Debug)]
pub(super) struct Workshop {
    objects: Arc<Objects>,
    places: Semaphore,
    memory: Arc<Semaphore>,
}

impl Workshop {
    pub(super) fn new(objects: Arc<Objects>) -> Self {
        let memory = Arc::new(Semaphore::new(DECODING_MIB as usize));
        Self { objects, places: Semaphore::new(PLACES), memory }
    }

    /// Finds out what an arrived file is.
    pub(super) async fn process(&self, id: AttachmentId, arrived: Arrived) -> Result<Findings, ApiError> {
        match arrived.sniffed.class {
            Class::Other => Ok(plain(&arrived)),
            Class::Media if arrived.size > MAX_EXAMINED_BYTES => Ok(plain(&arrived)),
            Class::Media => self.measure(id, &arrived).await,
            Class::Picture(_) if arrived.size > MAX_EXAMINED_BYTES => {
                let text = format!("A picture has at most {MAX_EXAMINED_BYTES} bytes.");
                Err(Refusal::field(ErrorCode::TooLarge, "file", text).into())
            }
            Class::Picture(format) => self.develop(id, &arrived, format).await,
        }
    }

    async fn measure(&self, id: AttachmentId, arrived: &Arrived) -> Result<Findings, ApiError> {
        let _place = in_time(self.places.acquire()).await?;
        let file = self.load(id, arrived).await?;
        // A decoder that panics has found nothing either.
        let sound = tokio::task::spawn_blocking(move || sound::examine(file)).await.unwrap_or_default();
        Ok(with_sound(plain(arrived), sound))
    }

    async fn develop(&self, id: AttachmentId, arrived: &Arrived, format: ImageFormat) -> Result<Findings, ApiError> {
        let _place = in_time(self.places.acquire()).await?;
        let file = self.load(id, arrived).await?;
        match self.decode(file, format).await? {
            Ok(picture) => self.keep_picture(id, arrived, picture).await,
            Err(PictureError::Broken) => Ok(Findings { content_type: UNKNOWN.to_owned(), ..plain(arrived) }),
            Err(PictureError::TooLarge) => {
                let text = format!("A picture has at most {MAX_PIXELS} pixels.");
                Err(Refusal::field(ErrorCode::TooLarge, "file", text).into())
            }
        }
    }

    /// Decodes a picture on a thread of its own; the memory that it takes is given back when that thread is done, not when
    /// nobody waits any more.
    async fn decode(&self, file: Bytes, format: ImageFormat) -> Result<Result<Picture, PictureError>, ApiError> {
        let measuring = {
            let file = file.clone();
            move || pictures::measure(&file, format)
        };
        let bytes = match tokio::task::spawn_blocking(measuring).await.unwrap_or(Err(PictureError::Broken)) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error)),
        };
        let mib = u32::try_from(bytes >> 20).unwrap_or(u32::MAX).saturating_add(16).min(DECODING_MIB);
        let memory = in_time(Arc::clone(&self.memory).acquire_many_owned(mib)).await?;
        let decoding = tokio::task::spawn_blocking(move || {
            let picture = pictures::prepare(&file, format);
            drop(memory);
            picture
        });
        Ok(decoding.await.unwrap_or(Err(PictureError::Broken)))
    }

    async fn keep_picture(&self, id: AttachmentId, arrived: &Arrived, picture: Picture) -> Result<Findings, ApiError> {
        let mut found = Findings {
            kind: AttachmentKind::Image,
            dimensions: Some(picture.dimensions),
            thumbnail_type: Some(picture.thumbnail_type.to_owned()),
            ..plain(arrived)
        };
        if let Some(served) = picture.replacement {
            found.size = i64::try_from(served.len()).unwrap_or(i64::MAX);
            found.sha256 = Sha256::digest(&served).into();
            self.objects.put(&Part::Content.key(id), served.into()).await?;
        }
        self.objects.put(&Part::Thumbnail.key(id), picture.thumbnail.into()).await?;
        Ok(found)
    }

    /// The whole file, which must be what arrived.
    async fn load(&self, id: AttachmentId, arrived: &Arrived) -> Result<Bytes, ApiError> {
        let key = Part::Content.key(id);
        let mut file = BytesMut::with_capacity(usize::try_from(arrived.size).unwrap_or_default());
        let mut from = 0;
        while from < arrived.size {
            let to = arrived.size.min(from + PIECE_BYTES);
            file.extend_from_slice(&self.objects.read(&key, from..to).await?);
            from = to;
        }
        if Sha256::digest(&file)[..] != arrived.sha256 {
            return Err(ObjectError::WrongBytes.into());
        }
        Ok(file.freeze())
    }
}

async fn in_time<T, E>(turn: impl Future<Output = Result<T, E>>) -> Result<T, ApiError> {
    match timeout(PATIENCE, turn).await {
        Ok(Ok(turn)) => Ok(turn),
        _ => Err(ApiError::Unavailable("too many files are being looked through")),
    }
}

/// A file of which nothing is known but what its first bytes say. What sounds is heard as such, decoded or not.
fn plain(arrived: &Arrived) -> Findings {
    let content_type = arrived.sniffed.content_type;
    let is_sound = arrived.sniffed.class == Class::Media && content_type.starts_with("audio/");
    Findings {
        kind: if is_sound { AttachmentKind::Voice } else { AttachmentKind::File },
        content_type: content_type.to_owned(),
        size: i64::try_from(arrived.size).unwrap_or(i64::MAX),
        sha256: arrived.sha256,
        dimensions: None,
        duration_ms: None,
        waveform: None,
        thumbnail_type: None,
    }
}

/// Containers that hold movies as well as recordings are called by what they hold.
fn with_sound(found: Findings, sound: Option<Sound>) -> Findings {
    let Some(sound) = sound else { return found };
    if sound.is_movie {
        let content_type = found.content_type.replacen("audio/", "video/", 1);
        return Findings { kind: AttachmentKind::File, content_type, ..found };
    }
    let content_type = match found.content_type.as_str() {
        "video/quicktime" => "audio/mp4".to_owned(),
        other => other.replacen("video/", "audio/", 1),
    };
    let Sound { duration_ms, waveform, .. } = sound;
    Findings { kind: AttachmentKind::Voice, content_type, duration_ms, waveform, ..found }
}

#[cfg(test)]
mod tests {
    use super::super::sniff::sniff;
    use super::*;

    fn arrived(head: &[u8]) -> Arrived {
        Arrived { size: 9, sha256: [7; 32], sniffed: sniff(head) }
    }

    #[test]
    fn containers_are_called_by_what_they_hold() {
        let heard = Sound { is_movie: false, duration_ms: Some(5), waveform: None };
        let seen = Sound { is_movie: true, duration_ms: None, waveform: None };
        let mp4 = arrived(b"\0\0\0\x20ftypisom\0\0\x02\0");
        let ogg = arrived(b"OggS\0\x02\0\0\0\0\0\0\0\0");
        for (arrived, sound, kind, content_type) in [
            (&mp4, Some(heard.clone()), AttachmentKind::Voice, "audio/mp4"),
            (&mp4, Some(seen.clone()), AttachmentKind::File, "video/mp4"),
            (&mp4, None, AttachmentKind::File, "video/mp4"),
            (&ogg, Some(heard), AttachmentKind::Voice, "audio/ogg"),
            (&ogg, Some(seen), AttachmentKind::File, "video/ogg"),
            (&ogg, None, AttachmentKind::Voice, "audio/ogg"),
        ] {
            let found = with_sound(plain(arrived), sound);
            assert_eq!((found.kind, found.content_type.as_str()), (kind, content_type));
        }
    }
}
