//! Traces: spans of what a process does for a message, sent to a collector over OTLP. Off without an endpoint: then every
//! question here is one load from memory, and nothing is made, read or passed on.
//!
//! Only what lets something in begins traces ([`begin`]); everybody else follows a trace that is recorded ([`follow`]).

mod exporting;

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use chat_protocol::trace::TraceContext;
use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

pub use opentelemetry::trace::SpanKind;

use crate::config::TraceSection;

/// How long the last spans of a process may take to leave it.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

static TRACES: OnceLock<Traces> = OnceLock::new();

tokio::task_local! {
    static CURRENT: TraceContext;
}

struct Traces {
    tracer: SdkTracer,
    provider: SdkTracerProvider,
}

/// Starts tracing if there is somewhere for traces to go. Once a process, before its runtime.
pub fn start(service: &'static str, instance: Option<&str>, section: &TraceSection) -> anyhow::Result<()> {
    let Some(endpoint) = section.endpoint() else { return Ok(()) };
    let provider = exporting::provider(&endpoint, section, exporting::resource(service, instance, section))?;
    let tracer = provider.tracer("chat");
    let is_first = TRACES.set(Traces { tracer, provider }).is_ok();
    anyhow::ensure!(is_first, "tracing was started before");
    tracing::info!("traces go to a collector");
    Ok(())
}

/// Sends what is there, for a limited time: a collector that does not answer holds nobody up. Nothing if tracing is off.
pub fn stop() {
    let Some(traces) = TRACES.get() else { return };
    if let Err(error) = traces.provider.shutdown_with_timeout(FLUSH_TIMEOUT) {
        tracing::warn!(%error, "not all spans have reached the collector");
    }
}

/// Whether there is anywhere for traces to go.
#[must_use]
pub fn are_on() -> bool {
    TRACES.get().is_some()
}

/// Begins a span of something that came from outside, in the trace of its sender or in a new one. None if tracing is off or
/// the sampler wants nothing of it.
#[must_use]
pub fn begin(name: impl Into<Cow<'static, str>>, kind: SpanKind, parent: Option<&TraceContext>) -> Option<Span> {
    span(TRACES.get()?, SpanBuilder::from_name(name).with_kind(kind), parent)
}

/// Begins a span that continues a recorded trace. None if there is none.
#[must_use]
pub fn follow(name: impl Into<Cow<'static, str>>, kind: SpanKind, parent: Option<&TraceContext>) -> Option<Span> {
    let (traces, parent) = (TRACES.get()?, parent?);
    span(traces, SpanBuilder::from_name(name).with_kind(kind), Some(parent))
}

/// The same for something that has begun already.
#[must_use]
pub fn follow_from(
    since: SystemTime,
    name: impl Into<Cow<'static, str>>,
    kind: SpanKind,
    parent: Option<&TraceContext>,
) -> Option<Span> {
    let (traces, parent) = (TRACES.get()?, parent?);
    span(traces, SpanBuilder::from_name(name).with_kind(kind).with_start_time(since), Some(parent))
}

fn span(traces: &Traces, builder: SpanBuilder, parent: Option<&TraceContext>) -> Option<Span> {
    let context = parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(remote(parent)));
    let span = traces.tracer.build_with_context(builder, &context);
    span.is_recording().then(|| Span(Box::new(span)))
}

fn remote(place: &TraceContext) -> SpanContext {
    let flags = if place.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
    let state = place.state().and_then(|state| state.parse().ok()).unwrap_or(TraceState::NONE);
    let (trace, span) = (TraceId::from(place.trace_id()), SpanId::from(place.span_id()));
    SpanContext::new(trace, span, flags, true, state)
}

/// Where the work of this task belongs, if it is recorded.
#[must_use]
pub fn current() -> Option<TraceContext> {
    if are_on() { CURRENT.try_with(Clone::clone).ok() } else { None }
}

/// Does `work` as part of a span.
pub async fn within<T>(span: Option<&Span>, work: impl Future<Output = T>) -> T {
    match span {
        Some(span) => CURRENT.scope(span.context(), work).await,
        None => work.await,
    }
}

/// A span that is recorded. It ends when it is dropped.
#[derive(Debug)]
pub struct Span(Box<opentelemetry_sdk::trace::Span>);

impl Span {
    /// Its place, for whoever continues it.
    #[must_use]
    pub fn context(&self) -> TraceContext {
        let own = self.0.span_context();
        let (trace, span) =
            (u128::from_be_bytes(own.trace_id().to_bytes()), u64::from_be_bytes(own.span_id().to_bytes()));
        TraceContext::new(trace, span, true, &own.trace_state().header())
            .expect("a recorded span has a trace and an id")
    }

    /// The trace, as log lines name it.
    #[must_use]
    pub fn trace_id(&self) -> String {
        self.0.span_context().trace_id().to_string()
    }

    /// Says something of it: ids, kinds and numbers, never what people wrote.
    pub fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.set_attribute(KeyValue::new(name, value));
    }

    /// It did not do what it was there for.
    pub fn fail(&mut self, why: &'static str) {
        self.0.set_status(Status::error(why));
    }

    /// Points to a span of another trace, or to one that is not its parent.
    pub fn link(&mut self, to: &TraceContext) {
        self.0.add_link(remote(to), Vec::new());
    }
}
