//! What a session speaks through. The socket knows no more of the wire than this; [`PlainSocket`] is the WebSocket itself.

use std::time::Instant;

use chat_protocol::close::CloseCode;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::closing::{End, close_frame, goodbye};

/// Where a client waits for the answer to one frame, as it numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Callback(pub u64);

/// What came from the other end.
#[derive(Debug)]
pub(crate) struct Said {
    /// The text of a frame.
    pub(crate) frame: Utf8Bytes,
    /// Where the answer is to go, if not the way of all frames.
    pub(crate) callback: Option<Callback>,
}

/// One end of a connection to a client that speaks frames. Everything that waits is bounded by the socket around it.
pub(crate) trait Transport: Send {
    /// The next frame that came, or how the other end ended. Safe to cancel.
    fn receive(&mut self) -> impl Future<Output = Result<Said, End>> + Send;

    /// When anything came last, be it only a sign of life.
    fn heard_at(&self) -> Instant;

    /// Takes a frame, which goes out with the next flush at the latest.
    fn feed(&mut self, frame: Utf8Bytes) -> impl Future<Output = Result<(), End>> + Send;

    /// Takes the answer for a callback of its own; nothing else gets it.
    fn answer(&mut self, callback: Callback, frame: Utf8Bytes) -> impl Future<Output = Result<(), End>> + Send;

    /// Asks the other end for a sign of life.
    fn ping(&mut self) -> impl Future<Output = Result<(), End>> + Send;

    /// Sends what was fed. Takes long if the other end does not read.
    fn flush(&mut self) -> impl Future<Output = Result<(), End>> + Send;

    /// Says why, if there is still somebody to hear it, and waits a while for that.
    fn close(&mut self, end: End, reason: String) -> impl Future<Output = ()> + Send;
}

/// A WebSocket as a browser opens it.
pub(crate) struct PlainSocket<S> {
    stream: WebSocketStream<S>,
    heard_at: Instant,
}

impl<S> PlainSocket<S> {
    /// A WebSocket that was just opened.
    pub(crate) fn new(stream: WebSocketStream<S>) -> Self {
        Self { stream, heard_at: Instant::now() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for PlainSocket<S> {
    async fn receive(&mut self) -> Result<Said, End> {
        loop {
            let message = self.stream.next().await.ok_or(End::Gone)??;
            self.heard_at = Instant::now();
            match message {
                Message::Text(frame) => return Ok(Said { frame, callback: None }),
                Message::Binary(_) => return Err(End::Code(CloseCode::Protocol)),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                Message::Close(_) => return Err(End::Gone),
            }
        }
    }

    fn heard_at(&self) -> Instant {
        self.heard_at
    }

    async fn feed(&mut self, frame: Utf8Bytes) -> Result<(), End> {
        Ok(self.stream.feed(Message::Text(frame)).await?)
    }

    async fn answer(&mut self, _callback: Callback, frame: Utf8Bytes) -> Result<(), End> {
        self.feed(frame).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        Ok(self.stream.feed(Message::Ping(Vec::new().into())).await?)
    }

    async fn flush(&mut self) -> Result<(), End> {
        Ok(self.stream.flush().await?)
    }

    async fn close(&mut self, end: End, reason: String) {
        if let Some(code) = end.number() {
            goodbye(&mut self.stream, close_frame(code, reason)).await;
        }
    }
}
