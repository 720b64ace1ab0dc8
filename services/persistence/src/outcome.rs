//! From a verdict of the database to the answer for who asked, and to the events and news for everybody. Pure.

use chat_protocol::command::{CommandBody, CommandKind, SendMessage};
use chat_protocol::error::{ErrorCode, FieldErrors, Refusal};
use chat_protocol::event::{Event, EventFacts, EventKind, LogEvent};
use chat_protocol::ids::{ConversationId, MessageId, Seq};
use chat_protocol::message::{Message, Sender};
use chat_protocol::reply::{Outcome, Reply};
use chat_store::apply::{News, Placed, Stored, Verdict, unknown_participants};
use chat_store::log::LoggedEvent;
use serde::Deserialize as _;
use serde_json::Value;

/// Unknown people whom a refusal names.
const MAX_NAMED: usize = 20;

/// The answer to a command.
#[must_use]
pub fn reply(command: &Placed, verdict: &Verdict) -> Reply {
    let outcome = match verdict {
        Verdict::Stored(stored) => succeeded(command, stored.id, stored.seq, stored.at, true),
        Verdict::Known { id, seq, at, same_command } => succeeded(command, *id, *seq, *at, *same_command),
        Verdict::Carried(carried) => match (carried.marked, carried.posted) {
            (Some(of), _) => Outcome::MarkedAsRead { marked: of.marked, unread_count: of.unread_count },
            (None, Some(of)) => Outcome::MessageStored {
                id: MessageId::from_uuid(of.id),
                seq: Seq(of.seq),
                created_at: of.created_at.into(),
                created: of.is_new,
            },
            (None, None) => Outcome::Done,
        },
        Verdict::Forbidden => refused(ErrorCode::PermissionDenied, "Not with your role."),
        Verdict::Conflict(why) => refused(ErrorCode::Conflict, why),
        Verdict::Blocked => refused(ErrorCode::Blocked, "Nothing passes between the two of you."),
        Verdict::NotFound => Outcome::Refused(Refusal::not_found()),
        Verdict::Expired => refused(ErrorCode::Unavailable, "Not stored in time."),
        Verdict::Invalid(detail) => Outcome::Refused(invalid(command.body.kind(), detail.as_ref())),
    };
    Reply { command_id: command.id, outcome }
}

fn refused(code: ErrorCode, detail: &str) -> Outcome {
    Outcome::Refused(Refusal::new(code, detail))
}

fn succeeded(command: &Placed, id: uuid::Uuid, seq: i64, at: chrono::DateTime<chrono::Utc>, created: bool) -> Outcome {
    match command.body.kind() {
        CommandKind::SendMessage => {
            Outcome::MessageStored { id: MessageId::from_uuid(id), seq: Seq(seq), created_at: at.into(), created }
        }
        CommandKind::CreateConversation => Outcome::ConversationStored { id: ConversationId::from_uuid(id), created },
        _ => Outcome::Done,
    }
}

/// Says which field was wrong: what the database says of it, or the only one that it can be.
fn invalid(kind: CommandKind, detail: Option<&Value>) -> Refusal {
    if kind == CommandKind::SendMessage && detail.is_none() {
        return Refusal::invalid("reply_to", "No such message in this conversation.");
    }
    let unknown = unknown_participants(detail);
    if !unknown.is_empty() {
        let field = if kind == CommandKind::CreateConversation { "participant_ids" } else { "user_ids" };
        let named: Vec<_> = unknown.iter().take(MAX_NAMED).map(ToString::to_string).collect();
        let more = if unknown.len() > MAX_NAMED { ", …" } else { "" };
        return Refusal::invalid(field, format!("Unknown: {}{more}.", named.join(", ")));
    }
    let errors = detail.and_then(|detail| FieldErrors::deserialize(detail.get("errors")?).ok()).unwrap_or_default();
    let text = errors.iter().map(|(field, texts)| format!("{field}: {}", texts.join(" "))).next();
    Refusal { errors, ..Refusal::new(ErrorCode::Invalid, text.unwrap_or_else(|| "Does not fit.".to_owned())) }
}

/// What everybody hears of what was stored just now: events, then news.
#[must_use]
pub fn announcement(command: Placed, verdict: Verdict) -> (Vec<LoggedEvent>, Vec<News>) {
    match verdict {
        Verdict::Stored(stored) => stored_event(command, stored),
        Verdict::Carried(carried) => (carried.events, carried.news),
        _ => (Vec::new(), Vec::new()),
    }
}

fn stored_event(command: Placed, mut stored: Stored) -> (Vec<LoggedEvent>, Vec<News>) {
    let (id, facts, news): (_, EventFacts, _) = (stored.id, stored.facts, std::mem::take(&mut stored.news));
    let event = match command.body {
        CommandBody::SendMessage(body) => Event::of_message(message(body, stored)),
        CommandBody::CreateConversation(body) => Event::Log(Box::new(LogEvent {
            kind: EventKind::ConversationCreated,
            conversation_id: body.conversation_id,
            seq: Seq(stored.seq),
            actor_id: Some(body.actor_id),
            created_at: stored.at.into(),
            body: stored.body.and_then(|body| body.as_object().cloned()).unwrap_or_default(),
        })),
        _ => return (Vec::new(), news),
    };
    (vec![LoggedEvent { id, command_pos: command.pos, event, facts }], news)
}

fn message(body: SendMessage, stored: Stored) -> Message {
    let attachments = stored.body.and_then(|mut body| body.get_mut("attachments").map(Value::take));
    let attachments = attachments.and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default();
    Message {
        id: MessageId::from_uuid(stored.id),
        conversation_id: body.conversation_id,
        seq: Seq(stored.seq),
        content: body.message.content,
        message_type: body.message.message_type,
        sender: stored.sender.map(|(name, avatar_url, role)| Sender { id: body.sender_id, name, avatar_url, role }),
        attachments,
        reply_to: body.message.reply_to,
        reactions: Vec::new(),
        client_id: body.message.client_id,
        created_at: stored.at.into(),
        edited_at: None,
        deleted_at: None,
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::command::{AddParticipants, MarkAsRead, Marks};
    use chat_protocol::ids::{CommandId, UserId};
    use chat_protocol::live::UserNews;
    use chat_protocol::partition::Partition;
    use chat_protocol::rest::{ConversationRole, MarkedAsRead};
    use chat_store::apply::{Carried, Posted};
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::*;

    fn placed(body: CommandBody) -> Placed {
        let partition = Partition::of_conversation(body.conversation_id());
        Placed { id: CommandId::generate(), partition, pos: 9, step: 0, body }
    }

    fn user(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    fn add() -> Placed {
        placed(CommandBody::AddParticipants(AddParticipants {
            conversation_id: ConversationId::generate(),
            actor_id: user(1),
            user_ids: vec![user(2)],
            role: ConversationRole::Member,
            not_after: DateTime::<Utc>::MAX_UTC.into(),
        }))
    }

    fn mark() -> Placed {
        placed(CommandBody::MarkAsRead(MarkAsRead {
            conversation_id: ConversationId::generate(),
            reader_id: user(1),
            marks: Marks::default(),
            not_after: DateTime::<Utc>::MAX_UTC.into(),
        }))
    }

    fn refusal(command: &Placed, verdict: &Verdict) -> (ErrorCode, FieldErrors) {
        let Outcome::Refused(refusal) = reply(command, verdict).outcome else { panic!("{verdict:?} is a refusal") };
        assert!(!refusal.detail.is_empty());
        (refusal.code, refusal.errors)
    }

    fn errors(field: &str, text: &str) -> FieldErrors {
        FieldErrors::from([(field.to_owned(), vec![text.to_owned()])])
    }

    #[test]
    fn what_was_carried_out_is_done_and_what_was_marked_is_counted() {
        assert_eq!(reply(&add(), &Verdict::Carried(Box::default())).outcome, Outcome::Done);
        let marked = Some(MarkedAsRead { marked: 3, unread_count: 1000 });
        let carried = Verdict::Carried(Box::new(Carried { marked, ..Carried::default() }));
        assert_eq!(reply(&mark(), &carried).outcome, Outcome::MarkedAsRead { marked: 3, unread_count: 1000 });
    }

    #[test]
    fn words_of_the_system_are_answered_like_any_message() {
        let posted = Posted { id: uuid::Uuid::nil(), seq: 3, created_at: DateTime::<Utc>::MIN_UTC, is_new: false };
        let carried = Verdict::Carried(Box::new(Carried { posted: Some(posted), ..Carried::default() }));
        let Outcome::MessageStored { seq, created, .. } = reply(&add(), &carried).outcome else { unreachable!() };
        assert_eq!((seq, created), (Seq(3), false));
    }

    #[test]
    fn refusals_have_their_codes() {
        for (verdict, code) in [
            (Verdict::Forbidden, ErrorCode::PermissionDenied),
            (Verdict::Conflict("The pair is fixed.".into()), ErrorCode::Conflict),
            (Verdict::NotFound, ErrorCode::NotFound),
            (Verdict::Expired, ErrorCode::Unavailable),
            (Verdict::Invalid(None), ErrorCode::Invalid),
        ] {
            for command in [add(), mark()] {
                assert_eq!(refusal(&command, &verdict), (code, FieldErrors::new()));
            }
        }
        let Outcome::Refused(conflict) = reply(&add(), &Verdict::Conflict("Why.".into())).outcome else {
            unreachable!()
        };
        assert_eq!(conflict.detail, "Why.");
    }

    #[test]
    fn wrong_fields_are_named() {
        let unknown = Verdict::Invalid(Some(json!({"unknown_participants": [5, 6]})));
        assert_eq!(refusal(&add(), &unknown), (ErrorCode::Invalid, errors("user_ids", "Unknown: 5, 6.")));
        let told = Verdict::Invalid(Some(json!({"errors": {"role": ["admin or member."]}})));
        assert_eq!(refusal(&add(), &told), (ErrorCode::Invalid, errors("role", "admin or member.")));
        let unreadable = Verdict::Invalid(Some(json!({"errors": "all of it"})));
        assert_eq!(refusal(&add(), &unreadable), (ErrorCode::Invalid, FieldErrors::new()));
    }

    #[test]
    fn refusal_stays_small_however_many_are_unknown() {
        let ids: Vec<_> = (0..1000).map(|n| UserId::MAX - n).collect();
        let command = add();
        let reply = reply(&command, &Verdict::Invalid(Some(json!({"unknown_participants": ids}))));
        assert!(serde_json::to_vec(&reply).unwrap().len() < 1000);
    }

    #[test]
    fn what_was_carried_out_is_announced_as_it_is_and_refusals_are_not() {
        let news = vec![News::User(user(1), UserNews::Acquaintances)];
        let carried = Carried { news: news.clone(), ..Carried::default() };
        assert_eq!(announcement(add(), Verdict::Carried(Box::new(carried))), (Vec::new(), news));
        assert_eq!(announcement(add(), Verdict::Forbidden), (Vec::new(), Vec::new()));
    }
}
