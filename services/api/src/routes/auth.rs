//! Accounts for stand-alone use: register, who am I; the tokens and tickets that go with them.

pub(super) mod tickets;
pub(super) mod tokens;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_auth::password::{self, PasswordError};
use chat_protocol::error::{ErrorCode, Refusal, Validation};
use chat_protocol::limits::MAX_NAME_CHARS;
use chat_protocol::rest::{Account, PlatformRole, is_text_up_to};
use chat_store::accounts;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::accounts::AccountsOpen;
use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::JsonBody;
use crate::limits::Client;

/// The longest username, in characters.
const MAX_USERNAME_CHARS: usize = 150;

/// The body of `POST register/`.
#[derive(Deserialize, ToSchema)]
pub(super) struct RegisterRequest {
    /// At most 150 characters; unique, whatever the case of its letters.
    username: String,
    /// At least 8 characters.
    #[schema(format = Password)]
    password: String,
    /// What others see; the username, if it is absent.
    #[serde(default)]
    name: Option<String>,
    /// `client` (if absent) or `freelancer`.
    #[serde(default)]
    role: Option<String>,
}

/// A registration that may be made, as far as can be known without the database.
#[derive(Debug, PartialEq, Eq)]
struct Registration {
    username: String,
    password: String,
    name: String,
    role: PlatformRole,
}

/// Makes an account.
#[utoipa::path(
    post,
    path = "/api/auth/register/",
    tag = "accounts",
    security(()),
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "It was made", body = Account),
        (status = 404, description = "There are no accounts here: others say who people are"),
        (status = 409, description = "The username is taken"),
    )
)]
pub(super) async fn register(
    State(app): State<Arc<App>>,
    _: AccountsOpen,
    client: Client,
    JsonBody(request): JsonBody<RegisterRequest>,
) -> Result<(StatusCode, Json<Account>), ApiError> {
    let Registration { username, password, name, role } = request.check()?;
    app.rates.register(client)?;
    let hash = app.passwords.hash(password).await?;
    let created = app.within(accounts::create(app.database.pool(), &username, &hash, &name, role)).await?;
    let taken = || Refusal::field(ErrorCode::Conflict, "username", "This username is taken.");
    let account = created.ok_or_else(taken)?;
    Ok((StatusCode::CREATED, Json(account)))
}

/// Who you are.
#[utoipa::path(
    get,
    path = "/api/auth/me/",
    tag = "accounts",
    responses(
        (status = 200, description = "You", body = Account),
    )
)]
pub(super) async fn get_me(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Account>, ApiError> {
    let account = app.within(accounts::find(app.database.pool(), caller.id)).await?;
    account.map(Json).ok_or_else(ApiError::not_found)
}

impl RegisterRequest {
    fn check(self) -> Result<Registration, Refusal> {
        let mut wrong = Validation::default();
        let is_username = is_text_up_to(&self.username, MAX_USERNAME_CHARS) && is_label(&self.username);
        if !is_username {
            wrong.reject("username", format!("1 to {MAX_USERNAME_CHARS} characters, not beginning or ending blank."));
        }
        let name = self.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| self.username.clone());
        let name = name.trim();
        if is_username && !(is_text_up_to(name, MAX_NAME_CHARS) && is_label(name)) {
            wrong.reject("name", format!("At most {MAX_NAME_CHARS} characters, without control characters."));
        }
        match password::check(&self.password) {
            Ok(()) => {}
            Err(error @ (PasswordError::TooShort | PasswordError::TooLong)) => {
                wrong.reject("password", format!("Use {error}."));
            }
            Err(PasswordError::Failed(_)) => wrong.reject("password", "Use another one."),
        }
        let role = check_role(self.role.as_deref(), &mut wrong);
        let name = name.to_owned();
        wrong.finish()?;
        Ok(Registration { username: self.username, password: self.password, name, role })
    }
}

/// Whether the text shows as one line: something in it, no blanks at the ends, no control characters.
fn is_label(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

fn check_role(role: Option<&str>, wrong: &mut Validation) -> PlatformRole {
    match role {
        None | Some("client") => PlatformRole::Client,
        Some("freelancer") => PlatformRole::Freelancer,
        Some(_) => {
            wrong.reject("role", "client or freelancer.");
            PlatformRole::Client
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(username: &str, password: &str, name: Option<&str>, role: Option<&str>) -> RegisterRequest {
        RegisterRequest {
            username: username.into(),
            password: password.into(),
            name: name.map(str::to_owned),
            role: role.map(str::to_owned),
        }
    }

    #[test]
    fn name_is_the_username_unless_given() {
        let plain = request("ada", "long enough", None, None).check().unwrap();
        assert_eq!((plain.name.as_str(), plain.role), ("ada", PlatformRole::Client));
        let named = request("ada", "long enough", Some(" Ada L. "), Some("freelancer")).check().unwrap();
        assert_eq!((named.name.as_str(), named.role), ("Ada L.", PlatformRole::Freelancer));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let refusal = request("a\0", "short", Some("x"), Some("admin")).check().unwrap_err();
        let fields: Vec<_> = refusal.errors.keys().map(String::as_str).collect();
        assert_eq!(fields, ["password", "role", "username"]);
        for bad in ["", " ", " ada", "ada ", "a\nb", &"x".repeat(151)] {
            assert!(request(bad, "long enough", None, None).check().is_err(), "{bad:?}");
        }
        let refusal = request("ada", "long enough", Some("a\u{7}"), None).check().unwrap_err();
        assert!(refusal.errors.contains_key("name"));
    }
}
