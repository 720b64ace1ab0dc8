//! `collector`: takes spans over OTLP, counts them and forgets them. What traces cost is measured against it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use tokio::net::TcpListener;

/// What takes the spans.
#[derive(Debug, clap::Args)]
pub struct Collector {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:4318")]
    listen: SocketAddr,
    /// How often to say what came, in seconds
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    every_seconds: u64,
}

#[derive(Default)]
struct Counts {
    spans: AtomicU64,
    bytes: AtomicU64,
    requests: AtomicU64,
}

impl Collector {
    /// Listens until the process is ended.
    pub async fn run(self) -> Result<ExitCode> {
        let listener = TcpListener::bind(self.listen).await.with_context(|| format!("--listen {}", self.listen))?;
        println!("OTEL_EXPORTER_OTLP_ENDPOINT=http://{}", listener.local_addr()?);
        let counts = Arc::<Counts>::default();
        tokio::spawn(report(Arc::clone(&counts), Duration::from_secs(self.every_seconds)));
        loop {
            let (stream, _) = listener.accept().await?;
            let counts = Arc::clone(&counts);
            let service = service_fn(move |request| take(Arc::clone(&counts), request));
            tokio::spawn(async move {
                // A service that goes away is no fault of the collector's.
                let _gone = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }
}

async fn take(counts: Arc<Counts>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    let body = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    let Ok(export) = ExportTraceServiceRequest::decode(body.clone()) else {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        return Ok(response);
    };
    let scopes = export.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
    counts.requests.fetch_add(1, Ordering::Relaxed);
    counts.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
    counts.spans.fetch_add(spans as u64, Ordering::Relaxed);
    Ok(response)
}

async fn report(counts: Arc<Counts>, every: Duration) {
    let mut told = 0;
    loop {
        tokio::time::sleep(every).await;
        let [spans, bytes, requests] =
            [&counts.spans, &counts.bytes, &counts.requests].map(|count| count.load(Ordering::Relaxed));
        if spans != told {
            println!("{spans} spans, {bytes} bytes, {requests} requests");
            told = spans;
        }
    }
}
