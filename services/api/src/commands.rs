//! What changes the log goes out as a command, and its answer is waited for.

use std::time::Duration;

use chat_bus::asker::AskError;
use chat_protocol::command::{
    Command, CommandBody, CreateConversation, MarkAsRead, Marks, PostSystemMessage, SendMessage, UniquenessKey,
};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::ids::{ClientId, CommandId, ConversationId, MessageId, UserId};
use chat_protocol::limits::REST_GRACE;
use chat_protocol::message::NewMessage;
use chat_protocol::partition::generate_conversation_id_in;
use chat_protocol::reply::Outcome;
use chat_protocol::rest::{MarkedAsRead, NewConversation};
use chat_protocol::time::Timestamp;
use chat_runtime::traces::{self, Span, SpanKind};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::app::App;
use crate::error::ApiError;
use crate::moderation;

/// What is committed now, and whether this request did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Committed<T> {
    /// What.
    pub(crate) id: T,
    /// False for what was there before.
    pub(crate) is_new: bool,
}

/// Gives a message a `client_id` if its sender did not: with it the caller may repeat what got no answer.
pub(crate) fn ensure_client_id(message: &mut NewMessage) -> ClientId {
    message.client_id.get_or_insert_with(own_client_id).clone()
}

/// Says something in a conversation. What the moderator refuses may be the repetition of what was said before: only that is looked for
/// then.
pub(crate) async fn send_message(
    app: &App,
    sender_id: UserId,
    conversation_id: ConversationId,
    mut message: NewMessage,
) -> Result<Committed<MessageId>, ApiError> {
    let id = CommandId::generate();
    let client_id = message.client_id.clone();
    let not_after = not_after(app);
    let judged = moderation::judge_new(app, sender_id, conversation_id, &mut message).await;
    let mut send = SendMessage { conversation_id, sender_id, message, not_after };
    let Err(refusal) = judged else { return say(app, id, CommandBody::SendMessage(send), client_id).await };
    send.only_if_known();
    match ask(app, id, CommandBody::SendMessage(send), client_id.as_ref()).await? {
        Outcome::MessageStored { id, .. } => Ok(Committed { id, is_new: false }),
        Outcome::Refused(Refusal { code: ErrorCode::Unavailable, .. }) => Err(refusal.into()),
        Outcome::Refused(other) => Err(other.into()),
        _ => Err(ApiError::OutcomeUnknown(client_id)),
    }
}

/// Says something as the system, for a machine.
pub(crate) async fn post_system_message(
    app: &App,
    actor_id: UserId,
    conversation_id: ConversationId,
    message: NewMessage,
) -> Result<Committed<MessageId>, ApiError> {
    let NewMessage { content, client_id, .. } = message;
    let not_after = not_after(app);
    let post = PostSystemMessage { conversation_id, actor_id, content, client_id: client_id.clone(), not_after };
    say(app, CommandId::generate(), CommandBody::PostSystemMessage(post), client_id).await
}

async fn say(
    app: &App,
    id: CommandId,
    body: CommandBody,
    client_id: Option<ClientId>,
) -> Result<Committed<MessageId>, ApiError> {
    match ask(app, id, body, client_id.as_ref()).await? {
        Outcome::MessageStored { id, created, .. } => Ok(Committed { id, is_new: created }),
        Outcome::Refused(refusal) => Err(refusal.into()),
        _ => Err(ApiError::OutcomeUnknown(client_id)),
    }
}

/// Begins a conversation, or finds the one that exists once. Its owner is the one who asks, unless a machine names one.
pub(crate) async fn create_conversation(
    app: &App,
    actor_id: UserId,
    owner_id: Option<UserId>,
    conversation: NewConversation,
) -> Result<Committed<ConversationId>, ApiError> {
    let conversation_id = draw_id(&conversation);
    let not_after = not_after(app);
    let creation = CreateConversation { conversation_id, actor_id, owner_id, conversation, not_after };
    let body = CommandBody::CreateConversation(Box::new(creation));
    match ask(app, CommandId::from_uuid(conversation_id.uuid()), body, None).await? {
        Outcome::ConversationStored { id, created } => Ok(Committed { id, is_new: created }),
        Outcome::Refused(refusal) => Err(refusal.into()),
        _ => Err(ApiError::OutcomeUnknown(None)),
    }
}

/// Changes a conversation or who takes part in it; `body` makes the command of its deadline.
pub(crate) async fn carry_out(app: &App, body: impl FnOnce(Timestamp) -> CommandBody) -> Result<(), ApiError> {
    match ask(app, CommandId::generate(), body(not_after(app)), None).await? {
        Outcome::Done => Ok(()),
        Outcome::Refused(refusal) => Err(refusal.into()),
        _ => Err(ApiError::OutcomeUnknown(None)),
    }
}

/// Marks messages of a conversation as read.
pub(crate) async fn mark_as_read(
    app: &App,
    reader_id: UserId,
    conversation_id: ConversationId,
    marks: Marks,
) -> Result<MarkedAsRead, ApiError> {
    let body = CommandBody::MarkAsRead(MarkAsRead { conversation_id, reader_id, marks, not_after: not_after(app) });
    match ask(app, CommandId::generate(), body, None).await? {
        Outcome::MarkedAsRead { marked, unread_count } => Ok(MarkedAsRead { marked, unread_count }),
        Outcome::Refused(refusal) => Err(refusal.into()),
        _ => Err(ApiError::OutcomeUnknown(None)),
    }
}

/// An id in the partition where all creations of the same people meet one writer.
fn draw_id(conversation: &NewConversation) -> ConversationId {
    let key = UniquenessKey::of(conversation);
    key.map_or_else(ConversationId::generate, |key| generate_conversation_id_in(key.partition()))
}

fn own_client_id() -> ClientId {
    Uuid::now_v7().to_string().parse().expect("a UUID has 36 characters")
}

/// A command of REST is not carried out long after its caller was told that there is no answer.
fn not_after(app: &App) -> Timestamp {
    deadline(app.clock.now(), app.limits.rest_wait())
}

fn deadline(now: DateTime<Utc>, wait: Duration) -> Timestamp {
    let life = TimeDelta::from_std(wait + REST_GRACE).expect("the waiting time is at most a minute");
    Timestamp::new(now + life)
}

async fn ask(app: &App, id: CommandId, body: CommandBody, client_id: Option<&ClientId>) -> Result<Outcome, ApiError> {
    let mut span = traces::follow(body.kind().as_str(), SpanKind::Producer, traces::current().as_ref());
    let place = span.as_ref().map(Span::context);
    let command = Command { id, reply_to: app.asker.instance().clone(), body };
    let answered = app.asker.ask(command, place.as_ref(), app.limits.rest_wait()).await;
    if answered.is_err() {
        metrics::counter!("chat_api_commands_given_up_total").increment(1);
        if let Some(span) = &mut span {
            span.fail("not answered");
        }
    }
    answered.map_err(|error| match error {
        AskError::Unavailable => ApiError::Unavailable("the command was not accepted"),
        AskError::Unknown => ApiError::OutcomeUnknown(client_id.cloned()),
    })
}

#[cfg(test)]
mod tests {
    use chat_protocol::message::SendMessageRequest;
    use chat_protocol::partition::Partition;
    use chat_protocol::rest::ConversationKind;

    use super::*;

    #[test]
    fn pair_meets_in_one_partition() {
        let conversation = NewConversation {
            kind: ConversationKind::Direct,
            title: None,
            job: None,
            metadata: serde_json::Map::new(),
            participants: [1, 2].map(|id| UserId::new(id).unwrap()).to_vec(),
        };
        let expected = UniquenessKey::of(&conversation).unwrap().partition();
        for _ in 0..10 {
            assert_eq!(Partition::of_conversation(draw_id(&conversation)), expected);
        }
    }

    #[test]
    fn deadline_is_the_wait_and_two_seconds() {
        let deadline = deadline(DateTime::UNIX_EPOCH, Duration::from_secs(10));
        assert_eq!(deadline.to_string(), "1970-01-01T00:00:12.000000Z");
    }

    #[test]
    fn client_id_is_made_only_where_none_was_given() {
        let mut message = SendMessageRequest { content: Some("x".into()), ..Default::default() }.check(10).unwrap();
        let made = ensure_client_id(&mut message);
        assert_eq!(message.client_id.as_ref(), Some(&made));
        assert_eq!(ensure_client_id(&mut message), made);
    }
}
