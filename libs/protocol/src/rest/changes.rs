//! What changes a conversation and who takes part in it.

use serde::{Deserialize, Deserializer, Serialize};

use super::{ConversationRole, Job, Participant, check_metadata, is_text_up_to};
use crate::error::{Refusal, Validation};
use crate::ids::UserId;
use crate::limits::{MAX_ADDED_PARTICIPANTS, MAX_TITLE_CHARS};

/// The body of `PATCH conversations/{id}/`: what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ConversationChanges {
    /// What it is called.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub title: Option<Option<String>>,
    /// What it is about, as a whole.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Job>))]
    pub job: Option<Option<Job>>,
    /// Whatever the marketplace keeps with it, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    /// Whether the caller wants no notice of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Whether the caller has put it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// A field that is there, `null` included.
#[allow(clippy::option_option, reason = "absent, null and a value are three things")]
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl ConversationChanges {
    /// Checks everything that needs no database.
    pub fn check(&self) -> Result<(), Refusal> {
        let mut wrong = Validation::default();
        if let Some(Some(title)) = &self.title
            && !is_text_up_to(title, MAX_TITLE_CHARS)
        {
            wrong.reject("title", format!("At most {MAX_TITLE_CHARS} characters."));
        }
        if let Some(Some(job)) = &self.job {
            job.check(&mut wrong);
        }
        if let Some(metadata) = &self.metadata {
            check_metadata(metadata, &mut wrong);
        }
        wrong.finish()
    }

    /// Whether anything changes that others see too; only owner and admins may.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.title.is_some() || self.job.is_some() || self.metadata.is_some()
    }
}

/// The body of `POST participants/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddParticipantsRequest {
    /// Whom.
    pub user_ids: Vec<UserId>,
    /// As what; `member` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ConversationRole>,
}

impl AddParticipantsRequest {
    /// Checks everything that needs no database; each person is named once afterwards.
    pub fn check(mut self) -> Result<(Vec<UserId>, ConversationRole), Refusal> {
        let mut wrong = Validation::default();
        self.user_ids.sort_unstable();
        self.user_ids.dedup();
        if self.user_ids.is_empty() {
            wrong.reject("user_ids", "Name somebody.");
        } else if self.user_ids.len() > MAX_ADDED_PARTICIPANTS {
            wrong.reject("user_ids", format!("At most {MAX_ADDED_PARTICIPANTS} at once."));
        }
        let role = self.role.unwrap_or(ConversationRole::Member);
        if role == ConversationRole::Owner {
            wrong.reject("role", "admin or member.");
        }
        wrong.finish()?;
        Ok((self.user_ids, role))
    }
}

/// The body of `PATCH participants/{user_id}/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeParticipantRequest {
    /// The new role.
    pub role: ConversationRole,
}

/// The answer to `GET` and `POST participants/`: all of them, the longest-serving first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Participants {
    /// Everyone.
    pub participants: Vec<Participant>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn absent_and_null_are_told_apart() {
        let changes: ConversationChanges = serde_json::from_value(json!({"title": null, "muted": true})).unwrap();
        assert_eq!((changes.title.clone(), changes.job.clone()), (Some(None), None));
        assert!(changes.is_shared());
        assert_eq!(serde_json::to_value(&changes).unwrap(), json!({"title": null, "muted": true}));
        let own: ConversationChanges = serde_json::from_value(json!({"muted": true, "unknown": 1})).unwrap();
        assert!(!own.is_shared());
    }

    #[test]
    fn wrong_changes_are_named_together() {
        let changes: ConversationChanges = serde_json::from_value(json!({
            "title": "x".repeat(201), "job": {"id": ""}, "metadata": {"a": "x".repeat(5000)},
        }))
        .unwrap();
        let errors = changes.check().unwrap_err().errors;
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["job", "metadata", "title"]);
    }

    #[test]
    fn people_are_added_once_and_never_as_owner() {
        let request = |ids: &[i64], role| AddParticipantsRequest {
            user_ids: ids.iter().map(|id| UserId::new(*id).unwrap()).collect(),
            role,
        };
        let (ids, role) = request(&[3, 2, 3], None).check().unwrap();
        assert_eq!((ids.len(), role), (2, ConversationRole::Member));
        assert!(request(&[], None).check().is_err());
        assert!(request(&[2], Some(ConversationRole::Owner)).check().is_err());
        let many: Vec<i64> = (1..=201).collect();
        assert!(request(&many, None).check().is_err());
    }
}
