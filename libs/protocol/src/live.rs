//! What is not in the log and yet told at once: typing, receipts, deletion of a conversation, blocks between its people
//! (`chat.conversation.{bucket}.{id}.live`), and what concerns one person alone (`chat.user.{bucket}.{id}`).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ids::{ConversationId, Seq, UserId};

/// News of a conversation for its people.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", try_from = "Told")]
pub enum LiveNews {
    /// Somebody types, or has stopped: for all others. Each gateway makes the frame, also that of a stop that never came.
    Typing {
        /// Who.
        user_id: UserId,
        /// What others see of them.
        user_name: String,
        /// Whether they do.
        is_typing: bool,
    },
    /// Somebody has read.
    Read {
        /// Who.
        reader_id: UserId,
        /// In large conversations: the only people who get the frame.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<Vec<UserId>>,
        /// `messages_read`.
        frame: Box<RawValue>,
    },
    /// The conversation is deleted: its sockets get the frame and are closed.
    Deleted {
        /// `conversation_deleted`.
        frame: Box<RawValue>,
    },
    /// One of the two people has blocked the other, or nobody has any more. For the gateways alone: no socket is told.
    Blocked {
        /// Whether anybody has.
        is_blocked: bool,
    },
}

/// The same as it is read: a tagged enum would take the frame apart.
#[derive(Deserialize)]
struct Told {
    kind: ToldKind,
    user_id: Option<UserId>,
    user_name: Option<String>,
    is_typing: Option<bool>,
    is_blocked: Option<bool>,
    reader_id: Option<UserId>,
    only: Option<Vec<UserId>>,
    frame: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ToldKind {
    Typing,
    Read,
    Deleted,
    Blocked,
}

impl TryFrom<Told> for LiveNews {
    type Error = &'static str;

    fn try_from(told: Told) -> Result<Self, Self::Error> {
        Ok(match told {
            Told { kind: ToldKind::Typing, user_id: Some(user_id), user_name: Some(user_name), is_typing, .. } => {
                Self::Typing { user_id, user_name, is_typing: is_typing.ok_or("without is_typing")? }
            }
            Told { kind: ToldKind::Typing, .. } => return Err("nobody types"),
            Told { kind: ToldKind::Read, reader_id, only, frame, .. } => {
                Self::Read { reader_id: reader_id.ok_or("nobody reads")?, only, frame: frame.ok_or("no frame")? }
            }
            Told { kind: ToldKind::Deleted, frame, .. } => Self::Deleted { frame: frame.ok_or("no frame")? },
            Told { kind: ToldKind::Blocked, is_blocked, .. } => {
                Self::Blocked { is_blocked: is_blocked.ok_or("without is_blocked")? }
            }
        })
    }
}

/// News of one person, for the gateways that hold a `/ws/` or `/ws/presence/` socket of theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UserNews {
    /// Takes part in a conversation now.
    Joined {
        /// The person's membership version with this change: dense, so that a missed one shows.
        version: i64,
        /// Where.
        conversation_id: ConversationId,
        /// The event that let the person in; everything from there on is news.
        joined_seq: Seq,
    },
    /// Takes part no longer, or the conversation is deleted.
    Left {
        /// The person's membership version with this change.
        version: i64,
        /// Where.
        conversation_id: ConversationId,
    },
    /// Whom the person may see the presence of has changed.
    Acquaintances,
    /// The person has read, on whatever device, or keeps the conversation otherwise.
    Standing {
        /// Where.
        conversation_id: ConversationId,
        /// How it stands now.
        #[serde(flatten)]
        standing: Standing,
    },
}

/// The numbers from which the unread count of one participant follows. Each only grows, so that of two statements the
/// larger numbers hold, in whatever order they come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Messages of the conversation that can be unread.
    pub message_count: i64,
    /// Those that the person sent.
    pub sent_count: i64,
    /// Those of others that the person has read.
    pub read_count: i64,
    /// Whether the person wants no notice of it: it does not count in the total.
    pub muted: bool,
}

impl Standing {
    /// How many messages of others the person has not read; nothing stops it at 1,000.
    #[must_use]
    pub fn unread(&self) -> i64 {
        (self.message_count - self.sent_count - self.read_count).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_news_are_kept_as_they_are() {
        let frame = r#"{"type":"messages_read",  "message_ids":[]}"#;
        let raw = || RawValue::from_string(frame.to_owned()).unwrap();
        let reader = UserId::new(7).unwrap();
        for news in [
            LiveNews::Read { reader_id: reader, only: None, frame: raw() },
            LiveNews::Read { reader_id: reader, only: Some(vec![reader]), frame: raw() },
            LiveNews::Deleted { frame: raw() },
        ] {
            let text = serde_json::to_string(&news).unwrap();
            assert!(text.contains(frame), "{text}");
            let read: LiveNews = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
        for plain in [
            r#"{"kind":"typing","user_id":7,"user_name":"Ada","is_typing":false}"#,
            r#"{"kind":"blocked","is_blocked":true}"#,
        ] {
            let read: LiveNews = serde_json::from_str(plain).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), plain);
        }
        for bad in [
            r#"{"kind":"typing","user_id":7}"#,
            r#"{"kind":"read","reader_id":7}"#,
            r#"{"kind":"blocked"}"#,
            r#"{"kind":"x"}"#,
        ] {
            assert!(serde_json::from_str::<LiveNews>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unread_is_what_neither_was_sent_nor_read() {
        let standing = Standing { message_count: 10, sent_count: 3, read_count: 4, muted: false };
        assert_eq!(standing.unread(), 3);
        // A later sent_count may be known before the message that it counts.
        assert_eq!(Standing { sent_count: 9, ..standing }.unread(), 0);
    }
}
