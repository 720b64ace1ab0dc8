//! The bodies of REST, as the contract shows them.

mod admin;
mod attachment;
mod blocks;
mod changes;
mod content;
mod found;
mod push;
mod reading;
#[cfg(feature = "openapi")]
mod schemas;

use serde::{Deserialize, Serialize};

pub use self::admin::{
    AdminConversation, AdminReport, AdminReportInContext, AdminUser, AuditEntry, CreateWebhookRequest, DeliveryStatus,
    DisabledReason, MESSAGE_MISSED, NewPerson, PutUserRequest, RedeliverRequest, Redelivered, ReportStatus,
    ReviewReportRequest, WEBHOOK_TEST, Webhook, WebhookChanges, WebhookDelivery, WebhookSecret,
};
pub use self::attachment::{Attachment, AttachmentKind, DirectUpload, DirectUploadRequest, check_file_name};
pub use self::blocks::Block;
pub use self::changes::{AddParticipantsRequest, ChangeParticipantRequest, ConversationChanges, Participants};
pub use self::content::{EditMessageRequest, Emoji, Report, ReportRequest};
pub use self::found::FoundMessage;
pub use self::push::{NewPushSubscription, PushKey, PushKeys, PushNotice, PushSubscription, PushSubscriptionRequest};
pub use self::reading::{MarkAsReadRequest, MarkedAsRead, Unread, UnreadConversation};

use crate::error::{Refusal, Validation};
use crate::ids::{ConversationId, Seq, UserId};
use crate::limits::{MAX_JOB_ID_CHARS, MAX_JOB_STATUS_CHARS, MAX_METADATA_BYTES, MAX_TITLE_CHARS, MAX_URL_BYTES};
use crate::message::Message;
use crate::time::Timestamp;

/// What a person is on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PlatformRole {
    /// Has work to give.
    #[default]
    Client,
    /// Does the work.
    Freelancer,
    /// Moderates.
    Admin,
    /// A machine.
    Service,
}

impl PlatformRole {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Client => 0,
            Self::Freelancer => 1,
            Self::Admin => 2,
            Self::Service => 3,
        }
    }

    /// The role that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Client,
            1 => Self::Freelancer,
            2 => Self::Admin,
            3 => Self::Service,
            _ => return None,
        })
    }
}

/// What a participant is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ConversationRole {
    /// The one who answers for it.
    Owner,
    /// May add and remove members.
    Admin,
    /// Takes part.
    Member,
}

impl ConversationRole {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Owner => 0,
            Self::Admin => 1,
            Self::Member => 2,
        }
    }

    /// The role that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Owner,
            1 => Self::Admin,
            2 => Self::Member,
            _ => return None,
        })
    }
}

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ConversationKind {
    /// Two people; exists once for each pair.
    Direct,
    /// Any number of people.
    Group,
    /// People about a job; exists once for each job and set of people.
    Job,
}

impl ConversationKind {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Direct => 0,
            Self::Group => 1,
            Self::Job => 2,
        }
    }

    /// The kind that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Direct,
            1 => Self::Group,
            2 => Self::Job,
            _ => return None,
        })
    }
}

/// The job that a conversation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Job {
    /// The marketplace's id of it: a string or an integer, returned as given.
    #[cfg_attr(feature = "openapi", schema(schema_with = schemas::job_id))]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::job_id"))]
    pub id: serde_json::Value,
    /// What it is called.
    #[serde(default)]
    pub title: Option<String>,
    /// How it stands, in the marketplace's words.
    #[serde(default)]
    pub status: Option<String>,
    /// Where it is shown; http or https.
    #[serde(default)]
    pub url: Option<String>,
}

impl Job {
    /// The id as text: `7` and `"7"` are the same job.
    #[must_use]
    pub fn id_text(&self) -> String {
        self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned)
    }

    /// Notes what is wrong with it.
    pub fn check(&self, wrong: &mut Validation) {
        let id_fits = match &self.id {
            serde_json::Value::String(text) => is_text_up_to(text, MAX_JOB_ID_CHARS) && !text.is_empty(),
            serde_json::Value::Number(number) => number.is_i64() || number.is_u64(),
            _ => false,
        };
        if !id_fits {
            wrong.reject("job", format!("id: a string of 1 to {MAX_JOB_ID_CHARS} characters or an integer."));
        }
        if !self.title.as_deref().is_none_or(|title| is_text_up_to(title, MAX_TITLE_CHARS)) {
            wrong.reject("job", format!("title: at most {MAX_TITLE_CHARS} characters."));
        }
        if !self.status.as_deref().is_none_or(|status| is_text_up_to(status, MAX_JOB_STATUS_CHARS)) {
            wrong.reject("job", format!("status: at most {MAX_JOB_STATUS_CHARS} characters."));
        }
        if !self.url.as_deref().is_none_or(is_web_url) {
            wrong.reject("job", "url: an http or https address.");
        }
    }
}

/// Whether the text has no NUL and at most so many characters.
#[must_use]
pub fn is_text_up_to(text: &str, max_chars: usize) -> bool {
    !text.contains('\0') && text.chars().take(max_chars + 1).count() <= max_chars
}

/// Whether the text is an http or https URL that may be kept: no blanks, quotes, angle brackets or control characters.
#[must_use]
pub fn is_web_url(text: &str) -> bool {
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let rest = if lower.starts_with("https://") {
        text.get(8..)
    } else if lower.starts_with("http://") {
        text.get(7..)
    } else {
        None
    };
    let has_host = rest.and_then(|rest| rest.chars().next()).is_some_and(|c| c.is_alphanumeric() || c == '[');
    let is_clean = !text.chars().any(|c| c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\'));
    has_host && is_clean && text.len() <= MAX_URL_BYTES
}

/// The body of `POST conversations/`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateConversationRequest {
    /// The other people.
    pub participant_ids: Vec<UserId>,
    /// By default `job` with a job, else `direct` with one other person, else `group`.
    #[serde(default)]
    pub kind: Option<ConversationKind>,
    /// What it is called.
    #[serde(default)]
    pub title: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub job: Option<Job>,
    /// Whatever the marketplace wants to keep with it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Machines alone: who is to own it; by default the first of `participant_ids`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<UserId>,
    /// Machines alone: who those are of its people who were never seen. Others stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<Vec<NewPerson>>,
}

/// A conversation that may be made, as far as can be known without the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewConversation {
    /// What it is.
    pub kind: ConversationKind,
    /// What it is called.
    #[serde(default)]
    pub title: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub job: Option<Job>,
    /// Whatever the marketplace wants to keep with it.
    #[serde(default)]
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// Everybody, the owner included: sorted, each once.
    pub participants: Vec<UserId>,
}

impl CreateConversationRequest {
    /// What a machine asks for, which takes no part itself: checked like anything else, with its owner and the people whom it brings.
    pub fn check_of_machine(
        mut self,
        max_participants: usize,
    ) -> Result<(NewConversation, UserId, Vec<NewPerson>), Refusal> {
        let owner = self.owner_id.or_else(|| self.participant_ids.first().copied());
        let owner = owner.ok_or_else(|| Refusal::invalid("participant_ids", "Name somebody."))?;
        let people = self.users.take().unwrap_or_default();
        let mut wrong = Validation::default();
        for person in &people {
            person.check(&mut wrong);
            if person.id != owner && !self.participant_ids.contains(&person.id) {
                wrong.reject("users", format!("{} takes no part.", person.id));
            }
        }
        wrong.finish()?;
        Ok((self.check(owner, max_participants)?, owner, people))
    }

    /// Whether it asks for what only machines may ask for.
    #[must_use]
    pub fn is_of_machine(&self, caller: UserId) -> bool {
        self.users.is_some() || self.owner_id.is_some_and(|owner| owner != caller)
    }

    /// Checks everything that needs no database; adds the owner to the participants.
    pub fn check(self, owner: UserId, max_participants: usize) -> Result<NewConversation, Refusal> {
        let mut wrong = Validation::default();
        let mut participants = self.participant_ids;
        participants.push(owner);
        participants.sort_unstable();
        participants.dedup();
        let kind = self.kind.unwrap_or(match (&self.job, participants.len()) {
            (Some(_), _) => ConversationKind::Job,
            (None, 2) => ConversationKind::Direct,
            (None, _) => ConversationKind::Group,
        });
        if participants.len() < 2 {
            wrong.reject("participant_ids", "Name somebody else.");
        } else if participants.len() > max_participants {
            wrong.reject("participant_ids", format!("At most {max_participants} participants."));
        } else if kind == ConversationKind::Direct && participants.len() != 2 {
            wrong.reject("participant_ids", "A direct conversation is between two people.");
        }
        match (kind, &self.job) {
            (ConversationKind::Job, None) => wrong.reject("job", "A job conversation needs a job."),
            (ConversationKind::Direct, Some(_)) => wrong.reject("job", "A direct conversation has no job."),
            (_, Some(job)) => job.check(&mut wrong),
            (_, None) => {}
        }
        if !self.title.as_deref().is_none_or(|title| is_text_up_to(title, MAX_TITLE_CHARS)) {
            wrong.reject("title", format!("At most {MAX_TITLE_CHARS} characters."));
        }
        let metadata = self.metadata.unwrap_or_default();
        check_metadata(&metadata, &mut wrong);
        wrong.finish()?;
        Ok(NewConversation { kind, title: self.title, job: self.job, metadata, participants })
    }
}

fn check_metadata(metadata: &serde_json::Map<String, serde_json::Value>, wrong: &mut Validation) {
    let text = serde_json::to_string(metadata).unwrap_or_default();
    if text.len() > MAX_METADATA_BYTES {
        wrong.reject("metadata", format!("At most {MAX_METADATA_BYTES} bytes."));
    }
    if text.contains("\\u0000") {
        wrong.reject("metadata", "No NUL characters.");
    }
}

/// One participant in a conversation's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Participant {
    /// The user.
    pub id: UserId,
    /// What others see.
    pub name: String,
    /// A picture.
    pub avatar_url: Option<String>,
    /// The role in the conversation.
    pub role: ConversationRole,
    /// The role on the platform.
    pub user_role: PlatformRole,
    /// Whether a socket is open; null where the caller may not know.
    pub is_online: Option<bool>,
    /// When the last socket closed.
    pub last_seen: Option<Timestamp>,
}

/// A conversation as the caller sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
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
    /// The first twenty, the longest-serving first.
    pub participants: Vec<Participant>,
    /// How many there are.
    pub participant_count: i64,
    /// The newest message.
    pub last_message: Option<Message>,
    /// How many messages of others the caller has not read, at most 1,000.
    pub unread_count: i64,
    /// Whether the caller wants no notice of it.
    pub muted: bool,
    /// Whether the caller has put it away.
    pub archived: bool,
    /// The head of its log.
    pub last_seq: Seq,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened in it.
    pub updated_at: Timestamp,
}

/// One page of a list. Pages are asked for by following `next` and `previous`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The page after this one.
    pub next: Option<String>,
    /// The page before this one.
    pub previous: Option<String>,
    /// The rows.
    pub results: Vec<T>,
}

/// A person, as `register` and `me` answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    fn request(ids: &[i64]) -> CreateConversationRequest {
        CreateConversationRequest {
            participant_ids: ids.iter().map(|id| user(*id)).collect(),
            ..CreateConversationRequest::default()
        }
    }

    #[test]
    fn kind_follows_from_what_is_named() {
        assert_eq!(request(&[2]).check(user(1), 10).unwrap().kind, ConversationKind::Direct);
        assert_eq!(request(&[2, 3]).check(user(1), 10).unwrap().kind, ConversationKind::Group);
        let mut job = request(&[2]);
        job.job = Some(Job { id: 7.into(), title: None, status: None, url: None });
        assert_eq!(job.check(user(1), 10).unwrap().kind, ConversationKind::Job);
    }

    #[test]
    fn naming_oneself_is_harmless_and_nobody_else_is_not() {
        assert_eq!(request(&[2, 1, 2]).check(user(1), 10).unwrap().participants, [user(1), user(2)]);
        for alone in [&[][..], &[1]] {
            let refusal = request(alone).check(user(1), 10).unwrap_err();
            assert!(refusal.errors.contains_key("participant_ids"));
        }
    }

    #[test]
    fn machine_names_the_owner_or_the_first_is_it() {
        let (new, owner, people) = request(&[3, 2]).check_of_machine(10).unwrap();
        assert_eq!((new.participants, owner, people), (vec![user(2), user(3)], user(3), vec![]));
        let named = CreateConversationRequest { owner_id: Some(user(5)), ..request(&[3, 2]) };
        assert!(named.is_of_machine(user(3)) && !named.is_of_machine(user(5)));
        let (new, owner, _) = named.check_of_machine(10).unwrap();
        assert_eq!(
            (new.participants, new.kind, owner),
            (vec![user(2), user(3), user(5)], ConversationKind::Group, user(5))
        );
        for alone in [&[][..], &[1]] {
            assert!(request(alone).check_of_machine(10).unwrap_err().errors.contains_key("participant_ids"));
        }
        let person = |id| NewPerson { id: user(id), name: "Ada".into(), role: PlatformRole::Client, avatar_url: None };
        let brought = |id| CreateConversationRequest { users: Some(vec![person(id)]), ..request(&[3, 2]) };
        assert_eq!(brought(2).check_of_machine(10).unwrap().2, [person(2)]);
        assert!(brought(4).check_of_machine(10).unwrap_err().errors.contains_key("users"));
        assert!(brought(2).is_of_machine(user(3)));
    }

    #[test]
    fn urls_are_http_or_https() {
        for good in ["http://a", "https://example.com/x?y=1", "HTTPS://EXAMPLE.COM", "http://[::1]/"] {
            assert!(is_web_url(good), "{good}");
        }
        for bad in [
            "",
            "http://",
            "https://",
            "javascript:alert(1)",
            "ftp://a",
            "//a",
            "http:// a",
            "http://a\"b",
            "http://a\nb",
            "data:x",
            "é",
            "http://a<b",
        ] {
            assert!(!is_web_url(bad), "{bad}");
        }
    }

    #[test]
    fn job_id_is_the_same_as_number_and_as_text() {
        let of = |id: serde_json::Value| Job { id, title: None, status: None, url: None }.id_text();
        assert_eq!(of(7.into()), of("7".into()));
    }
}
