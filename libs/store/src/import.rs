//! What is brought in from other systems: first into tables beside ([`staging`]), then, conversation by conversation, stored as
//! the write path would have stored it ([`storing`]), and compared with what was brought in ([`verifying`]).
//!
//! Each step can be broken off anywhere and be taken again: nothing is stored twice.

pub mod staging;
pub mod storing;
pub mod verifying;

use chat_protocol::ids::{ConversationId, MessageId, UserId};
use chat_protocol::message::MessageType;
use chat_protocol::rest::{ConversationKind, Job, PlatformRole};
use chrono::{DateTime, Utc};

/// One entry of an export. People are called what they are called there.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Somebody.
    Person(Person),
    /// A conversation.
    Conversation(Conversation),
    /// Somebody who takes part in it.
    Participant(ConversationId, String),
    /// Something that was said.
    Message(Message),
    /// Somebody has read something.
    Read(MessageId, String, Option<DateTime<Utc>>),
    /// Somebody put an emoji on something.
    Reaction(MessageId, String, String, DateTime<Utc>),
    /// Nothing that is kept; it counts as an entry.
    Nothing,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are called in the export.
    pub original: String,
    /// Their id here; without one, the next free is given.
    pub user_id: Option<UserId>,
    /// The name that others see.
    pub name: Option<String>,
    /// Their picture.
    pub avatar_url: Option<String>,
    /// What they are on the platform.
    pub role: PlatformRole,
    /// When they were last here.
    pub last_seen: Option<DateTime<Utc>>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// What it is. A direct one that has not two people becomes a group.
    pub kind: ConversationKind,
    /// What it is called.
    pub title: Option<String>,
    /// What it is about.
    pub job: Option<Job>,
    /// Who owns it; without one, who spoke first.
    pub owner: Option<String>,
    /// Whether it is still used: what is not, is archived for everybody.
    pub is_active: bool,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When something last happened in it.
    pub updated_at: DateTime<Utc>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Where.
    pub conversation: ConversationId,
    /// Decides between messages of one time.
    pub ord: i32,
    /// By whom; nobody in what the system says.
    pub sender: Option<String>,
    /// What, without NUL.
    pub content: String,
    /// As what.
    pub message_type: MessageType,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// What it answers.
    pub reply_to: Option<MessageId>,
    /// Where its file lies beside the export.
    pub attachment: Option<String>,
    /// Whether somebody but the sender has read it; used where nothing says who.
    pub is_read: bool,
}
