//! What administrators and machines read and write under `/api/admin/`.

mod people;
mod reports;
mod webhooks;

use serde::{Deserialize, Serialize};

pub use self::people::{AdminUser, NewPerson, PutUserRequest};
pub use self::reports::{AdminReport, AdminReportInContext, ReportStatus, ReviewReportRequest};
pub use self::webhooks::{
    CreateWebhookRequest, DeliveryStatus, DisabledReason, MESSAGE_MISSED, RedeliverRequest, Redelivered, WEBHOOK_TEST,
    Webhook, WebhookChanges, WebhookDelivery, WebhookSecret,
};
use super::{Conversation, ConversationKind, Job, Participant};
use crate::ids::{ConversationId, Seq, UserId};
use crate::time::Timestamp;

/// A conversation as administrators see it: what is in it has to be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminConversation {
    /// Its id.
    pub id: ConversationId,
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called.
    pub title: Option<String>,
    /// What it is about.
    pub job: Option<Job>,
    /// Whatever the marketplace keeps with it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub metadata: serde_json::Value,
    /// The first twenty, the longest-serving first; without presence.
    pub participants: Vec<Participant>,
    /// How many there are.
    pub participant_count: i64,
    /// The head of its log.
    pub last_seq: Seq,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub updated_at: Timestamp,
}

impl AdminConversation {
    /// The same in the form in which participants see it, to somebody who is none: without anything that was said.
    #[must_use]
    pub fn from_outside(self) -> Conversation {
        Conversation {
            id: self.id,
            kind: self.kind,
            title: self.title,
            job: self.job,
            metadata: self.metadata,
            participants: self.participants.into_iter().map(|one| Participant { last_seen: None, ..one }).collect(),
            participant_count: self.participant_count,
            last_message: None,
            unread_count: 0,
            muted: false,
            archived: false,
            last_seq: self.last_seq,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

/// What is on record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// Its number; grows with time.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who; null for an operator with `chatctl`.
    pub actor_id: Option<UserId>,
    /// What: a call, or what it has changed.
    pub action: String,
    /// The id of whom or what it was done to.
    pub object: Option<String>,
    /// The `X-Request-Id` of the call.
    pub request_id: Option<String>,
    /// What exactly was changed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub detail: Option<serde_json::Value>,
}
