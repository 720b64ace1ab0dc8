//! Commands that change who takes part in a conversation, what it is called, and what each has read.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, MessageId, Seq, UserId};
use crate::limits::MAX_MARKED_IDS;
use crate::rest::{ConversationChanges, ConversationRole};
use crate::time::Timestamp;

/// Let people in. Those who take part already stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddParticipants {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who asks; whether that may be is decided where it is stored.
    pub actor_id: UserId,
    /// Whom, each once.
    pub user_ids: Vec<UserId>,
    /// As what; never as the owner.
    pub role: ConversationRole,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Remove somebody, or leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoveParticipant {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who asks.
    pub actor_id: UserId,
    /// Whom; the one who asks, to leave.
    pub user_id: UserId,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Give somebody another role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeParticipant {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who asks.
    pub actor_id: UserId,
    /// Whose role.
    pub user_id: UserId,
    /// Making another the owner makes the one who asks an admin.
    pub role: ConversationRole,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Change what a conversation is called and about, or how the one who asks keeps it: all of it or nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdateConversation {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who asks.
    pub actor_id: UserId,
    /// What is to change.
    pub changes: ConversationChanges,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Delete a group for all, or put a direct or job conversation away for the one who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteConversation {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who asks.
    pub actor_id: UserId,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Mark messages as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkAsRead {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who has read.
    pub reader_id: UserId,
    /// What.
    #[serde(flatten)]
    pub marks: Marks,
    /// Not to be carried out after this, by the database's clock.
    pub not_after: Timestamp,
}

/// Which messages were read: everything up to a place, and single ones beyond it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Everything up to and with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<UpTo>,
    /// Just these; at most [`MAX_MARKED_IDS`]. Unknown, foreign and own ones are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub message_ids: Vec<MessageId>,
}

/// A place in the log up to which everything was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpTo {
    /// The head at the time of storing.
    All,
    /// A position; what is ahead of the head counts as the head.
    Seq(Seq),
    /// A message of the conversation; an unknown one marks nothing.
    Message(MessageId),
}

impl Marks {
    /// Takes in what the same reader marked after this; gives it back if the two cannot be told in one.
    pub fn fold(&mut self, later: Self) -> Option<Self> {
        let up_to = match (self.up_to, later.up_to) {
            (one, None) | (None, one) => one,
            (Some(UpTo::All), _) | (_, Some(UpTo::All)) => Some(UpTo::All),
            (Some(UpTo::Seq(one)), Some(UpTo::Seq(other))) => Some(UpTo::Seq(one.max(other))),
            (Some(UpTo::Message(one)), Some(UpTo::Message(other))) if one == other => Some(UpTo::Message(one)),
            _ => return Some(later),
        };
        let fresh: Vec<_> = later.message_ids.iter().filter(|id| !self.message_ids.contains(id)).copied().collect();
        if self.message_ids.len() + fresh.len() > MAX_MARKED_IDS {
            return Some(later);
        }
        self.up_to = up_to;
        self.message_ids.extend(fresh);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Marks {
        Marks { up_to: None, message_ids: (0..count).map(|_| MessageId::generate()).collect() }
    }

    fn up_to(up_to: UpTo) -> Marks {
        Marks { up_to: Some(up_to), message_ids: Vec::new() }
    }

    #[test]
    fn marks_of_one_reader_fold() {
        let mut marks = ids(2);
        let first = marks.message_ids.clone();
        assert_eq!(marks.fold(Marks { up_to: Some(UpTo::Seq(Seq(5))), message_ids: first.clone() }), None);
        assert_eq!(marks.fold(up_to(UpTo::Seq(Seq(3)))), None);
        assert_eq!(marks, Marks { up_to: Some(UpTo::Seq(Seq(5))), message_ids: first });
        assert_eq!(marks.fold(up_to(UpTo::All)), None);
        assert_eq!(marks.up_to, Some(UpTo::All));
    }

    #[test]
    fn what_cannot_be_compared_or_is_too_much_does_not_fold() {
        let mut marks = up_to(UpTo::Seq(Seq(1)));
        let later = up_to(UpTo::Message(MessageId::generate()));
        assert_eq!(marks.fold(later.clone()), Some(later));
        let mut full = ids(MAX_MARKED_IDS);
        let one_more = ids(1);
        assert_eq!(full.fold(one_more.clone()), Some(one_more));
    }
}
