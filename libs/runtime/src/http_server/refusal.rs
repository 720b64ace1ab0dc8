//! The quick 503 for a connection over the cap: written without reading the request, then closed in an orderly way so
//! that the client sees the answer and not a reset.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// What is said of a connection over the cap.
pub(super) const BODY: &str =
    r#"{"type":"about:blank","title":"Service Unavailable","status":503,"code":"unavailable"}"#;
const HEAD: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/problem+json\r\n",
    "retry-after: 2\r\n",
    "connection: close\r\n",
    "content-length: 86\r\n",
    "\r\n",
);
/// How long a refused client may keep its connection.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many refusals may be under way; beyond that connections are just closed.
const AT_ONCE: usize = 256;

/// Refusals that are under way.
pub(super) struct Refusals(Arc<Semaphore>);

impl Default for Refusals {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Refusals {
    /// Where TLS is spoken the connection is just closed: nobody could read the answer.
    pub(super) fn refuse(&mut self, stream: TcpStream, is_tls: bool, tracker: &TaskTracker) {
        metrics::counter!("chat_http_connections_refused_total").increment(1);
        if is_tls {
            return;
        }
        let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() else {
            return;
        };
        tracker.spawn(async move {
            // Whether the client heard it is its own affair.
            drop(tokio::time::timeout(PATIENCE, answer(stream)).await);
            drop(permit);
        });
    }
}

async fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all([HEAD, BODY].concat().as_bytes()).await?;
    stream.shutdown().await?;
    let mut unread = [0; 1024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}
