//! One connection from its first byte to its close or upgrade.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::time::{Instant, sleep_until};
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt as _};

use super::addresses::Addresses;
use super::{ConnectionSlot, Encrypted, HttpLimits, PeerAddr, Stream};

/// How often an HTTP/2 connection is asked whether it is still there, and how long it may take to answer.
const HTTP2_PING: Duration = Duration::from_secs(20);

/// What all connections of one listener share.
pub(super) struct Connections {
    builder: Builder<TokioExecutor>,
    header_timeout: Duration,
    addresses: Addresses,
    stop: CancellationToken,
}

impl Connections {
    pub(super) fn new(limits: &HttpLimits, addresses: Addresses, stop: CancellationToken) -> Self {
        Self { builder: builder(limits), header_timeout: limits.header_timeout, addresses, stop }
    }

    /// Serves one connection. hyper has no deadline for the first bytes, which tell HTTP/1 from HTTP/2, so the first
    /// request has one here; hyper's own deadline covers the later ones.
    pub(super) fn serve<S>(
        &self,
        stream: Stream,
        peer: PeerAddr,
        slot: ConnectionSlot,
        service: S,
    ) -> impl Future<Output = ()> + Send + use<S>
    where
        S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let (builder, addresses, stop) = (self.builder.clone(), self.addresses.clone(), self.stop.clone());
        let deadline = Instant::now() + self.header_timeout;
        let is_encrypted = matches!(stream, Either::Right(_));
        let asked = Arc::new(AtomicBool::new(false));
        let marker = Arc::clone(&asked);
        let service = service_fn(move |mut request: Request<Incoming>| {
            marker.store(true, Ordering::Relaxed);
            if is_encrypted {
                request.extensions_mut().insert(Encrypted);
            }
            let entered = addresses.enter(&mut request, peer, &slot);
            let service = service.clone();
            async move {
                match entered {
                    Ok(()) => service.oneshot(request).await,
                    Err(no_place) => Ok(no_place.into()),
                }
            }
        });
        async move {
            let _open = OpenConnection::count();
            let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
            let mut serving = pin!(serving);
            let mut first_request = pin!(sleep_until(deadline));
            let (mut waiting, mut stopping) = (true, false);
            loop {
                tokio::select! {
                    ended = serving.as_mut() => {
                        if let Err(error) = ended {
                            tracing::debug!(peer = %peer.0, error, "connection ended");
                        }
                        return;
                    }
                    () = first_request.as_mut(), if waiting => {
                        waiting = false;
                        if !asked.load(Ordering::Relaxed) {
                            tracing::debug!(peer = %peer.0, "no request in time");
                            return;
                        }
                    }
                    () = stop.cancelled(), if !stopping => {
                        stopping = true;
                        serving.as_mut().graceful_shutdown();
                    }
                }
            }
        }
    }
}

fn builder(limits: &HttpLimits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.keep_alive_timeout)
        .max_buf_size(limits.max_header_bytes.max(8 * 1024));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HTTP2_PING)
        .keep_alive_timeout(HTTP2_PING)
        .max_concurrent_streams(100)
        .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX));
    builder
}

/// Counts a connection for as long as it is HTTP.
struct OpenConnection(metrics::Gauge);

impl OpenConnection {
    fn count() -> Self {
        let gauge = metrics::gauge!("chat_http_connections");
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
