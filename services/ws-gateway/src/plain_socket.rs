//! A WebSocket as a browser opens it, over any stream of bytes. Between messages it holds no buffer: what is read goes through the
//! stack, what is written is shared with other readers or leaves at once.

use std::cell::Cell;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf as _, Bytes};
use chat_protocol::close::CloseCode;
use chat_protocol::limits::MAX_FRAME_BYTES;
use chat_websocket::{Decoder, Frame, Message, ProtocolError};
use std::future::poll_fn;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

use crate::batch::Batch;
use crate::closing::End;
use crate::transport::{Callback, Said, Transport};

/// Read at once, in bytes.
const READ_BYTES: usize = 8 * 1024;
/// What waits to be written before the writer waits for the other end, in bytes.
const WRITE_BYTES: usize = 256 * 1024;
/// How long the other end may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// One WebSocket.
pub(crate) struct PlainSocket<S> {
    io: S,
    decoder: Decoder,
    /// Read, and not decoded yet.
    unread: Bytes,
    unwritten: Unwritten,
    /// The answer to the newest ping.
    pong: Option<Bytes>,
    heard_at: Instant,
}

impl From<ProtocolError> for End {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::TooLarge => Self::Code(CloseCode::FrameTooLarge),
            error => Self::Protocol(error.close_code()),
        }
    }
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> PlainSocket<S> {
    /// A WebSocket that was just opened, with what was read behind the handshake.
    pub(crate) fn new(io: S, read: Bytes) -> Self {
        let (decoder, unwritten) = (Decoder::new(MAX_FRAME_BYTES), Unwritten::default());
        Self { io, decoder, unread: read, unwritten, pong: None, heard_at: Instant::now() }
    }

    /// The next message of those that were read.
    fn decode(&mut self) -> Result<Option<Message>, ProtocolError> {
        if self.unread.is_empty() {
            return Ok(None);
        }
        let mut rest = &self.unread[..];
        let message = self.decoder.read(&mut rest);
        let read = self.unread.len() - rest.len();
        self.unread.advance(read);
        if self.unread.is_empty() {
            self.unread = Bytes::new();
        }
        message
    }

    /// Reads once, and decodes the first message of it.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, End>> {
        loop {
            if let Some(message) = self.decode()? {
                return Poll::Ready(Ok(message));
            }
            let mut space = [MaybeUninit::uninit(); READ_BYTES];
            let mut space = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut space))?;
            let mut read = space.filled();
            if read.is_empty() {
                return Poll::Ready(Err(End::Gone));
            }
            self.heard_at = Instant::now();
            let message = self.decoder.read(&mut read)?;
            self.unread = Bytes::copy_from_slice(read);
            if let Some(message) = message {
                return Poll::Ready(Ok(message));
            }
        }
    }

    /// Puts bytes behind what is to be written; waits as long as there is too much.
    async fn put(&mut self, bytes: Bytes) -> Result<(), End> {
        self.unwritten.push(bytes);
        if self.unwritten.len() > WRITE_BYTES {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), End> {
        Ok(poll_fn(|cx| self.unwritten.poll_write(&mut self.io, cx)).await?)
    }

    /// Answers a ping as soon as nothing is in the way; of several that wait, the newest.
    fn poll_pong(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        if self.pong.is_none() {
            return Ok(());
        }
        if let Poll::Ready(written) = self.unwritten.poll_write(&mut self.io, cx) {
            written?;
            if let Some(pong) = self.pong.take() {
                self.unwritten.push(pong);
            }
            if let Poll::Ready(Err(error)) = self.unwritten.poll_write(&mut self.io, cx) {
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Says why, and waits a while for the other end to have heard it.
    pub(crate) async fn say_goodbye(&mut self, code: u16, reason: &str) {
        let closing = async {
            self.unwritten.push(chat_websocket::close(Some(code), reason));
            self.write().await?;
            // Until the other end has closed too: otherwise it may never read why.
            loop {
                match poll_fn(|cx| self.poll_message(cx)).await {
                    Ok(Message::Close(_)) | Err(End::Gone) => return Ok(()),
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
            // What is left of a frame that was wrong: unread bytes would make the kernel reset the connection, and the other end
            // would never see the close code.
            self.io.shutdown().await?;
            let mut scratch = [0; 1024];
            while self.io.read(&mut scratch).await? > 0 {}
            Ok::<(), End>(())
        };
        // Whoever does not answer in time is left alone.
        let _answered = timeout(CLOSE_TIMEOUT, closing).await;
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for PlainSocket<S> {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Said, End>> {
        loop {
            self.poll_pong(cx)?;
            match ready!(self.poll_message(cx))? {
                Message::Text(frame) => return Poll::Ready(Ok(Said { frame: frame.into(), callback: None })),
                Message::Binary(_) => return Poll::Ready(Err(End::Code(CloseCode::Protocol))),
                Message::Ping(payload) => self.pong = Some(chat_websocket::pong(&payload)),
                Message::Pong(_) => {}
                Message::Close(said) => {
                    let code = said.map(|(code, _)| code);
                    self.unwritten.push(chat_websocket::close(code, ""));
                    // It leaves with this or never: the other end waits for no more.
                    let _ = self.unwritten.poll_write(&mut self.io, cx);
                    return Poll::Ready(Err(End::Gone));
                }
            }
        }
    }

    fn heard_at(&self) -> Instant {
        self.heard_at
    }

    async fn feed(&mut self, frame: Frame) -> Result<(), End> {
        self.put(frame.into_bytes()).await
    }

    async fn feed_batch(&mut self, batch: &Batch, count: usize) -> Result<(), End> {
        self.put(batch.frames(count)).await
    }

    async fn answer(&mut self, _callback: Callback, frame: Frame) -> Result<(), End> {
        self.feed(frame).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        self.put(chat_websocket::ping()).await
    }

    async fn flush(&mut self) -> Result<(), End> {
        if self.unwritten.len() == 0 { Ok(()) } else { self.write().await }
    }

    async fn close(&mut self, end: End, reason: String) {
        if let Some(code) = end.number() {
            self.say_goodbye(code, &reason).await;
        }
    }
}

thread_local! {
    /// A buffer for whoever gathers several frames: given back once it is written.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// What is to be written: one piece as it is, several gathered.
#[derive(Default)]
struct Unwritten {
    single: Bytes,
    gathered: Vec<u8>,
    /// Of what was gathered.
    written: usize,
}

impl Unwritten {
    fn len(&self) -> usize {
        self.single.len() + self.gathered.len() - self.written
    }

    fn push(&mut self, bytes: Bytes) {
        if self.len() == 0 {
            self.single = bytes;
            return;
        }
        if self.gathered.capacity() == 0 {
            self.gathered = SPARE.take();
        }
        self.gathered.extend_from_slice(&std::mem::take(&mut self.single));
        self.gathered.extend_from_slice(&bytes);
    }

    fn poll_write<S: AsyncWrite + Unpin>(&mut self, io: &mut S, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.len() > 0 {
            let rest = if self.single.is_empty() { &self.gathered[self.written..] } else { &self.single[..] };
            let written = ready!(Pin::new(&mut *io).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            if self.single.is_empty() {
                self.written += written;
            } else {
                self.single.advance(written);
            }
        }
        self.release();
        Pin::new(io).poll_flush(cx)
    }

    fn release(&mut self) {
        self.single = Bytes::new();
        if self.gathered.capacity() > 0 {
            let mut spare = std::mem::take(&mut self.gathered);
            spare.clear();
            self.written = 0;
            if spare.capacity() <= WRITE_BYTES {
                SPARE.set(spare);
            }
        }
    }
}
