//! Reports as moderators read and decide them.

use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::ids::{ConversationId, MessageId, ReportId, UserId};
use crate::limits::MAX_REASON_CHARS;
use crate::message::{Message, Sender};
use crate::rest::is_text_up_to;
use crate::time::Timestamp;

/// How a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ReportStatus {
    /// Waits for a moderator.
    Open,
    /// Nothing is to be done.
    Dismissed,
    /// Something was done.
    Actioned,
}

impl ReportStatus {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Open => 0,
            Self::Dismissed => 1,
            Self::Actioned => 2,
        }
    }

    /// The status that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Open,
            1 => Self::Dismissed,
            2 => Self::Actioned,
            _ => return None,
        })
    }
}

/// A report as moderators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminReport {
    /// Its id.
    pub id: ReportId,
    /// How it stands.
    pub status: ReportStatus,
    /// What is wrong with the message, in the reporter's words.
    pub reason: String,
    /// Who reported it.
    pub reporter: Sender,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// The message.
    pub message_id: MessageId,
    /// Who said it; null for the system.
    pub sender: Option<Sender>,
    /// What it said when it was reported.
    pub content: String,
    /// Why it was decided so.
    pub note: Option<String>,
    /// Who decided.
    pub reviewed_by: Option<UserId>,
    /// When it was decided.
    pub reviewed_at: Option<Timestamp>,
    /// When it was reported.
    pub created_at: Timestamp,
}

/// A report with what a moderator needs to decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminReportInContext {
    /// The report.
    pub report: AdminReport,
    /// The message as it is now; null when it is gone for good.
    pub message: Option<Message>,
    /// What was said around it, oldest first: up to ten messages before it and ten after.
    pub context: Vec<Message>,
}

/// The body of `PATCH reports/{id}/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReviewReportRequest {
    /// How it is to stand.
    pub status: ReportStatus,
    /// Why; absent leaves what is there.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub note: Option<String>,
}

impl ReviewReportRequest {
    /// The same, if the note can be kept.
    pub fn check(self) -> Result<Self, Refusal> {
        if self.note.as_deref().is_none_or(|note| is_text_up_to(note, MAX_REASON_CHARS)) {
            return Ok(self);
        }
        Err(Refusal::invalid("note", format!("At most {MAX_REASON_CHARS} characters.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_their_numbers() {
        for (number, status) in (0..).zip([ReportStatus::Open, ReportStatus::Dismissed, ReportStatus::Actioned]) {
            assert_eq!((status.number(), ReportStatus::from_number(number)), (number, Some(status)));
        }
        assert_eq!(ReportStatus::from_number(3), None);
    }
}
