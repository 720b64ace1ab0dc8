//! How sockets end, and how the other end is told.

use std::time::Duration;

use chat_protocol::close::CloseCode;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// How long the other end may take to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With one of our codes.
    Code(CloseCode),
    /// With a code of the WebSocket protocol itself.
    Protocol(u16),
    /// The other end closed, or is gone.
    Gone,
}

impl End {
    /// The close code, if the other end can still be told one.
    #[must_use]
    pub const fn number(self) -> Option<u16> {
        match self {
            Self::Code(code) => Some(code.code()),
            Self::Protocol(number) => Some(number),
            Self::Gone => None,
        }
    }

    /// The word for it in the metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Code(code) => code.reason(),
            Self::Protocol(_) => "protocol",
            Self::Gone => "gone",
        }
    }
}

impl From<WsError> for End {
    fn from(error: WsError) -> Self {
        match error {
            WsError::Capacity(_) => Self::Code(CloseCode::FrameTooLarge),
            WsError::Utf8(_) => Self::Protocol(1007),
            WsError::Protocol(_) => Self::Protocol(1002),
            WsError::WriteBufferFull(_) => Self::Code(CloseCode::SlowReader),
            _ => Self::Gone,
        }
    }
}

/// Says why, and waits a while for the other end to have heard it.
pub async fn goodbye<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut WebSocketStream<S>, frame: CloseFrame) {
    let closing = async {
        if stream.close(Some(frame)).await.is_ok() {
            // Until the other end has closed too: otherwise it may never read why.
            while let Some(Ok(_)) = stream.next().await {}
            drain(stream.get_mut()).await;
        }
    };
    // Whoever does not answer in time is left alone.
    let _answered = timeout(CLOSE_TIMEOUT, closing).await;
}

/// Reads what is left of a frame that was too large: unread bytes would make the kernel reset the connection, and the
/// other end would never see the close code.
async fn drain<S: AsyncRead + Unpin>(io: &mut S) {
    let mut scratch = [0; 4096];
    while matches!(io.read(&mut scratch).await, Ok(1..)) {}
}

/// A close frame.
#[must_use]
pub fn close_frame(code: u16, reason: String) -> CloseFrame {
    CloseFrame { code: code.into(), reason: reason.into() }
}
