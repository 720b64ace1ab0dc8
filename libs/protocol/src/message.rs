//! A message: as it is asked for (checked once, here, for every transport) and as clients see it.

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, Refusal, Validation};
use crate::ids::{AttachmentId, ClientId, ConversationId, MessageId, Seq, UserId};
use crate::limits::MAX_ATTACHMENTS;
use crate::rest::{Attachment, PlatformRole};
use crate::time::Timestamp;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum MessageType {
    /// Words.
    #[default]
    Text,
    /// A picture.
    Image,
    /// Any file.
    File,
    /// A voice recording.
    Voice,
    /// Said by the server; clients cannot send it.
    System,
}

impl MessageType {
    /// What clients may send.
    const SENDABLE: [(&'static str, Self); 4] =
        [("text", Self::Text), ("image", Self::Image), ("file", Self::File), ("voice", Self::Voice)];

    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Text => 0,
            Self::Image => 1,
            Self::File => 2,
            Self::Voice => 3,
            Self::System => 4,
        }
    }

    /// The type that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Text,
            1 => Self::Image,
            2 => Self::File,
            3 => Self::Voice,
            4 => Self::System,
            _ => return None,
        })
    }
}

/// The body of `send_message`, on REST and sockets, before it is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SendMessageRequest {
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `text`, `image`, `file` or `voice`; of machines `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<MessageType>"))]
    pub message_type: Option<String>,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<ClientId>"))]
    pub client_id: Option<String>,
    /// What was uploaded before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<AttachmentId>>"))]
    pub attachment_ids: Option<Vec<String>>,
    /// The message that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<MessageId>"))]
    pub reply_to: Option<String>,
}

/// A message that may be sent, as far as can be known without the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMessage {
    /// The text, as sent.
    pub content: String,
    /// What it is.
    pub message_type: MessageType,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// What was uploaded before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachment_ids: Vec<AttachmentId>,
    /// The message that this answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

impl SendMessageRequest {
    /// Checks everything that needs no database. Nothing is cut or escaped.
    pub fn check(self, max_content_bytes: usize) -> Result<NewMessage, Refusal> {
        let content = self.content.unwrap_or_default();
        if content.len() > max_content_bytes {
            return Err(Refusal::field(ErrorCode::TooLarge, "content", format!("At most {max_content_bytes} bytes.")));
        }
        let mut wrong = Validation::default();
        let attachment_ids = check_attachments(&self.attachment_ids.unwrap_or_default(), &mut wrong);
        if content.contains('\0') {
            wrong.reject("content", "No NUL characters.");
        } else if attachment_ids.is_empty() && content.trim().is_empty() {
            wrong.reject("content", "May not be blank.");
        }
        let client_id = self.client_id.and_then(|text| {
            ClientId::try_from(text).map_err(|_| wrong.reject("client_id", "1 to 128 characters.")).ok()
        });
        let reply_to = self.reply_to.and_then(|text| {
            text.parse().map_err(|_| wrong.reject("reply_to", "No such message in this conversation.")).ok()
        });
        let message_type = check_type(self.message_type.as_deref(), &mut wrong);
        wrong.finish()?;
        Ok(NewMessage { content, message_type, client_id, attachment_ids, reply_to })
    }

    /// Whether it asks for words of the system, which only machines may say.
    #[must_use]
    pub fn is_of_the_system(&self) -> bool {
        self.message_type.as_deref() == Some(SYSTEM)
    }

    /// Checks a message of the system: text alone.
    pub fn check_of_the_system(self, max_content_bytes: usize) -> Result<NewMessage, Refusal> {
        let mut wrong = Validation::default();
        if self.attachment_ids.as_ref().is_some_and(|ids| !ids.is_empty()) {
            wrong.reject("attachment_ids", "Not with a system message.");
        }
        if self.reply_to.is_some() {
            wrong.reject("reply_to", "Not with a system message.");
        }
        wrong.finish()?;
        let checked = Self { message_type: None, ..self }.check(max_content_bytes)?;
        Ok(NewMessage { message_type: MessageType::System, ..checked })
    }
}

/// What machines call what they say as the system.
const SYSTEM: &str = "system";

fn check_type(name: Option<&str>, wrong: &mut Validation) -> MessageType {
    let Some(name) = name else { return MessageType::Text };
    let known = MessageType::SENDABLE.iter().find(|(sendable, _)| *sendable == name);
    known.map_or_else(
        || {
            wrong.reject("message_type", "One of text, image, file, voice.");
            MessageType::Text
        },
        |(_, message_type)| *message_type,
    )
}

fn check_attachments(ids: &[String], wrong: &mut Validation) -> Vec<AttachmentId> {
    if ids.len() > MAX_ATTACHMENTS {
        wrong.reject("attachment_ids", format!("At most {MAX_ATTACHMENTS}."));
        return Vec::new();
    }
    let parsed: Result<Vec<_>, _> = ids.iter().map(|id| id.parse()).collect();
    parsed.unwrap_or_else(|_| {
        wrong.reject("attachment_ids", "No such attachment.");
        Vec::new()
    })
}

/// Who said something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sender {
    /// The user.
    pub id: UserId,
    /// What others see.
    pub name: String,
    /// A picture, http or https.
    pub avatar_url: Option<String>,
    /// The role on the platform.
    pub role: PlatformRole,
}

/// One kind of reaction on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many people.
    pub count: u32,
    /// Whether the caller is one of them.
    pub me: bool,
}

/// A message as clients see it, on every transport.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// Its position in the log.
    pub seq: Seq,
    /// The text, as sent; empty when deleted.
    pub content: String,
    /// What it is.
    pub message_type: MessageType,
    /// Who said it; null for the system.
    pub sender: Option<Sender>,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// The message that this answers.
    pub reply_to: Option<MessageId>,
    /// Reactions, one row a kind.
    pub reactions: Vec<Reaction>,
    /// The sender's own id for it.
    pub client_id: Option<ClientId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When the text was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(content: &str) -> SendMessageRequest {
        SendMessageRequest { content: Some(content.to_owned()), ..Default::default() }
    }

    #[test]
    fn content_is_kept_as_sent() {
        let text = "  <b>hé</b> \u{202e}\n";
        assert_eq!(request(text).check(100).unwrap().content, text);
    }

    #[test]
    fn content_limit_is_in_bytes() {
        assert!(request(&"é".repeat(5)).check(10).is_ok());
        assert_eq!(request(&"é".repeat(6)).check(10).unwrap_err().code, ErrorCode::TooLarge);
    }

    #[test]
    fn blank_or_missing_content_is_invalid() {
        for bad in ["", " ", "\n\t", "\u{2003}"] {
            let refusal = request(bad).check(100).unwrap_err();
            assert_eq!((refusal.code, refusal.errors.len()), (ErrorCode::Invalid, 1), "{bad:?}");
        }
        assert!(SendMessageRequest::default().check(100).is_err());
    }

    #[test]
    fn words_of_the_system_are_text_alone() {
        let asked = |content: &str| SendMessageRequest { message_type: Some("system".into()), ..request(content) };
        assert!(asked("x").is_of_the_system() && !request("x").is_of_the_system());
        let checked = asked("The job is closed.").check_of_the_system(100).unwrap();
        assert_eq!((checked.message_type, checked.content.as_str()), (MessageType::System, "The job is closed."));
        assert!(asked("x").check(100).is_err() && asked(" ").check_of_the_system(100).is_err());
        let more =
            SendMessageRequest { attachment_ids: Some(vec!["x".into()]), reply_to: Some("y".into()), ..asked("x") };
        let refusal = more.check_of_the_system(100).unwrap_err();
        assert_eq!(refusal.errors.keys().collect::<Vec<_>>(), ["attachment_ids", "reply_to"]);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let refusal = SendMessageRequest {
            content: Some("a\0".into()),
            message_type: Some("system".into()),
            client_id: Some(String::new()),
            attachment_ids: Some(vec!["x".into()]),
            reply_to: Some("y".into()),
        }
        .check(100)
        .unwrap_err();
        let fields: Vec<_> = refusal.errors.keys().map(String::as_str).collect();
        assert_eq!(fields, ["attachment_ids", "client_id", "content", "message_type", "reply_to"]);
    }
}
