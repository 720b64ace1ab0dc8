//! Schemas of durable events, one for each kind. Most bodies are made by the database; here stands what they hold.

use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Named, named};
use crate::event::{EventKind, MessageReceived};
use crate::ids::{ConversationId, MessageId, Seq, UserId};
use crate::message::Message;
use crate::rest::{ConversationKind, ConversationRole, Job, PlatformRole};
use crate::time::Timestamp;

/// What every event but a message has.
#[derive(Serialize, JsonSchema)]
struct Logged<B> {
    /// Which event.
    #[serde(rename = "type")]
    kind: EventKind,
    /// Where.
    conversation_id: ConversationId,
    /// Its position in the log.
    seq: Seq,
    /// Who caused it; null for the system.
    actor_id: Option<UserId>,
    /// When it was stored.
    created_at: Timestamp,
    #[serde(flatten)]
    body: B,
}

#[derive(Serialize, JsonSchema)]
struct OfConversation {
    /// How it is after this.
    conversation: LoggedConversation,
}

/// A conversation as it was after an event.
#[derive(Serialize, JsonSchema)]
struct LoggedConversation {
    /// Its id.
    id: ConversationId,
    /// What it is.
    kind: ConversationKind,
    /// What it is called.
    title: Option<String>,
    /// What it is about.
    job: Option<Job>,
    /// Whatever the marketplace keeps with it.
    metadata: Map<String, Value>,
    /// When it was made.
    created_at: Timestamp,
    /// The first twenty, the longest-serving first.
    participants: Vec<LoggedParticipant>,
    /// How many there are.
    participant_count: i64,
}

/// A participant as of an event.
#[derive(Serialize, JsonSchema)]
struct LoggedParticipant {
    /// The user.
    id: UserId,
    /// What others see.
    name: String,
    /// A picture.
    avatar_url: Option<String>,
    /// The role in the conversation.
    role: ConversationRole,
    /// The role on the platform.
    user_role: PlatformRole,
}

#[derive(Serialize, JsonSchema)]
struct Added {
    /// Who.
    user_id: UserId,
    /// As what.
    role: ConversationRole,
    /// The same in full.
    participant: LoggedParticipant,
}

#[derive(Serialize, JsonSchema)]
struct OfParticipant {
    /// Who.
    user_id: UserId,
    /// The role after this; of somebody who is gone, the last one.
    role: ConversationRole,
}

#[derive(Serialize, JsonSchema)]
struct Edited {
    /// The position of the message.
    message_seq: Seq,
    /// How it is after this; without content once it is deleted.
    message: Message,
}

#[derive(Serialize, JsonSchema)]
struct Tombstone {
    /// The position of the message.
    message_seq: Seq,
    /// Which message.
    message_id: MessageId,
    /// When.
    deleted_at: Timestamp,
}

#[derive(Serialize, JsonSchema)]
struct Reacted {
    /// The position of the message.
    message_seq: Seq,
    /// Which message.
    message_id: MessageId,
    /// The emoji.
    emoji: String,
    /// Whose reaction.
    user_id: UserId,
}

/// All of them, in the order of their numbers.
pub(super) fn all(types: &mut SchemaGenerator) -> Vec<Named> {
    EventKind::ALL.into_iter().map(|kind| of_kind(kind, types)).collect()
}

fn of_kind(kind: EventKind, types: &mut SchemaGenerator) -> Named {
    let name = kind.as_str();
    match kind {
        EventKind::MessageReceived => named::<MessageReceived>(types, name, "A message was stored."),
        EventKind::ConversationCreated => {
            logged::<OfConversation>(types, name, "The conversation began; always seq 1.")
        }
        EventKind::ParticipantAdded => logged::<Added>(types, name, "Somebody takes part now."),
        EventKind::ParticipantRemoved => logged::<OfParticipant>(types, name, "Somebody takes part no longer."),
        EventKind::ParticipantChanged => logged::<OfParticipant>(types, name, "Somebody has another role."),
        EventKind::ConversationUpdated => logged::<OfConversation>(types, name, "Title, job or metadata are others."),
        EventKind::MessageEdited => logged::<Edited>(types, name, "The text of a message is another."),
        EventKind::MessageDeleted => logged::<Tombstone>(types, name, "A message is deleted for all."),
        EventKind::ReactionAdded => logged::<Reacted>(types, name, "Somebody put a reaction on a message."),
        EventKind::ReactionRemoved => logged::<Reacted>(types, name, "Somebody took a reaction back."),
    }
}

fn logged<B: JsonSchema>(types: &mut SchemaGenerator, kind: &str, description: &str) -> Named {
    named::<Logged<B>>(types, kind, description)
}
