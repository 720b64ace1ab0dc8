//! People as administrators see and machines keep them.

use serde::{Deserialize, Serialize};

use crate::error::{Refusal, Validation};
use crate::ids::UserId;
use crate::limits::MAX_NAME_CHARS;
use crate::rest::{PlatformRole, is_text_up_to, is_web_url};
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
}
