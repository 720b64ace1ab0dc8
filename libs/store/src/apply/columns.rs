//! The commands of a batch as `apply_commands` takes them: one array for each column.

use chat_protocol::command::{CommandBody, CreateConversation, SendMessage, UniquenessKey};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Placed;

/// The columns of messages, one array each.
#[derive(Default)]
pub(super) struct MessageColumns {
    pub(super) ord: Vec<i32>,
    pub(super) step: Vec<i32>,
    pub(super) partition: Vec<i16>,
    pub(super) pos: Vec<i64>,
    pub(super) id: Vec<Uuid>,
    pub(super) conversation: Vec<Uuid>,
    pub(super) sender: Vec<i64>,
    pub(super) client: Vec<Option<String>>,
    pub(super) message_type: Vec<i16>,
    pub(super) content: Vec<String>,
    pub(super) reply_to: Vec<Option<Uuid>>,
    /// Ids with commas between them: an array of arrays would have to be rectangular.
    pub(super) attachments: Vec<Option<String>>,
    pub(super) not_after: Vec<DateTime<Utc>>,
}

/// The columns of every other command, one array each.
#[derive(Default)]
pub(super) struct OtherColumns {
    pub(super) ord: Vec<i32>,
    pub(super) step: Vec<i32>,
    pub(super) partition: Vec<i16>,
    pub(super) pos: Vec<i64>,
    pub(super) id: Vec<Uuid>,
    pub(super) kind: Vec<&'static str>,
    pub(super) body: Vec<Value>,
}

/// Parts messages from everything else.
pub(super) fn columns(commands: &[Placed]) -> (MessageColumns, OtherColumns) {
    let (mut messages, mut others) = (MessageColumns::default(), OtherColumns::default());
    for (ord, command) in (0..).zip(commands) {
        let partition = i16::from(command.partition.get());
        match &command.body {
            CommandBody::SendMessage(body) => {
                messages.ord.push(ord);
                messages.step.push(command.step);
                messages.partition.push(partition);
                messages.pos.push(command.pos);
                messages.id.push(command.id.uuid());
                push_message(&mut messages, body);
            }
            other => {
                others.ord.push(ord);
                others.step.push(command.step);
                others.partition.push(partition);
                others.pos.push(command.pos);
                others.id.push(command.id.uuid());
                others.kind.push(other.kind().as_str());
                others.body.push(other_json(other));
            }
        }
    }
    (messages, others)
}

/// The command as its function in the database reads it.
fn other_json(body: &CommandBody) -> Value {
    let json = match body {
        CommandBody::SendMessage(body) => serde_json::to_value(body),
        CommandBody::CreateConversation(body) => return creation_json(body),
        CommandBody::AddParticipants(body) => serde_json::to_value(body),
        CommandBody::RemoveParticipant(body) => serde_json::to_value(body),
        CommandBody::ChangeParticipant(body) => serde_json::to_value(body),
        CommandBody::UpdateConversation(body) => serde_json::to_value(body),
        CommandBody::DeleteConversation(body) => serde_json::to_value(body),
        CommandBody::MarkAsRead(body) => serde_json::to_value(body),
        CommandBody::EditMessage(body) => serde_json::to_value(body),
        CommandBody::DeleteMessage(body) | CommandBody::ModerateMessage(body) => serde_json::to_value(body),
        CommandBody::SetReaction(body) => serde_json::to_value(body),
        CommandBody::PostSystemMessage(body) => serde_json::to_value(body),
    };
    json.expect("commands are plain JSON")
}

fn push_message(columns: &mut MessageColumns, body: &SendMessage) {
    columns.conversation.push(body.conversation_id.uuid());
    columns.sender.push(body.sender_id.get());
    columns.client.push(body.message.client_id.as_ref().map(|id| id.as_str().to_owned()));
    columns.message_type.push(body.message.message_type.number());
    columns.content.push(body.message.content.clone());
    let ids: Vec<_> = body.message.attachment_ids.iter().map(ToString::to_string).collect();
    columns.attachments.push((!ids.is_empty()).then(|| ids.join(",")));
    columns.reply_to.push(body.message.reply_to.map(chat_protocol::ids::MessageId::uuid));
    columns.not_after.push(body.not_after.datetime());
}

fn creation_json(body: &CreateConversation) -> Value {
    let key = UniquenessKey::of(&body.conversation).map(|key| hex(key.as_bytes()));
    json!({
        "actor_id": body.actor_id,
        "owner_id": body.owner_id,
        "kind": body.conversation.kind.number(),
        "title": body.conversation.title,
        "job": body.conversation.job,
        "job_id": body.conversation.job.as_ref().map(chat_protocol::rest::Job::id_text),
        "metadata": body.conversation.metadata,
        "participants": body.conversation.participants,
        "unique_key": key,
        "not_after": body.not_after,
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
