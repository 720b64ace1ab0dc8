//! Schemas of the frames that are no durable events, in both directions.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;
use serde_json::Value;

use super::{Named, finish, named};
use crate::frame::{Authenticate, ResumeRequest, ServerFrame};
use crate::ids::ConversationId;
use crate::message::SendMessageRequest;
use crate::presence::{PresenceSnapshot, UserStatusChange};
use crate::rest::MarkAsReadRequest;

/// A frame of a client about a conversation.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is made")]
struct Aimed<B> {
    #[serde(rename = "type")]
    kind: String,
    /// On `/ws/`: which conversation. On `/ws/chat/{id}/` it may be left out.
    #[serde(default)]
    conversation_id: Option<ConversationId>,
    #[serde(flatten)]
    body: B,
}

/// A frame of a client about nothing but itself.
#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is made")]
struct Plain<B> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    body: B,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// Everything that a client can say.
pub(super) fn of_the_client(types: &mut SchemaGenerator) -> Vec<Named> {
    vec![
        named::<Aimed<SendMessageRequest>>(types, "send_message", "Say something."),
        named::<Aimed<MarkAsReadRequest>>(types, "mark_as_read", "Mark messages as read; all, if none are named."),
        named::<Aimed<Nothing>>(types, "typing_start", "One has begun to type, or still does."),
        named::<Aimed<Nothing>>(types, "typing_stop", "One has stopped typing."),
        named::<Plain<Authenticate>>(types, "authenticate", "Prove who one is, or bring a fresh token."),
        named::<Plain<ResumeRequest>>(types, "resume", "Ask for everything after a position."),
        named::<Plain<Nothing>>(types, "ping", "Ask for `pong`."),
    ]
}

/// Everything that the server says besides durable events.
pub(super) fn of_the_server(types: &mut SchemaGenerator) -> Vec<Named> {
    let mut all = ServerFrame::json_schema(types).to_value();
    let variants = all.get_mut("oneOf").and_then(Value::as_array_mut).map(std::mem::take).unwrap_or_default();
    let mut frames: Vec<_> = variants.into_iter().map(of_variant).collect();
    let snapshot = "Everybody whom the caller may see, and how they are: the first frame about presence.";
    frames.push(named::<PresenceSnapshot>(types, "presence_snapshot", snapshot));
    frames.push(named::<UserStatusChange>(types, "user_status_change", "How somebody is now."));
    frames
}

fn of_variant(schema: Value) -> Named {
    let kind = schema["properties"]["type"]["const"].as_str().unwrap_or_default().to_owned();
    finish(&kind, schema)
}
