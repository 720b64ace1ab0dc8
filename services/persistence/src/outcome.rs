//! From a verdict of the database to the answer for who asked and the event for everybody. Pure.

use chat_protocol::command::{CommandBody, SendMessage};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::event::{Event, EventKind, LogEvent};
use chat_protocol::ids::{ConversationId, MessageId, Seq};
use chat_protocol::message::{Message, Sender};
use chat_protocol::reply::{Outcome, Reply};
use chat_store::apply::{Placed, Stored, Verdict, unknown_participants};

/// The answer to a command.
#[must_use]
pub fn reply(command: &Placed, verdict: &Verdict) -> Reply {
    let outcome = match (verdict, &command.body) {
        (Verdict::Stored(stored), CommandBody::SendMessage(_)) => Outcome::MessageStored {
            id: MessageId::from_uuid(stored.id),
            seq: Seq(stored.seq),
            created_at: stored.at.into(),
            created: true,
        },
        (Verdict::Known { id, seq, at, same_command }, CommandBody::SendMessage(_)) => Outcome::MessageStored {
            id: MessageId::from_uuid(*id),
            seq: Seq(*seq),
            created_at: (*at).into(),
            created: *same_command,
        },
        (Verdict::Stored(stored), CommandBody::CreateConversation(_)) => {
            Outcome::ConversationStored { id: ConversationId::from_uuid(stored.id), created: true }
        }
        (Verdict::Known { id, same_command, .. }, CommandBody::CreateConversation(_)) => {
            Outcome::ConversationStored { id: ConversationId::from_uuid(*id), created: *same_command }
        }
        (Verdict::Carried(carried), _) => carried.marked.map_or(Outcome::Done, |marked| Outcome::MarkedAsRead {
            marked: marked.marked,
            unread_count: marked.unread_count,
        }),
        (Verdict::Stored(_) | Verdict::Known { .. }, _) => Outcome::Done,
        (Verdict::Forbidden, _) => Outcome::Refused(Refusal::new(ErrorCode::PermissionDenied, "Not with your role.")),
        (Verdict::Conflict(why), _) => Outcome::Refused(Refusal::new(ErrorCode::Conflict, why.clone())),
        (Verdict::NotFound, _) => Outcome::Refused(Refusal::not_found()),
        (Verdict::Expired, _) => Outcome::Refused(Refusal::new(ErrorCode::Unavailable, "Not stored in time.")),
        (Verdict::Invalid(_), CommandBody::SendMessage(_)) => {
            Outcome::Refused(Refusal::invalid("reply_to", "No such message in this conversation."))
        }
        (Verdict::Invalid(detail), CommandBody::CreateConversation(_)) => {
            let ids: Vec<_> = unknown_participants(detail.as_ref()).iter().map(ToString::to_string).collect();
            Outcome::Refused(Refusal::invalid("participant_ids", format!("Unknown: {}.", ids.join(", "))))
        }
        (Verdict::Invalid(_), _) => Outcome::Refused(Refusal::new(ErrorCode::Invalid, "Does not fit.")),
    };
    Reply { command_id: command.id, outcome }
}

/// The event of a message or creation that was stored just now.
#[must_use]
pub fn event(command: Placed, stored: Stored) -> Option<Event> {
    Some(match command.body {
        CommandBody::SendMessage(body) => Event::of_message(message(body, stored)),
        CommandBody::CreateConversation(body) => Event::Log(Box::new(LogEvent {
            kind: EventKind::ConversationCreated,
            conversation_id: body.conversation_id,
            seq: Seq(stored.seq),
            actor_id: Some(body.actor_id),
            created_at: stored.at.into(),
            body: stored.body.and_then(|body| body.as_object().cloned()).unwrap_or_default(),
        })),
        _ => return None,
    })
}

fn message(body: SendMessage, stored: Stored) -> Message {
    Message {
        id: MessageId::from_uuid(stored.id),
        conversation_id: body.conversation_id,
        seq: Seq(stored.seq),
        content: body.message.content,
        message_type: body.message.message_type,
        sender: stored.sender.map(|(name, avatar_url, role)| Sender { id: body.sender_id, name, avatar_url, role }),
        attachments: Vec::new(),
        reply_to: body.message.reply_to,
        reactions: Vec::new(),
        client_id: body.message.client_id,
        created_at: stored.at.into(),
        edited_at: None,
        deleted_at: None,
    }
}
