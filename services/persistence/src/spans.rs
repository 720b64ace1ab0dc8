//! The spans of the recorded commands of a stretch: one each, from the reading to the publication, and one for the statement
//! that stores them together. The statement belongs to the first of them; the others point to it. Empty, and free, for
//! commands that nobody records.

use std::collections::BTreeMap;

use chat_protocol::trace::TraceContext;
use chat_runtime::traces::{self, Span, SpanKind};
use chat_store::StoreError;
use chat_store::apply::{BatchOutcome, Placed, Verdict};

use crate::batch::Batch;
use crate::storing::Read;

/// The spans, by the positions of their commands.
#[derive(Debug, Default)]
pub struct Spans(BTreeMap<i64, Span>);

impl Spans {
    /// Begins the spans of what was read.
    #[must_use]
    pub fn of(stretch: &[Read]) -> Self {
        let recorded = stretch.iter().filter_map(|read| {
            let (place, command) = (read.trace.as_ref()?, read.incoming.command.as_ref()?);
            let name = format!("process {}", command.body.kind().as_str());
            let mut span = traces::follow_from(read.read_at, name, SpanKind::Consumer, Some(place))?;
            span.set("messaging.system", "nats");
            span.set("chat.conversation_id", command.body.conversation_id().to_string());
            span.set("chat.command_id", command.id.to_string());
            span.set("chat.stream_position", read.incoming.pos);
            Some((read.incoming.pos, span))
        });
        Self(recorded.collect())
    }

    /// Log lines about this stretch name the first trace in it.
    #[must_use]
    pub fn log_span(&self) -> tracing::Span {
        match self.0.values().next() {
            Some(span) => tracing::info_span!("stretch", trace_id = span.trace_id()),
            None => tracing::Span::none(),
        }
    }

    /// Begins the span of the statement.
    #[must_use]
    pub fn statement(&mut self, batch: &Batch) -> Option<Span> {
        let mut spans = self.0.values_mut();
        let first = spans.next()?.context();
        let mut statement = traces::follow("apply_commands", SpanKind::Client, Some(&first))?;
        statement.set("db.system.name", "postgresql");
        statement.set("chat.batch.commands", i64::try_from(batch.commands.len()).unwrap_or(i64::MAX));
        let place = statement.context();
        for other in spans {
            other.link(&place);
        }
        Some(statement)
    }

    /// A command is decided: takes its span, with what was decided.
    pub fn decided(&mut self, command: &Placed, verdict: &Verdict) -> Option<Span> {
        let mut span = self.0.remove(&command.pos)?;
        span.set("chat.verdict", name(verdict));
        Some(span)
    }
}

/// Ends the span of the statement.
pub fn end_statement(statement: Option<Span>, outcome: &Result<BatchOutcome, StoreError>) {
    let Some(mut statement) = statement else { return };
    match outcome {
        Ok(BatchOutcome::Committed(_)) => {}
        Ok(BatchOutcome::Fenced(_)) => statement.fail("fenced"),
        Err(_) => statement.fail("not stored"),
    }
}

/// The span of the publication of an event.
#[must_use]
pub fn publication(kind: &str, place: Option<&TraceContext>) -> Option<Span> {
    let mut span = traces::follow(format!("publish {kind}"), SpanKind::Producer, Some(place?))?;
    span.set("messaging.system", "nats");
    Some(span)
}

const fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Stored(_) => "stored",
        Verdict::Known { .. } => "known",
        Verdict::Carried(_) => "carried_out",
        Verdict::NotFound => "not_found",
        Verdict::Expired => "expired",
        Verdict::Invalid(_) => "invalid",
        Verdict::Forbidden => "forbidden",
        Verdict::Conflict(_) => "conflict",
        Verdict::Blocked => "blocked",
    }
}
