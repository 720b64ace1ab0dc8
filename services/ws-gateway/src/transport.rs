//! What a session speaks through. The socket knows no more of the wire than this; a WebSocket is the plainest.

use std::task::{Context, Poll};
use std::time::Instant;

use chat_websocket::Frame;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::batch::Batch;
use crate::closing::End;

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
    /// The next frame that came, or how the other end ended.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Said, End>>;

    /// When anything came last, be it only a sign of life.
    fn heard_at(&self) -> Instant;

    /// Takes a frame, which goes out with the next flush at the latest.
    fn feed(&mut self, frame: Frame) -> impl Future<Output = Result<(), End>> + Send;

    /// Takes the frames of the first `count` events of a batch.
    fn feed_batch(&mut self, batch: &Batch, count: usize) -> impl Future<Output = Result<(), End>> + Send {
        async move {
            for entry in batch.entries().iter().take(count) {
                self.feed(entry.frame.clone()).await?;
            }
            Ok(())
        }
    }

    /// Takes the answer for a callback of its own; nothing else gets it.
    fn answer(&mut self, callback: Callback, frame: Frame) -> impl Future<Output = Result<(), End>> + Send;

    /// Asks the other end for a sign of life.
    fn ping(&mut self) -> impl Future<Output = Result<(), End>> + Send;

    /// Sends what was fed. Takes long if the other end does not read.
    fn flush(&mut self) -> impl Future<Output = Result<(), End>> + Send;

    /// Says why, if there is still somebody to hear it, and waits a while for that.
    fn close(&mut self, end: End, reason: String) -> impl Future<Output = ()> + Send;
}
