//! The moderator is asked before what somebody says becomes a command.

use chat_bus::Bus;
use chat_bus::moderation::{Judgement, Moderator, Rules};
use chat_protocol::error::Refusal;
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::message::{Message, NewMessage};
use chat_protocol::moderation::CheckRequest;

use crate::app::App;
use crate::config::Config;

/// Who is asked, if anybody is.
pub(crate) fn moderator(config: &Config, bus: &Bus) -> Option<Moderator> {
    let deadline = config.moderation.timeout();
    let max_content_bytes = usize::try_from(config.limits.max_content_bytes).unwrap_or(usize::MAX);
    let rules =
        config.moderation.unjudged_pass().map(|unjudged_pass| Rules { deadline, unjudged_pass, max_content_bytes });
    rules.map(|rules| Moderator::new(bus.clone(), rules))
}

/// Has a new message judged: puts what is to be said in its place, or says what its sender hears.
pub(crate) async fn judge_new(
    app: &App,
    sender: UserId,
    conversation: ConversationId,
    message: &mut NewMessage,
) -> Result<(), Refusal> {
    let Some(moderator) = &app.moderator else { return Ok(()) };
    match moderator.judge(CheckRequest::of_new(conversation, sender, message)).await {
        Judgement::Accepted => Ok(()),
        Judgement::Replaced(content) => {
            message.content = content;
            Ok(())
        }
        Judgement::Refused(refusal) => Err(refusal),
    }
}

/// Has another text of a message judged: what is to stand there, or what its author hears. Whose message it is decides the writer;
/// who is not its author is refused there.
pub(crate) async fn judge_edit(
    app: &App,
    editor: UserId,
    message: &Message,
    content: String,
) -> Result<String, Refusal> {
    let is_author = message.sender.as_ref().is_some_and(|sender| sender.id == editor);
    let Some(moderator) = app.moderator.as_ref().filter(|_| is_author) else { return Ok(content) };
    match moderator.judge(CheckRequest::of_edit(message, editor, &content)).await {
        Judgement::Accepted => Ok(content),
        Judgement::Replaced(other) => Ok(other),
        Judgement::Refused(refusal) => Err(refusal),
    }
}
