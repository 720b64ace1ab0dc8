//! One span, one count and one duration for each request. Labels and fields name the matched route, never an id.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chat_protocol::trace::{TRACEPARENT, TRACESTATE, TraceContext};
use chat_runtime::http_server::ClientAddr;
use chat_runtime::traces::{self, Span, SpanKind};
use tracing::Instrument as _;
use tracing::field::Empty;
use uuid::Uuid;

use crate::error::ApiError;

/// Names a request in the log and in its answer; a proxy in front may have named it already.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the request is called in the log, for handlers that keep it.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The id: letters, digits, dashes and underscores.
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Wraps every request.
pub(crate) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unmatched", MatchedPath::as_str).to_owned();
    let request_id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let client = request.extensions().get().map(|ClientAddr(address)| tracing::field::display(*address));
    let span = tracing::info_span!("request", method, route, request_id = ?request_id, client, trace_id = Empty);
    let mut recorded = if traces::are_on() { begin_trace(method, &route, request.headers()) } else { None };
    if let Some(recorded) = &recorded {
        span.record("trace_id", recorded.trace_id());
    }
    let mut response = traces::within(recorded.as_ref(), next.run(request)).instrument(span.clone()).await;
    let _within = span.enter();
    if let Some(recorded) = &mut recorded {
        end_trace(recorded, response.status());
    }
    record(method, route, response.status(), started);
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, request_id);
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The request as a part of its caller's trace, or of a new one.
fn begin_trace(method: &'static str, route: &str, headers: &HeaderMap) -> Option<Span> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = header(TRACEPARENT).and_then(|parent| TraceContext::parse(parent, header(TRACESTATE)));
    let mut span = traces::begin(format!("{method} {route}"), SpanKind::Server, caller.as_ref())?;
    span.set("http.request.method", method);
    span.set("http.route", route.to_owned());
    Some(span)
}

fn end_trace(span: &mut Span, status: StatusCode) {
    span.set("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.fail("server error");
    }
}

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(crate) fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&'static str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("a panic without text"), "handler panicked");
    ApiError::Unavailable("the handler panicked").into_response()
}

fn record(method: &'static str, route: String, status: StatusCode, started: Instant) {
    let took = started.elapsed();
    // Why a request failed stands in the log already: see `ApiError`.
    tracing::debug!(status = status.as_u16(), took_ms = took.as_secs_f64() * 1e3, "answered");
    let status = status.as_str().to_owned();
    metrics::counter!("chat_api_http_requests_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    metrics::histogram!("chat_api_http_request_duration_seconds", "route" => route).record(took);
}

/// The method as a label; clients may invent methods, and labels are few.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn request_id(headers: &HeaderMap) -> HeaderValue {
    let is_fit = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        (1..=64).contains(&bytes.len()) && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    headers.get(REQUEST_ID).filter(is_fit).cloned().unwrap_or_else(|| {
        HeaderValue::from_str(&Uuid::now_v7().to_string()).expect("a UUID is letters, digits and dashes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_id_of_a_proxy_is_kept_if_it_is_harmless() {
        let kept = |text: &'static str| {
            request_id(&HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_static(text))])) == text
        };
        assert!(kept("01-aB_9"));
        assert!(!kept(""));
        assert!(!kept("a b"));
        assert!(!kept("0123456789012345678901234567890123456789012345678901234567890123456789"));
        assert_eq!(request_id(&HeaderMap::new()).len(), 36);
    }

    #[test]
    fn panic_is_unavailable_and_tells_nothing() {
        let response = answer_panic(Box::new("canary"));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key("retry-after"));
    }

    #[test]
    fn invented_methods_are_one_label() {
        assert_eq!(known_method(&Method::from_bytes(b"BREW").unwrap()), "other");
        assert_eq!(known_method(&Method::PATCH), "PATCH");
    }
}
