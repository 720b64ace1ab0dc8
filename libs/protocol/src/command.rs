//! Commands: everything durable that somebody wants to happen in a conversation, on its way to the one writer.
//!
//! The headers say who is to be answered and which decoder fits, so that even a body that nobody understands gets its
//! coded answer; the body is JSON.

mod changes;
mod content;
mod system;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::changes::{
    AddParticipants, ChangeParticipant, DeleteConversation, MarkAsRead, Marks, RemoveParticipant, UpTo,
    UpdateConversation,
};
pub use self::content::{DeleteMessage, EditMessage, SetReaction};
pub use self::system::PostSystemMessage;
use crate::ids::{CommandId, ConversationId, InstanceId, UserId};
use crate::message::NewMessage;
use crate::partition::{Bucket, Partition};
use crate::rest::{ConversationKind, NewConversation};
use crate::time::Timestamp;

/// Header: the command's id.
pub const HEADER_COMMAND_ID: &str = "chat-command-id";
/// Header: the kind, which names the body's decoder.
pub const HEADER_KIND: &str = "chat-kind";
/// Header: the instance that waits for the answer.
pub const HEADER_REPLY_TO: &str = "chat-reply-to";

/// Header: the life of the stream that the sender of an ordered command believes in. In a later one it is moved over: what the
/// sender had said before it may be gone.
pub const HEADER_INCARNATION: &str = "chat-incarnation";

/// What can be asked for, without the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandKind {
    /// Say something.
    SendMessage,
    /// Begin a conversation.
    CreateConversation,
    /// Let people in.
    AddParticipants,
    /// Remove somebody, or leave.
    RemoveParticipant,
    /// Give somebody another role.
    ChangeParticipant,
    /// Change a conversation, or how one keeps it.
    UpdateConversation,
    /// Delete a conversation, or put it away.
    DeleteConversation,
    /// Mark messages as read.
    MarkAsRead,
    /// Change the text of a message.
    EditMessage,
    /// Delete a message for all.
    DeleteMessage,
    /// Put a reaction on a message, or take it back.
    SetReaction,
    /// Say something as the system, for a machine.
    PostSystemMessage,
    /// Delete a message for all, as an administrator.
    ModerateMessage,
}

impl CommandKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::SendMessage,
        Self::CreateConversation,
        Self::AddParticipants,
        Self::RemoveParticipant,
        Self::ChangeParticipant,
        Self::UpdateConversation,
        Self::DeleteConversation,
        Self::MarkAsRead,
        Self::EditMessage,
        Self::DeleteMessage,
        Self::SetReaction,
        Self::PostSystemMessage,
        Self::ModerateMessage,
    ];

    /// The word in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendMessage => "send_message",
            Self::CreateConversation => "create_conversation",
            Self::AddParticipants => "add_participants",
            Self::RemoveParticipant => "remove_participant",
            Self::ChangeParticipant => "change_participant",
            Self::UpdateConversation => "update_conversation",
            Self::DeleteConversation => "delete_conversation",
            Self::MarkAsRead => "mark_as_read",
            Self::EditMessage => "edit_message",
            Self::DeleteMessage => "delete_message",
            Self::SetReaction => "set_reaction",
            Self::PostSystemMessage => "post_system_message",
            Self::ModerateMessage => "moderate_message",
        }
    }

    /// The kind that the header names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Say something in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SendMessage {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who; whether that is a participant is decided where it is stored.
    pub sender_id: UserId,
    /// What.
    #[serde(flatten)]
    pub message: NewMessage,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Begin a conversation, or find the one there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateConversation {
    /// Its id, if it is new; drawn so that its partition is that of the uniqueness key. Equal to the command's id.
    pub conversation_id: ConversationId,
    /// Who asks, and becomes its owner unless somebody else is named.
    pub actor_id: UserId,
    /// The owner, where a machine asks, which takes no part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// What it is to be.
    #[serde(flatten)]
    pub conversation: NewConversation,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// The body of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandBody {
    /// Say something.
    SendMessage(SendMessage),
    /// Begin a conversation.
    CreateConversation(Box<CreateConversation>),
    /// Let people in.
    AddParticipants(AddParticipants),
    /// Remove somebody, or leave.
    RemoveParticipant(RemoveParticipant),
    /// Give somebody another role.
    ChangeParticipant(ChangeParticipant),
    /// Change a conversation, or how one keeps it.
    UpdateConversation(Box<UpdateConversation>),
    /// Delete a conversation, or put it away.
    DeleteConversation(DeleteConversation),
    /// Mark messages as read.
    MarkAsRead(MarkAsRead),
    /// Change the text of a message.
    EditMessage(EditMessage),
    /// Delete a message for all.
    DeleteMessage(DeleteMessage),
    /// Put a reaction on a message, or take it back.
    SetReaction(SetReaction),
    /// Say something as the system, for a machine.
    PostSystemMessage(PostSystemMessage),
    /// Delete a message for all, as an administrator, who need not take part.
    ModerateMessage(DeleteMessage),
}

impl CommandBody {
    /// The kind of it.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::SendMessage(_) => CommandKind::SendMessage,
            Self::CreateConversation(_) => CommandKind::CreateConversation,
            Self::AddParticipants(_) => CommandKind::AddParticipants,
            Self::RemoveParticipant(_) => CommandKind::RemoveParticipant,
            Self::ChangeParticipant(_) => CommandKind::ChangeParticipant,
            Self::UpdateConversation(_) => CommandKind::UpdateConversation,
            Self::DeleteConversation(_) => CommandKind::DeleteConversation,
            Self::MarkAsRead(_) => CommandKind::MarkAsRead,
            Self::EditMessage(_) => CommandKind::EditMessage,
            Self::DeleteMessage(_) => CommandKind::DeleteMessage,
            Self::SetReaction(_) => CommandKind::SetReaction,
            Self::PostSystemMessage(_) => CommandKind::PostSystemMessage,
            Self::ModerateMessage(_) => CommandKind::ModerateMessage,
        }
    }

    /// The conversation that it concerns.
    #[must_use]
    pub fn conversation_id(&self) -> ConversationId {
        match self {
            Self::SendMessage(body) => body.conversation_id,
            Self::CreateConversation(body) => body.conversation_id,
            Self::AddParticipants(body) => body.conversation_id,
            Self::RemoveParticipant(body) => body.conversation_id,
            Self::ChangeParticipant(body) => body.conversation_id,
            Self::UpdateConversation(body) => body.conversation_id,
            Self::DeleteConversation(body) => body.conversation_id,
            Self::MarkAsRead(body) => body.conversation_id,
            Self::EditMessage(body) => body.conversation_id,
            Self::DeleteMessage(body) | Self::ModerateMessage(body) => body.conversation_id,
            Self::SetReaction(body) => body.conversation_id,
            Self::PostSystemMessage(body) => body.conversation_id,
        }
    }

    /// The JSON of it.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        match self {
            Self::SendMessage(body) => serde_json::to_vec(body),
            Self::CreateConversation(body) => serde_json::to_vec(body),
            Self::AddParticipants(body) => serde_json::to_vec(body),
            Self::RemoveParticipant(body) => serde_json::to_vec(body),
            Self::ChangeParticipant(body) => serde_json::to_vec(body),
            Self::UpdateConversation(body) => serde_json::to_vec(body),
            Self::DeleteConversation(body) => serde_json::to_vec(body),
            Self::MarkAsRead(body) => serde_json::to_vec(body),
            Self::EditMessage(body) => serde_json::to_vec(body),
            Self::DeleteMessage(body) | Self::ModerateMessage(body) => serde_json::to_vec(body),
            Self::SetReaction(body) => serde_json::to_vec(body),
            Self::PostSystemMessage(body) => serde_json::to_vec(body),
        }
    }

    /// Reads the JSON of a command of this kind.
    pub fn decode(kind: CommandKind, json: &[u8]) -> Result<Self, serde_json::Error> {
        match kind {
            CommandKind::SendMessage => serde_json::from_slice(json).map(Self::SendMessage),
            CommandKind::CreateConversation => serde_json::from_slice(json).map(Self::CreateConversation),
            CommandKind::AddParticipants => serde_json::from_slice(json).map(Self::AddParticipants),
            CommandKind::RemoveParticipant => serde_json::from_slice(json).map(Self::RemoveParticipant),
            CommandKind::ChangeParticipant => serde_json::from_slice(json).map(Self::ChangeParticipant),
            CommandKind::UpdateConversation => serde_json::from_slice(json).map(Self::UpdateConversation),
            CommandKind::DeleteConversation => serde_json::from_slice(json).map(Self::DeleteConversation),
            CommandKind::MarkAsRead => serde_json::from_slice(json).map(Self::MarkAsRead),
            CommandKind::EditMessage => serde_json::from_slice(json).map(Self::EditMessage),
            CommandKind::DeleteMessage => serde_json::from_slice(json).map(Self::DeleteMessage),
            CommandKind::SetReaction => serde_json::from_slice(json).map(Self::SetReaction),
            CommandKind::PostSystemMessage => serde_json::from_slice(json).map(Self::PostSystemMessage),
            CommandKind::ModerateMessage => serde_json::from_slice(json).map(Self::ModerateMessage),
        }
    }
}

/// A command and who waits for its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its id, the same over every repetition.
    pub id: CommandId,
    /// Who is to be answered.
    pub reply_to: InstanceId,
    /// What is asked for.
    pub body: CommandBody,
}

impl Command {
    /// The partition in which it is decided.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::of_conversation(self.body.conversation_id())
    }
}

/// What makes a conversation one of a kind: direct conversations by their pair, job conversations by job and people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UniquenessKey([u8; 32]);

impl UniquenessKey {
    /// The key, for the kinds that exist once. The participants are sorted, each once.
    #[must_use]
    pub fn of(conversation: &NewConversation) -> Option<Self> {
        let mut hash = Sha256::new();
        match (conversation.kind, &conversation.job) {
            (ConversationKind::Direct, _) => hash.update(b"direct"),
            (ConversationKind::Job, Some(job)) => {
                let id = job.id_text();
                hash.update(b"job");
                hash.update((id.len() as u64).to_be_bytes());
                hash.update(id.as_bytes());
            }
            _ => return None,
        }
        for user in &conversation.participants {
            hash.update(user.get().to_be_bytes());
        }
        Some(Self(hash.finalize().into()))
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Where all creations of this key meet one writer.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Bucket::of_bytes(&self.0).partition()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::Job;

    fn new(kind: ConversationKind, job: Option<&str>, people: &[i64]) -> NewConversation {
        NewConversation {
            kind,
            title: None,
            job: job.map(|id| Job { id: id.into(), title: None, status: None, url: None }),
            metadata: serde_json::Map::new(),
            participants: people.iter().map(|id| UserId::new(*id).unwrap()).collect(),
        }
    }

    #[test]
    fn key_tells_pairs_and_jobs_apart() {
        let keys = [
            UniquenessKey::of(&new(ConversationKind::Direct, None, &[1, 2])).unwrap(),
            UniquenessKey::of(&new(ConversationKind::Direct, None, &[1, 3])).unwrap(),
            UniquenessKey::of(&new(ConversationKind::Job, Some("1"), &[1, 2])).unwrap(),
            UniquenessKey::of(&new(ConversationKind::Job, Some("2"), &[1, 2])).unwrap(),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys.iter().skip(i + 1).all(|b| a != b));
        }
        assert_eq!(UniquenessKey::of(&new(ConversationKind::Group, None, &[1, 2])), None);
    }

    #[test]
    fn command_survives_its_json() {
        let body = CommandBody::CreateConversation(Box::new(CreateConversation {
            conversation_id: ConversationId::generate(),
            actor_id: UserId::new(1).unwrap(),
            owner_id: None,
            conversation: new(ConversationKind::Job, Some("x"), &[1, 2]),
            not_after: Timestamp::new(chrono::DateTime::UNIX_EPOCH),
        }));
        let json = body.encode().unwrap();
        assert_eq!(CommandBody::decode(body.kind(), &json).unwrap(), body);
    }
}
