//! What the moderator is asked before somebody's words are accepted, what it may answer, and what becomes of words that it
//! refuses.

use serde::{Deserialize, Serialize};

use crate::command::SendMessage;
use crate::error::{ErrorCode, FieldErrors, Refusal};
use crate::ids::{AttachmentId, ClientId, ConversationId, MessageId, UserId};
use crate::message::{Message, MessageType, NewMessage};
use crate::time::Timestamp;

/// The name of the service that answers.
pub const SERVICE: &str = "moderation";
/// Its one endpoint.
pub const ENDPOINT: &str = "check";
/// The longest reason that its author is told, in characters.
const MAX_REASON_CHARS: usize = 200;

/// Words that somebody wants to say, or to say instead of earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// Where. Whether the author takes part there is not known yet.
    pub conversation_id: ConversationId,
    /// Whose words.
    pub sender_id: UserId,
    /// The message whose text is to be changed; none: a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// What the message is.
    pub message_type: MessageType,
    /// The text.
    pub content: String,
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachment_ids: Vec<AttachmentId>,
    /// The author's own id for a new message: repeated, if the author repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// What the moderator says of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// They may be said.
    Accept,
    /// They may not.
    Refuse {
        /// Why, for the author to read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// This is said in their place.
    Replace {
        /// The text.
        content: String,
    },
}

impl CheckRequest {
    /// About a new message.
    #[must_use]
    pub fn of_new(conversation_id: ConversationId, sender_id: UserId, message: &NewMessage) -> Self {
        Self {
            conversation_id,
            sender_id,
            message_id: None,
            message_type: message.message_type,
            content: message.content.clone(),
            attachment_ids: message.attachment_ids.clone(),
            client_id: message.client_id.clone(),
        }
    }

    /// About another text of a message.
    #[must_use]
    pub fn of_edit(message: &Message, sender_id: UserId, content: &str) -> Self {
        Self {
            conversation_id: message.conversation_id,
            sender_id,
            message_id: Some(message.id),
            message_type: message.message_type,
            content: content.to_owned(),
            attachment_ids: message.attachments.iter().map(|attachment| attachment.id).collect(),
            client_id: None,
        }
    }
}

impl SendMessage {
    /// Asks for the first message with the same `client_id` and for nothing else. The writer looks for that one before it looks at
    /// the clock, so a command that is late from the start finds it or is refused. What was refused does not travel along.
    pub fn only_if_known(&mut self) {
        self.not_after = Timestamp::new(chrono::DateTime::UNIX_EPOCH);
        let client_id = self.message.client_id.take();
        self.message = NewMessage {
            content: String::new(),
            message_type: self.message.message_type,
            client_id,
            attachment_ids: Vec::new(),
            reply_to: None,
        };
    }
}

/// The refusal of words, as their author hears it.
#[must_use]
pub fn refusal(reason: Option<&str>) -> Refusal {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let detail: String = reason.unwrap_or("Not accepted.").chars().take(MAX_REASON_CHARS).collect();
    let errors = FieldErrors::from([("content".to_owned(), vec![detail.clone()])]);
    Refusal { errors, ..Refusal::new(ErrorCode::PermissionDenied, detail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn author_is_told_why_and_not_at_any_length() {
        let told = refusal(Some(" No insults. "));
        assert_eq!((told.code, told.detail.as_str()), (ErrorCode::PermissionDenied, "No insults."));
        assert_eq!(told.errors["content"], ["No insults."]);
        assert_eq!(refusal(Some(&"é".repeat(500))).detail.chars().count(), MAX_REASON_CHARS);
        for nothing in [None, Some(" ")] {
            assert_eq!(refusal(nothing).detail, "Not accepted.");
        }
    }

    #[test]
    fn refused_words_do_not_travel() {
        let message = NewMessage {
            content: "secret".to_owned(),
            message_type: MessageType::Image,
            client_id: "c".parse().ok(),
            attachment_ids: vec![AttachmentId::generate()],
            reply_to: Some(MessageId::generate()),
        };
        let (conversation_id, sender_id) = (ConversationId::generate(), UserId::new(1).unwrap());
        let not_after = chrono::DateTime::<chrono::Utc>::MAX_UTC.into();
        let mut send = SendMessage { conversation_id, sender_id, message, not_after };
        send.only_if_known();
        assert_eq!(send.message.client_id, "c".parse().ok());
        assert_eq!((send.message.content.as_str(), send.message.attachment_ids.len()), ("", 0));
        assert_eq!(send.not_after.datetime(), chrono::DateTime::UNIX_EPOCH);
    }
}
