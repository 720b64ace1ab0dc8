//! A collector of traces (OTLP over HTTP, protocol buffers): what a process has sent, as spans and as bytes.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::{PATIENCE, Service, StackOptions, hex};

/// A span as it was sent. Ids are lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Which trace.
    pub trace_id: String,
    /// Which span.
    pub span_id: String,
    /// Of which span it is a part; empty for the first.
    pub parent_id: String,
    /// What it is called.
    pub name: String,
    /// Which service sent it.
    pub service: String,
    /// Which process of that service.
    pub instance: String,
    /// The trace's state.
    pub state: String,
    /// What is said of it, as text.
    pub attributes: BTreeMap<String, String>,
    /// The spans that it points to.
    pub links: Vec<String>,
}

/// A collector; it ends with the program.
#[derive(Clone)]
pub struct Collector {
    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be.
    pub url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    spans: Mutex<Vec<Recorded>>,
    bytes: Mutex<Vec<u8>>,
    came: Notify,
    hangs: bool,
}

impl Collector {
    /// Takes everything.
    #[must_use]
    pub fn start() -> Self {
        Self::serve(State::default())
    }

    /// Takes requests and answers none.
    #[must_use]
    pub fn hanging() -> Self {
        Self::serve(State { hangs: true, ..State::default() })
    }

    fn serve(state: State) -> Self {
        let state = Arc::new(state);
        let listener = StdListener::bind("127.0.0.1:0").expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a listener can be made so");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let served = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
            runtime.block_on(accept(listener, &served));
        });
        Self { url, state }
    }

    /// A stack whose services send their spans here, soon.
    #[must_use]
    pub fn traced(&self, options: StackOptions) -> StackOptions {
        Service::ALL.into_iter().fold(options, |options, service| {
            options.env(service, "OTEL_EXPORTER_OTLP_ENDPOINT", self.url.clone()).env(
                service,
                "OTEL_BSP_SCHEDULE_DELAY",
                "100",
            )
        })
    }

    /// Everything that came.
    #[must_use]
    pub fn spans(&self) -> Vec<Recorded> {
        self.state.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything that came, as it came.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.state.bytes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until what came is enough.
    pub async fn until(&self, what: &str, mut is_enough: impl FnMut(&[Recorded]) -> bool) -> Vec<Recorded> {
        let wait = async {
            loop {
                let came = self.state.came.notified();
                let spans = self.spans();
                if is_enough(&spans) {
                    return spans;
                }
                came.await;
            }
        };
        let waited = timeout(PATIENCE, wait).await;
        waited.unwrap_or_else(|_| panic!("{what} does not come; there is {:#?}", self.spans()))
    }

    /// The spans of one trace, once there are so many of each of these names.
    pub async fn trace(&self, trace_id: &str, names: &[(&str, usize)]) -> Vec<Recorded> {
        let of_trace = |spans: &[Recorded]| spans.iter().filter(|span| span.trace_id == trace_id).cloned().collect();
        let what = format!("{names:?} of {trace_id}");
        let spans = self.until(&what, |spans| {
            let spans: Vec<Recorded> = of_trace(spans);
            names.iter().all(|(name, count)| spans.iter().filter(|span| span.name == *name).count() >= *count)
        });
        of_trace(&spans.await)
    }
}

async fn accept(listener: StdListener, state: &Arc<State>) {
    let listener = TcpListener::from_std(listener).expect("the runtime takes the listener");
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(state);
        let service = service_fn(move |request| take(Arc::clone(&state), request));
        tokio::spawn(async move {
            // A client that goes away is none of the tests' business.
            let _gone = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn take(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!(request.uri().path(), "/v1/traces");
    let body = request.into_body().collect().await.map(Collected::to_bytes).unwrap_or_default();
    if state.hangs {
        std::future::pending::<()>().await;
    }
    let export = ExportTraceServiceRequest::decode(body.clone()).expect("spans are readable");
    let spans = export.resource_spans.iter().flat_map(|of| {
        let resource = of.resource.as_ref().map(|resource| attributes(&resource.attributes)).unwrap_or_default();
        of.scope_spans.iter().flat_map(|scope| &scope.spans).map(move |span| recorded(span, &resource))
    });
    state.spans.lock().unwrap_or_else(PoisonError::into_inner).extend(spans);
    state.bytes.lock().unwrap_or_else(PoisonError::into_inner).extend(body);
    state.came.notify_waiters();
    Ok(Response::new(Full::default()))
}

fn recorded(span: &Span, resource: &BTreeMap<String, String>) -> Recorded {
    let of_resource = |name: &str| resource.get(name).cloned().unwrap_or_default();
    Recorded {
        trace_id: hex(&span.trace_id),
        span_id: hex(&span.span_id),
        parent_id: hex(&span.parent_span_id),
        name: span.name.clone(),
        service: of_resource("service.name"),
        instance: of_resource("service.instance.id"),
        state: span.trace_state.clone(),
        attributes: attributes(&span.attributes),
        links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
    }
}

fn attributes(list: &[KeyValue]) -> BTreeMap<String, String> {
    list.iter().map(|pair| (pair.key.clone(), pair.value.as_ref().map(text).unwrap_or_default())).collect()
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}
