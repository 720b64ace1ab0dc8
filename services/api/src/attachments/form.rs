//! The one file of a form (`multipart/form-data`, field `file`), piece by piece: nothing but the piece at hand is in memory,
//! however fast the client is, and however long the headers are that it makes up.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::rest::check_file_name;
use futures_util::{Stream, StreamExt as _};
use multer::{Field, Multipart};
use parking_lot::Mutex;
use tokio::time::timeout;

use super::disposition::PartDisposition;

/// The field.
const FIELD: &str = "file";
/// The name of a file that has none.
const UNNAMED: &str = "file";
/// How much of a form may come before the file's bytes and after them, in bytes.
const MAX_FRAME_BYTES: u64 = 64 * 1024;
/// How much of what nobody wants is read all the same, so that its sender hears why.
const MAX_DRAINED_BYTES: u64 = 64 * 1024 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The body of the request, shared by the form's reader and by whoever throws the rest away.
struct Source {
    body: BodyDataStream,
    /// How many bytes more may come, and what is said if there are more.
    allowance: u64,
    excess: Refusal,
    /// A piece has just been handed on: the reader, which would take all that there is, looks at it before it gets another.
    is_pausing: bool,
}

/// What the form's reader reads.
struct Pieces(Arc<Mutex<Source>>);

impl Stream for Pieces {
    type Item = Result<Bytes, Refusal>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut source = self.0.lock();
        if std::mem::take(&mut source.is_pausing) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(piece) = std::task::ready!(source.body.poll_next_unpin(cx)) else { return Poll::Ready(None) };
        let Ok(piece) = piece else { return Poll::Ready(Some(Err(incomplete()))) };
        source.is_pausing = true;
        let length = piece.len() as u64;
        if length > source.allowance {
            return Poll::Ready(Some(Err(source.excess.clone())));
        }
        source.allowance -= length;
        Poll::Ready(Some(Ok(piece)))
    }
}

/// A form on its way.
pub(super) struct Form {
    source: Arc<Mutex<Source>>,
    parts: Multipart<'static>,
    patience: Duration,
}

/// The file of a form.
pub(super) struct FormFile {
    /// What it is called.
    pub(super) name: String,
    field: Field<'static>,
    patience: Duration,
}

impl Form {
    /// Begins to read a form; each piece of it may take as long as `patience`.
    pub(super) fn open(headers: &HeaderMap, body: Body, patience: Duration) -> Result<Self, Refusal> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let boundary = multer::parse_boundary(content_type).map_err(|_| {
            Refusal::new(ErrorCode::UnsupportedMediaType, "The body must be multipart/form-data with a boundary.")
        })?;
        let source = Source {
            body: body.into_data_stream(),
            allowance: MAX_FRAME_BYTES,
            excess: too_much_else(),
            is_pausing: false,
        };
        let source = Arc::new(Mutex::new(source));
        let parts = Multipart::new(Pieces(Arc::clone(&source)), boundary);
        Ok(Self { source, parts, patience })
    }

    /// Finds the file, of which at most `max_bytes` come.
    pub(super) async fn file(&mut self, max_bytes: u64) -> Result<FormFile, Refusal> {
        while let Some(field) = self.next_part().await? {
            let header = field.headers().get(CONTENT_DISPOSITION);
            let part = PartDisposition::parse(header.map(HeaderValue::as_bytes).unwrap_or_default());
            if part.field.as_deref() == Some(FIELD) {
                let name = part.file_name.filter(|name| !name.is_empty()).unwrap_or_else(|| UNNAMED.to_owned());
                check_file_name(&name).map_err(|text| Refusal::invalid(FIELD, text))?;
                self.allow(max_bytes.saturating_add(MAX_FRAME_BYTES), too_large(max_bytes));
                return Ok(FormFile { name, field, patience: self.patience });
            }
        }
        Err(Refusal::invalid(FIELD, "This field is required."))
    }

    /// Reads the form to its end, where nothing more of interest comes.
    pub(super) async fn finish(&mut self) -> Result<(), Refusal> {
        self.allow(MAX_FRAME_BYTES, too_much_else());
        while let Some(field) = self.next_part().await? {
            let header = field.headers().get(CONTENT_DISPOSITION);
            let part = PartDisposition::parse(header.map(HeaderValue::as_bytes).unwrap_or_default());
            if part.field.as_deref() == Some(FIELD) {
                return Err(Refusal::invalid(FIELD, "One file."));
            }
        }
        Ok(())
    }

    fn allow(&self, bytes: u64, excess: Refusal) {
        let mut source = self.source.lock();
        source.allowance = bytes;
        source.excess = excess;
    }

    async fn next_part(&mut self) -> Result<Option<Field<'static>>, Refusal> {
        match timeout(self.patience, self.parts.next_field()).await {
            Ok(part) => part.map_err(refusal_of),
            Err(_) => Err(late()),
        }
    }

    /// Reads what is left of the body and throws it away, within bounds: a client that is still sending would otherwise find
    /// the connection closed and no answer.
    pub(super) async fn drain(self) {
        let Self { source, parts, .. } = self;
        drop(parts);
        source.lock().allowance = MAX_DRAINED_BYTES;
        let mut rest = Pieces(source);
        // Whatever stops it, it was worth no more.
        let _ = timeout(DRAIN_TIMEOUT, async { while let Some(Ok(_)) = rest.next().await {} }).await;
    }
}

impl FormFile {
    /// The next piece of the file; none at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        match timeout(self.patience, self.field.chunk()).await {
            Ok(piece) => piece.map_err(refusal_of),
            Err(_) => Err(late()),
        }
    }
}

fn incomplete() -> Refusal {
    Refusal::new(ErrorCode::Invalid, "The body did not arrive.")
}

fn too_much_else() -> Refusal {
    Refusal::new(ErrorCode::Invalid, "The form has too much beside the file.")
}

/// The file has more bytes than it may.
pub(super) fn too_large(max_bytes: u64) -> Refusal {
    Refusal::field(ErrorCode::TooLarge, FIELD, format!("At most {max_bytes} bytes."))
}

/// It takes too long.
pub(super) fn late() -> Refusal {
    Refusal::new(ErrorCode::Invalid, "The body did not arrive in time.")
}

fn refusal_of(error: multer::Error) -> Refusal {
    match error {
        multer::Error::StreamReadFailed(source) => {
            source.downcast::<Refusal>().map_or_else(|_| incomplete(), |own| *own)
        }
        multer::Error::IncompleteStream | multer::Error::IncompleteFieldData { .. } => incomplete(),
        _ => Refusal::new(ErrorCode::Invalid, "The body is no form."),
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::http::HeaderValue;
    use futures_util::stream;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn open(pieces: Vec<Vec<u8>>) -> Form {
        let headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("multipart/form-data; boundary=\"b-1\""))]);
        let body = Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)));
        Form::open(&headers, body, PATIENCE).unwrap()
    }

    async fn read(pieces: Vec<Vec<u8>>) -> Result<(String, Vec<u8>), Refusal> {
        let mut form = open(pieces);
        let mut file = form.file(1000).await?;
        let mut content = Vec::new();
        while let Some(piece) = file.next().await? {
            content.extend(piece);
        }
        let name = std::mem::take(&mut file.name);
        drop(file);
        form.finish().await?;
        Ok((name, content))
    }

    fn part(disposition: &str, content: &str) -> String {
        format!("--b-1\r\nContent-Disposition: {disposition}\r\nContent-Type: text/html\r\n\r\n{content}\r\n")
    }

    fn refused(result: Result<(String, Vec<u8>), Refusal>) -> (ErrorCode, Option<String>) {
        let refusal = result.unwrap_err();
        (refusal.code, refusal.errors.keys().next().cloned())
    }

    #[tokio::test]
    async fn file_is_found_among_other_fields_however_it_is_cut() {
        let form = format!(
            "preamble\r\n{}{}{}--b-1--\r\nepilogue",
            part("form-data; name=\"note\"", "x"),
            part("form-data; name=\"file\"; filename=\"a.txt\"", "one\r\n--b-2\r\ntwo"),
            part("form-data; name=\"more\"", "y"),
        );
        for size in [1, 2, 7, 1000] {
            let pieces = form.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
            assert_eq!(read(pieces).await.unwrap(), ("a.txt".into(), b"one\r\n--b-2\r\ntwo".to_vec()), "{size}");
        }
    }

    #[tokio::test]
    async fn form_without_one_file_is_invalid() {
        let file = part("form-data; name=\"file\"; filename=\"a\"", "x");
        let other = part("form-data; name=\"files\"; filename=\"a\"", "x");
        let required = (ErrorCode::Invalid, Some("file".to_owned()));
        for (form, expected) in [
            (format!("{other}--b-1--\r\n"), required.clone()),
            ("--b-1--\r\n".to_owned(), required.clone()),
            (format!("{file}{file}--b-1--\r\n"), required.clone()),
            (part(&format!("form-data; name=\"file\"; filename=\"{}\"", "x".repeat(256)), "x"), required),
            (file.clone(), (ErrorCode::Invalid, None)),
            (file[..file.len() - 4].to_owned(), (ErrorCode::Invalid, None)),
            (String::new(), (ErrorCode::Invalid, None)),
            ("no form".to_owned(), (ErrorCode::Invalid, None)),
        ] {
            assert_eq!(refused(read(vec![form.clone().into_bytes()]).await), expected, "{form:.80}");
        }
    }

    #[tokio::test]
    async fn unnamed_file_gets_a_name() {
        let form = format!("{}--b-1--\r\n", part("form-data; name=\"file\"", "x"));
        assert_eq!(read(vec![form.into_bytes()]).await.unwrap().0, "file");
    }

    #[tokio::test]
    async fn endless_headers_and_preambles_are_refused() {
        for start in ["--b-1\r\nX-Long: ", "preamble", "--b-1\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n"]
        {
            let mut pieces = vec![start.as_bytes().to_vec()];
            pieces.extend(std::iter::repeat_n(vec![b'x'; 8192], 20));
            assert_eq!(refused(read(pieces).await), (ErrorCode::Invalid, None), "{start}");
        }
    }

    #[tokio::test]
    async fn more_than_the_file_may_have_is_too_large_at_once() {
        let start = part("form-data; name=\"file\"; filename=\"a\"", "");
        let mut pieces = vec![start.trim_end().as_bytes().to_vec(), b"\r\n\r\n".to_vec()];
        pieces.extend(std::iter::repeat_n(vec![b'x'; 8192], 20));
        assert_eq!(refused(read(pieces).await), (ErrorCode::TooLarge, Some("file".to_owned())));
    }

    #[test]
    fn other_types_are_unsupported() {
        for bad in
            ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=x", "text/plain; boundary=x"]
        {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(bad))]);
            let refusal = Form::open(&headers, Body::empty(), PATIENCE).map(|_| ()).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::UnsupportedMediaType, "{bad}");
        }
    }
}
