//! The bytes of an attachment on their way to somebody who may have them, with headers under which no browser runs them.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, LOCATION,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use chat_protocol::ids::{AttachmentId, UserId};
use chat_store::attachments::{self as rows, Served};
use futures_util::stream;
use object_store::path::Path;
use sha2::{Digest as _, Sha256};

use super::disposition::content_disposition;
use super::objects::{ObjectError, Objects, Part};
use super::pace::is_too_slow;
use super::places::Place;
use super::range::Wanted;
use super::sniff::{is_inline, served_type};
use crate::app::App;
use crate::error::ApiError;

/// How much is asked of the store at once, in bytes: what one download has in memory.
const PIECE_BYTES: u64 = 512 * 1024;
/// Nothing in it is carried out or loaded, and it is of no origin.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Kept by the reader's own browser alone, and asked for each time: access may have ended.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-cache");

/// What a request for bytes says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) reader: UserId,
    pub(crate) id: AttachmentId,
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
}

/// One object as it is served.
struct File {
    key: Path,
    content_type: String,
    disposition: String,
    etag: String,
    size: u64,
    /// What all of it hashes to, where that is known.
    sha256: Option<Vec<u8>>,
}

/// Answers with the attachment.
pub(crate) async fn content(app: &App, request: Request<'_>) -> Result<Response, ApiError> {
    let served = find(app, request).await?;
    let file = File {
        key: Part::Content.key(request.id),
        content_type: served_type(&served.content_type).to_owned(),
        disposition: content_disposition(is_inline(&served.content_type), &served.name),
        etag: format!("\"{}\"", hex(&served.sha256)),
        size: u64::try_from(served.size).unwrap_or_default(),
        sha256: Some(served.sha256),
    };
    answer(app, request, file).await
}

/// Answers with its small picture.
pub(crate) async fn thumbnail(app: &App, request: Request<'_>) -> Result<Response, ApiError> {
    let served = find(app, request).await?;
    let content_type = served.thumbnail_type.ok_or_else(ApiError::not_found)?;
    let etag = format!("\"{}-thumbnail\"", hex(&served.sha256));
    let key = Part::Thumbnail.key(request.id);
    let size = app.attachments.objects.size(&key).await?;
    let extension = content_type.strip_prefix("image/").unwrap_or_default();
    let disposition = content_disposition(true, &format!("thumbnail.{extension}"));
    answer(app, request, File { key, content_type, disposition, etag, size, sha256: None }).await
}

async fn find(app: &App, request: Request<'_>) -> Result<Served, ApiError> {
    let found = rows::find_served(app.database.pool(), request.reader, request.id);
    app.within(found).await?.ok_or_else(ApiError::not_found)
}

async fn answer(app: &App, request: Request<'_>, file: File) -> Result<Response, ApiError> {
    let objects = &app.attachments.objects;
    let (status, range) = match Wanted::read(request.headers, &file.etag, file.size) {
        Wanted::Nothing => (StatusCode::NOT_MODIFIED, 0..0),
        Wanted::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, 0..0),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Whole => (StatusCode::OK, 0..file.size),
    };
    let is_body_wanted = request.method != Method::HEAD && !range.is_empty();
    if is_body_wanted && let Some(life) = app.attachments.settings.redirect().filter(|_| objects.signs_urls()) {
        let url = objects.sign_download(&file.key, life, &file.content_type, &file.disposition).await?;
        return Ok((StatusCode::FOUND, [(LOCATION, url)]).into_response());
    }
    let body = if is_body_wanted {
        let place = app.attachments.place(request.reader)?;
        Download::open(Arc::clone(objects), &file, range.clone(), place).await?.into_body()
    } else {
        Body::empty()
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    describe(response.headers_mut(), status, &file, &range)?;
    Ok(response)
}

fn describe(headers: &mut HeaderMap, status: StatusCode, file: &File, range: &Range<u64>) -> Result<(), ApiError> {
    let value = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| ApiError::Unavailable("a header of an attachment cannot be written"))
    };
    headers.insert(ETAG, value(&file.etag)?);
    headers.insert(CACHE_CONTROL, CACHING);
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    match status {
        StatusCode::NOT_MODIFIED => return Ok(()),
        StatusCode::RANGE_NOT_SATISFIABLE => {
            headers.insert(CONTENT_RANGE, value(&format!("bytes */{}", file.size))?);
            return Ok(());
        }
        StatusCode::PARTIAL_CONTENT => {
            headers.insert(CONTENT_RANGE, value(&format!("bytes {}-{}/{}", range.start, range.end - 1, file.size))?);
        }
        _ => {}
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    headers.insert(CONTENT_TYPE, value(&file.content_type)?);
    headers.insert(CONTENT_DISPOSITION, value(&file.disposition)?);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// A stretch of an object, piece by piece. The first piece is there before anything is answered, and the last piece of a whole
/// file leaves only if all of it was what was uploaded.
struct Download {
    objects: Arc<Objects>,
    key: Path,
    ready: Option<Bytes>,
    rest: Range<u64>,
    check: Option<(Sha256, Vec<u8>)>,
    begun: Instant,
    sent: u64,
    _place: Place,
}

impl Download {
    async fn open(objects: Arc<Objects>, file: &File, range: Range<u64>, place: Place) -> Result<Self, ApiError> {
        let is_whole = range == (0..file.size);
        let check = file.sha256.clone().filter(|_| is_whole).map(|expected| (Sha256::new(), expected));
        let (key, begun) = (file.key.clone(), Instant::now());
        let mut download = Self { objects, key, ready: None, rest: range, check, begun, sent: 0, _place: place };
        download.ready = Some(download.fetch().await?);
        Ok(download)
    }

    async fn fetch(&mut self) -> Result<Bytes, ObjectError> {
        let end = self.rest.end.min(self.rest.start + PIECE_BYTES);
        let piece = self.objects.read(&self.key, self.rest.start..end).await?;
        self.rest.start = end;
        if let Some((hash, expected)) = &mut self.check {
            hash.update(&piece);
            if self.rest.is_empty() && hash.finalize_reset()[..] != expected[..] {
                return Err(ObjectError::WrongBytes);
            }
        }
        Ok(piece)
    }

    fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, |mut download| async move {
            let piece = match download.ready.take() {
                Some(piece) => piece,
                None if download.rest.is_empty() => return Ok(None),
                None if is_too_slow(download.begun.elapsed(), download.sent) => return Err(ObjectError::Timeout),
                None => download.fetch().await.inspect_err(|error| tracing::warn!(%error, "a download breaks off"))?,
            };
            download.sent += piece.len() as u64;
            Ok(Some((piece, download)))
        }))
    }
}
