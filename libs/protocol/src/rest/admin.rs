//! What administrators and machines read and write under `/api/admin/`.

use serde::{Deserialize, Serialize};

use super::{Conversation, ConversationKind, Job, Participant, PlatformRole, is_text_up_to, is_web_url};
use crate::error::{Refusal, Validation};
use crate::ids::{ConversationId, MessageId, ReportId, Seq, UserId};
use crate::limits::{MAX_NAME_CHARS, MAX_REASON_CHARS};
use crate::message::{Message, Sender};
use crate::time::Timestamp;

/// A person as administrators see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminUser {
    /// The user.
    pub id: UserId,
    /// The name to log in with; null for people of an outside issuer.
    pub username: Option<String>,
    /// What others see.
    pub name: String,
    /// The role on the platform.
    pub role: PlatformRole,
    /// A picture.
    pub avatar_url: Option<String>,
    /// Whether their tokens count.
    pub is_active: bool,
    /// When the last socket closed.
    pub last_seen: Option<Timestamp>,
    /// Since when they are known here.
    pub created_at: Timestamp,
}

/// The body of `PUT users/{id}/`: all that others see of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PutUserRequest {
    /// What others see.
    pub name: String,
    /// `client` or `freelancer`.
    pub role: PlatformRole,
    /// A picture; none, if it is absent.
    #[serde(default)]
    pub avatar_url: Option<String>,
    /// False locks the person out; absent leaves it as it is.
    #[serde(default)]
    pub is_active: Option<bool>,
}

impl PutUserRequest {
    /// The same, if somebody may be called and shown so.
    pub fn check(self) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        check_person(&self.name, self.role, self.avatar_url.as_deref(), &mut wrong);
        wrong.finish()?;
        Ok(self)
    }
}

/// Somebody whom a machine brings along with a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewPerson {
    /// The user.
    pub id: UserId,
    /// What others see.
    pub name: String,
    /// `client` or `freelancer`.
    #[serde(default)]
    pub role: PlatformRole,
    /// A picture.
    #[serde(default)]
    pub avatar_url: Option<String>,
}

impl NewPerson {
    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Validation) {
        let mut own = Validation::default();
        check_person(&self.name, self.role, self.avatar_url.as_deref(), &mut own);
        if let Err(refusal) = own.finish() {
            wrong.reject("users", format!("{}: {}", self.id, refusal.detail));
        }
    }
}

fn check_person(name: &str, role: PlatformRole, avatar_url: Option<&str>, wrong: &mut Validation) {
    let is_line = !name.trim().is_empty() && !name.chars().any(char::is_control);
    if !is_line || !is_text_up_to(name, MAX_NAME_CHARS) {
        wrong.reject("name", format!("1 to {MAX_NAME_CHARS} characters, without control characters."));
    }
    if !matches!(role, PlatformRole::Client | PlatformRole::Freelancer) {
        wrong.reject("role", "client or freelancer.");
    }
    if !avatar_url.is_none_or(is_web_url) {
        wrong.reject("avatar_url", "An http or https address.");
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn put(name: &str, role: PlatformRole, avatar_url: Option<&str>) -> PutUserRequest {
        PutUserRequest { name: name.into(), role, avatar_url: avatar_url.map(str::to_owned), is_active: None }
    }

    #[test]
    fn nobody_is_put_above_others() {
        assert!(put("Ada", PlatformRole::Freelancer, Some("https://example.com/a.png")).check().is_ok());
        for role in [PlatformRole::Admin, PlatformRole::Service] {
            let refusal = put("Ada", role, None).check().unwrap_err();
            assert_eq!(refusal.errors.keys().collect::<Vec<_>>(), ["role"]);
        }
        let refusal = put(" ", PlatformRole::Admin, Some("javascript:x")).check().unwrap_err();
        assert_eq!(refusal.errors.keys().collect::<Vec<_>>(), ["avatar_url", "name", "role"]);
        for name in ["", "a\nb", "a\0", &"é".repeat(201)] {
            assert!(put(name, PlatformRole::Client, None).check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn people_brought_along_are_checked_alike() {
        let mut wrong = Validation::default();
        let id = UserId::new(7).unwrap();
        let person = NewPerson { id, name: "Ada".into(), role: PlatformRole::Client, avatar_url: None };
        person.check(&mut wrong);
        assert_eq!(wrong.finish(), Ok(()));
        let mut wrong = Validation::default();
        NewPerson { role: PlatformRole::Admin, ..person }.check(&mut wrong);
        assert!(wrong.finish().unwrap_err().errors["users"][0].starts_with("7: "));
    }

    #[test]
    fn statuses_have_their_numbers() {
        for (number, status) in (0..).zip([ReportStatus::Open, ReportStatus::Dismissed, ReportStatus::Actioned]) {
            assert_eq!((status.number(), ReportStatus::from_number(number)), (number, Some(status)));
        }
        assert_eq!(ReportStatus::from_number(3), None);
    }
}
