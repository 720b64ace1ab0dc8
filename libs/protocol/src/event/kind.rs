//! The kinds of durable events: their names on the wire, in the feed and in schemas, and their numbers in the database.

use serde::{Deserialize, Serialize};

/// A name made of the frame's `type`, with something around it.
macro_rules! name {
    ($kind:expr, $before:literal, $after:literal) => {
        match $kind {
            Self::MessageReceived => concat!($before, "message_received", $after),
            Self::ConversationCreated => concat!($before, "conversation_created", $after),
            Self::ParticipantAdded => concat!($before, "participant_added", $after),
            Self::ParticipantRemoved => concat!($before, "participant_removed", $after),
            Self::ParticipantChanged => concat!($before, "participant_changed", $after),
            Self::ConversationUpdated => concat!($before, "conversation_updated", $after),
            Self::MessageEdited => concat!($before, "message_edited", $after),
            Self::MessageDeleted => concat!($before, "message_deleted", $after),
            Self::ReactionAdded => concat!($before, "reaction_added", $after),
            Self::ReactionRemoved => concat!($before, "reaction_removed", $after),
        }
    };
}

/// Which event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum EventKind {
    /// A message was stored.
    MessageReceived,
    /// The conversation began; always seq 1.
    ConversationCreated,
    /// Somebody takes part now.
    ParticipantAdded,
    /// Somebody takes part no longer.
    ParticipantRemoved,
    /// Somebody has another role.
    ParticipantChanged,
    /// Title, job or metadata are others.
    ConversationUpdated,
    /// The text of a message is another.
    MessageEdited,
    /// A message is deleted for all.
    MessageDeleted,
    /// Somebody put a reaction on a message.
    ReactionAdded,
    /// Somebody took a reaction back.
    ReactionRemoved,
}

impl EventKind {
    /// Every kind; its place is its number in the database.
    pub const ALL: [Self; 10] = [
        Self::MessageReceived,
        Self::ConversationCreated,
        Self::ParticipantAdded,
        Self::ParticipantRemoved,
        Self::ParticipantChanged,
        Self::ConversationUpdated,
        Self::MessageEdited,
        Self::MessageDeleted,
        Self::ReactionAdded,
        Self::ReactionRemoved,
    ];

    /// The frame's `type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        name!(self, "", "")
    }

    /// The value of `ce-type`.
    #[must_use]
    pub const fn ce_type(self) -> &'static str {
        name!(self, "chat.", ".v1")
    }

    /// The `$id` of its schema, and the value of `ce-dataschema`.
    #[must_use]
    pub const fn schema_id(self) -> &'static str {
        name!(self, "urn:chat:event:", ":v1")
    }

    /// The kind that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::MessageReceived,
            1 => Self::ConversationCreated,
            2 => Self::ParticipantAdded,
            3 => Self::ParticipantRemoved,
            4 => Self::ParticipantChanged,
            5 => Self::ConversationUpdated,
            6 => Self::MessageEdited,
            7 => Self::MessageDeleted,
            8 => Self::ReactionAdded,
            9 => Self::ReactionRemoved,
            _ => return None,
        })
    }

    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::MessageReceived => 0,
            Self::ConversationCreated => 1,
            Self::ParticipantAdded => 2,
            Self::ParticipantRemoved => 3,
            Self::ParticipantChanged => 4,
            Self::ConversationUpdated => 5,
            Self::MessageEdited => 6,
            Self::MessageDeleted => 7,
            Self::ReactionAdded => 8,
            Self::ReactionRemoved => 9,
        }
    }

    /// The kind that `ce-type` names; none of another version.
    #[must_use]
    pub fn from_ce_type(ce_type: &str) -> Option<Self> {
        let name = ce_type.strip_prefix("chat.")?.strip_suffix(".v1")?;
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_list() {
        for (number, kind) in (0..).zip(EventKind::ALL) {
            assert_eq!((kind.number(), EventKind::from_number(number)), (number, Some(kind)));
        }
        assert_eq!(EventKind::from_number(10), None);
    }

    #[test]
    fn names_are_made_of_the_type() {
        for kind in EventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(EventKind::from_ce_type(kind.ce_type()), Some(kind));
            assert_eq!(kind.schema_id(), format!("urn:chat:event:{}:v1", kind.as_str()));
        }
        assert_eq!(EventKind::from_ce_type("chat.message_received.v2"), None);
    }
}
