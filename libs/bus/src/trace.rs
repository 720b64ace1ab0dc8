//! A place in a trace in the headers of what goes over NATS. Only what is recorded is passed on: without a trace there is no
//! header.

use async_nats::{HeaderMap, HeaderValue};
use chat_protocol::trace::{TRACEPARENT, TRACESTATE, TraceContext};

/// Writes it down.
pub(crate) fn write(headers: &mut HeaderMap, place: &TraceContext) {
    headers.insert(TRACEPARENT, place.to_string());
    if let Some(state) = place.state() {
        headers.insert(TRACESTATE, state);
    }
}

/// Reads it; none if it is not there, or no such thing.
pub(crate) fn read(headers: &HeaderMap) -> Option<TraceContext> {
    let parent = headers.get(TRACEPARENT)?;
    TraceContext::parse(parent.as_str(), headers.get(TRACESTATE).map(HeaderValue::as_str))
}

/// The place that a message names.
#[must_use]
pub fn of(message: &async_nats::Message) -> Option<TraceContext> {
    read(message.headers.as_ref()?)
}
