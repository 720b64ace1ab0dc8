//! What is recorded of one socket: its way in, and what was said on it until it is answered. Empty, and free, if tracing is
//! off or nothing of the socket is recorded.

use std::collections::HashMap;

use axum::http::HeaderMap;
use chat_protocol::command::{Command, CommandBody};
use chat_protocol::ids::CommandId;
use chat_protocol::reply::Outcome;
use chat_protocol::trace::{TRACEPARENT, TRACESTATE, TraceContext};
use chat_runtime::traces::{self, Span, SpanKind};

/// The open spans of one socket. The session bounds their number.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    connecting: Option<Span>,
    /// Where in a trace the frame stands that is being carried out.
    said_at: Option<TraceContext>,
    commands: HashMap<CommandId, Span>,
}

/// Begins the span of a socket that is being opened, in the trace that its request names.
pub(crate) fn connecting(headers: &HeaderMap) -> Option<Span> {
    if !traces::are_on() {
        return None;
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = header(TRACEPARENT).and_then(|parent| TraceContext::parse(parent, header(TRACESTATE)));
    traces::begin("connect", SpanKind::Server, caller.as_ref())
}

impl Spans {
    /// The socket is on its way in.
    pub(crate) fn connect(&mut self, span: Option<Span>) {
        self.connecting = span;
    }

    /// The socket is open.
    pub(crate) fn connected(&mut self) {
        self.connecting = None;
    }

    /// A frame came.
    pub(crate) fn heard(&mut self, frame: &str) {
        if traces::are_on() {
            self.said_at = TraceContext::of_frame(frame);
        }
    }

    /// Begins the span of a command that is submitted. A message belongs where its frame does; marks are of several frames.
    pub(crate) fn submitted(&mut self, command: &Command) {
        if !traces::are_on() {
            return;
        }
        let said_at = self.said_at.take_if(|_| matches!(command.body, CommandBody::SendMessage(_)));
        let Some(mut span) = traces::begin(command.body.kind().as_str(), SpanKind::Server, said_at.as_ref()) else {
            return;
        };
        span.set("chat.conversation_id", command.body.conversation_id().to_string());
        span.set("chat.command_id", command.id.to_string());
        self.commands.insert(command.id, span);
    }

    /// Where in a trace a command stands, if that is recorded.
    pub(crate) fn place_of(&self, command: CommandId) -> Option<TraceContext> {
        self.commands.get(&command).map(Span::context)
    }

    /// A command was answered.
    pub(crate) fn answered(&mut self, command: CommandId, outcome: &Outcome) {
        let Some(mut span) = self.commands.remove(&command) else { return };
        if let Outcome::Refused(refusal) = outcome {
            span.set("chat.refused", refusal.code.as_str());
        }
    }

    /// A command will not be answered.
    pub(crate) fn gave_up(&mut self, command: CommandId) {
        if let Some(mut span) = self.commands.remove(&command) {
            span.fail("not taken");
        }
    }
}
