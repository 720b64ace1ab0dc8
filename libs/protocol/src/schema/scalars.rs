//! Schemas of ids, positions and times: what their own types accept and write.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::ids::{AttachmentId, ClientId, ConversationId, MessageId, Seq, UserId};
use crate::time::Timestamp;

macro_rules! scalar {
    ($type:ident, $schema:tt) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

scalar!(ConversationId, {"type": "string", "format": "uuid", "description": "A conversation."});
scalar!(MessageId, {"type": "string", "format": "uuid", "description": "A message."});
scalar!(AttachmentId, {"type": "string", "format": "uuid", "description": "An uploaded file."});
scalar!(UserId, {
    "type": "integer", "minimum": 1, "maximum": UserId::MAX,
    "description": "A person: an integer that every JSON reader keeps exact.",
});
scalar!(ClientId, {
    "type": "string", "minLength": 1, "maxLength": ClientId::MAX_CHARS,
    "description": "What a sender calls a message, unique per sender and conversation.",
});
scalar!(Seq, {
    "type": "integer", "minimum": 0,
    "description": "A position in the log of a conversation: 1, 2, 3, … without holes.",
});
scalar!(Timestamp, {"type": "string", "format": "date-time", "description": "UTC with microseconds. Never used for order."});

/// The marketplace's id of a job.
pub(crate) fn job_id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "integer"]})
}

/// A place in the log; null is none.
pub(crate) fn place(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "integer", "null"]})
}
