//! The accept loop of api and gateway: hyper with limits that `axum::serve` does not offer. One task per connection;
//! an upgraded connection leaves it and becomes the handler's.

mod addresses;
mod connection;
pub mod forwarded;
mod refusal;
mod tls;
mod upgraded;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use chat_limits::{AddressKey, Place};
use hyper::body::Incoming;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use self::addresses::Addresses;
use self::connection::Connections;
pub use self::forwarded::{ClientAddr, TrustedProxies};
use self::refusal::Refusals;
pub use self::tls::{Tls, TlsSection};
pub use self::upgraded::take_over;
use crate::backoff::Backoff;

/// What one connection, and all of them, may take.
#[derive(Debug, Clone)]
pub struct HttpLimits {
    /// How long a new connection may take until its first request is complete up to the end of the header.
    pub header_timeout: Duration,
    /// How long a connection may idle after a request; the next header must be complete by then. Longer than the
    /// idle time of usual balancers (60 s), so that none of them writes into a connection that we just closed.
    pub keep_alive_timeout: Duration,
    /// The longest header, in bytes (at least 8 KiB).
    pub max_header_bytes: usize,
    /// How many connections may be open, upgraded ones included as long as their [`ConnectionSlot`] is held.
    pub max_connections: usize,
    /// How many of them may be from one address; of those behind a trusted proxy: how many requests and sockets.
    pub max_connections_per_address: usize,
    /// Whose word on the client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// What it speaks TLS with, if it does.
    pub tls: Option<Tls>,
    /// How long written bytes may stay unacknowledged before the kernel gives the connection up.
    pub tcp_user_timeout: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            keep_alive_timeout: Duration::from_secs(75),
            max_header_bytes: 16 * 1024,
            max_connections: 10_000,
            max_connections_per_address: usize::MAX,
            trusted_proxies: TrustedProxies::default(),
            tls: None,
            tcp_user_timeout: Duration::from_secs(30),
        }
    }
}

/// Request extension: the address at the other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// Request extension: the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encrypted;

/// Request extension: the connection's place under the cap. Whoever upgrades the connection keeps it for as long as
/// the socket lives; otherwise the socket would no longer be counted.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "held, never read")]
pub struct ConnectionSlot {
    of_all: Arc<OwnedSemaphorePermit>,
    at_address: Option<Arc<Place<AddressKey>>>,
}

impl ConnectionSlot {
    fn at(self, place: Place<AddressKey>) -> Self {
        Self { at_address: Some(Arc::new(place)), ..self }
    }
}

/// Serves every connection of `listener` with `service` until `stop`; then closes idle connections, lets requests
/// that are under way finish, and returns. Connections over the cap are answered 503 with `Retry-After`.
pub async fn serve<S>(
    listener: TcpListener,
    service: S,
    limits: HttpLimits,
    stop: CancellationToken,
) -> anyhow::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let tracker = TaskTracker::new();
    let slots = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    let addresses = Addresses::new(&limits);
    let connections = Arc::new(Connections::new(&limits, addresses.clone(), stop.clone()));
    let mut refusals = Refusals::default();
    if let Some(tls) = limits.tls.clone() {
        drop(tracker.spawn(tls.keep_current(stop.clone())));
    }
    while let Some((stream, peer)) = stop.run_until_cancelled(accept(&listener)).await {
        if let Err(error) = prepare(&stream, &limits) {
            tracing::debug!(%peer, %error, "connection lost before its first byte");
            continue;
        }
        let (Ok(permit), Ok(place)) = (Arc::clone(&slots).try_acquire_owned(), addresses.connect(peer.ip())) else {
            refusals.refuse(stream, limits.tls.is_some(), &tracker);
            continue;
        };
        let slot = ConnectionSlot { of_all: Arc::new(permit), at_address: place.map(Arc::new) };
        let (connections, service) = (Arc::clone(&connections), service.clone());
        let encrypted = encrypt(stream, peer, limits.tls.clone(), stop.clone());
        drop(tracker.spawn(async move {
            if let Some(stream) = encrypted.await {
                connections.serve(stream, PeerAddr(peer), slot, service).await;
            }
        }));
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
    Ok(())
}

/// A connection as hyper gets it.
pub type Stream = Either<TcpStream, TlsStream<TcpStream>>;

/// Agrees on keys where the port speaks TLS; none if that fails. The connection has its place under the caps meanwhile.
async fn encrypt(stream: TcpStream, peer: SocketAddr, tls: Option<Tls>, stop: CancellationToken) -> Option<Stream> {
    let Some(tls) = tls else { return Some(Either::Left(stream)) };
    match stop.run_until_cancelled(tls.accept(stream)).await? {
        Ok(stream) => Some(Either::Right(stream)),
        Err(error) => {
            metrics::counter!("chat_http_tls_failures_total").increment(1);
            tracing::debug!(%peer, %error, "no TLS with this client");
            None
        }
    }
}

fn prepare(stream: &TcpStream, limits: &HttpLimits) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_user_timeout(Some(limits.tcp_user_timeout))
}

/// Accepts the next connection, however many tries it takes: running out of file descriptors passes.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    let mut backoff = Backoff::new(Duration::from_millis(10), Duration::from_secs(1));
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                metrics::counter!("chat_http_accept_errors_total").increment(1);
                tracing::warn!(%error, "cannot accept connections");
                tokio::time::sleep(backoff.next_delay()).await;
            }
        }
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests;
