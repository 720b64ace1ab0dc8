//! How events came to this gateway and left it for its sockets: what is measured of that, and what is recorded of events that
//! are part of a trace.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chat_bus::events::ReceivedEvent;
use chat_protocol::event::EventKind;
use chat_protocol::trace::TraceContext;
use chat_runtime::traces::{self, Span, SpanKind};
use metrics::{Counter, Histogram};

/// Sockets of one gateway whose writing of one event is recorded; the span of the delivery tells how many there are.
const MAX_RECORDED_SOCKETS: u32 = 16;

/// When an event was accepted, and where in a trace it arrived.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Milliseconds since 1970, by the clock of whoever accepted the message.
    accepted_ms: Option<u64>,
    recorded: Option<Arc<Recorded>>,
}

#[derive(Debug)]
struct Recorded {
    place: TraceContext,
    sockets: AtomicU32,
}

impl PartialEq for Arrival {
    /// How an event came is no part of what it is.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Arrival {}

impl Arrival {
    /// Notes that an event came for so many sockets. The span lasts until they have been told.
    #[must_use]
    pub fn note(event: &ReceivedEvent, sockets: impl FnOnce() -> usize) -> (Self, Option<Span>) {
        let accepted_ms = event.id.filter(|_| event.kind == Some(EventKind::MessageReceived)).and_then(made_at);
        let Some(mut span) = traces::follow("deliver", SpanKind::Consumer, event.trace.as_ref()) else {
            return (Self { accepted_ms, recorded: None }, None);
        };
        span.set("messaging.system", "nats");
        span.set("chat.conversation_id", event.conversation_id.to_string());
        span.set("chat.seq", event.seq.0);
        span.set("chat.sockets", i64::try_from(sockets()).unwrap_or(i64::MAX));
        let recorded = Recorded { place: span.context(), sockets: AtomicU32::new(0) };
        (Self { accepted_ms, recorded: Some(Arc::new(recorded)) }, Some(span))
    }

    /// Begins the span of one socket's writing, for the first few.
    fn span(&self) -> Option<Span> {
        let recorded = self.recorded.as_ref()?;
        let is_one_of_few = recorded.sockets.fetch_add(1, Ordering::Relaxed) < MAX_RECORDED_SOCKETS;
        is_one_of_few.then(|| traces::follow("write", SpanKind::Internal, Some(&recorded.place)))?
    }
}

/// When a `UUIDv7` was made.
fn made_at(id: uuid::Uuid) -> Option<u64> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Some(seconds * 1000 + u64::from(nanos / 1_000_000))
}

/// The live events that one socket has been given since it was flushed last.
#[derive(Debug)]
pub(crate) struct Written {
    count: u64,
    oldest_ms: Option<u64>,
    spans: Vec<Span>,
    frames: u64,
    frames_sent: Counter,
    deliveries: Counter,
    delay: Histogram,
}

impl Default for Written {
    fn default() -> Self {
        Self {
            count: 0,
            oldest_ms: None,
            spans: Vec::new(),
            frames: 0,
            frames_sent: metrics::counter!("chat_gateway_frames_sent_total"),
            deliveries: metrics::counter!("chat_gateway_deliveries_total"),
            delay: metrics::histogram!("chat_gateway_delivery_seconds"),
        }
    }
}

impl Written {
    /// Frames of any kind go there.
    pub(crate) const fn add_frames(&mut self, count: u64) {
        self.frames += count;
    }

    /// An event goes into the socket's buffer.
    pub(crate) fn add(&mut self, arrival: &Arrival) {
        self.count += 1;
        self.oldest_ms = self.oldest_ms.into_iter().chain(arrival.accepted_ms).min();
        self.spans.extend(arrival.span());
    }

    /// The buffer was written: measured once a write, by the event that waited longest.
    pub(crate) fn flushed(&mut self) {
        if self.frames > 0 {
            self.frames_sent.increment(std::mem::take(&mut self.frames));
        }
        if self.count == 0 {
            return;
        }
        self.deliveries.increment(std::mem::take(&mut self.count));
        if let Some(oldest) = self.oldest_ms.take() {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            self.delay.record(now.saturating_sub(std::time::Duration::from_millis(oldest)).as_secs_f64());
        }
        self.spans.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_when_a_message_was_accepted() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let made = made_at(uuid::Uuid::now_v7()).unwrap();
        assert!(u128::from(made) >= now && u128::from(made) < now + 60_000, "{made} {now}");
        assert_eq!(made_at(uuid::Uuid::nil()), None);
    }
}
