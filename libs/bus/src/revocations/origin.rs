//! What can be revoked, and where a token comes from, which decides whether it is.

use chat_protocol::ids::{FamilyId, UserId};
use chat_protocol::subjects::{parse_revoked_user_key, revoked_user_key};
use chat_protocol::time::Timestamp;

/// What is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Revocation {
    /// Every token of a family.
    Family(FamilyId),
    /// Every token of a person that was issued before a moment, or does not say when.
    User {
        /// Whose.
        user_id: UserId,
        /// Exclusive; told in milliseconds, rounded up.
        issued_before: Timestamp,
    },
}

impl Revocation {
    /// Of a person, as it is told: in milliseconds, rounded up.
    #[must_use]
    pub fn of_user(user_id: UserId, issued_before: Timestamp) -> Self {
        let told = parse_revoked_user_key(&revoked_user_key(user_id, issued_before));
        Self::User { user_id, issued_before: told.map_or(issued_before, |(_, told)| told) }
    }

    pub(super) fn user(&self) -> Option<UserId> {
        match self {
            Self::Family(_) => None,
            Self::User { user_id, .. } => Some(*user_id),
        }
    }
}

/// Where a token comes from: all that decides whether it is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Whose it is.
    pub user_id: UserId,
    /// When it was issued, if it says so.
    pub issued_at: Option<Timestamp>,
    /// Its family, if it is one of ours.
    pub family: Option<FamilyId>,
}

impl Origin {
    /// Whether it was issued before a moment, or may have been.
    #[must_use]
    pub fn is_before(&self, moment: Timestamp) -> bool {
        self.issued_at.is_none_or(|issued_at| issued_at < moment)
    }
}
