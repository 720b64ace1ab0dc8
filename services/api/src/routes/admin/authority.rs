//! Who may do what under `/api/admin/`, as types. Whoever has one of them is on record with the call, before anything is done.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath, RawPathParams};
use axum::http::request::Parts;
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use chat_store::admin::audit::{self, Actor};
use chat_store::users;

use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::observe::RequestId;

/// Somebody who moderates: made so by an operator, never by a claim.
#[derive(Debug)]
pub(super) struct Administrator(Recorded);

/// Whoever keeps people: an administrator or a machine.
#[derive(Debug)]
pub(super) struct Registrar(Recorded);

/// Who is on record, and with which request.
#[derive(Debug)]
struct Recorded {
    id: UserId,
    request_id: String,
}

impl FromRequestParts<Arc<App>> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if !is_administrator(app, caller).await? {
            return Err(ApiError::permission_denied());
        }
        Recorded::with(parts, app, caller.id).await.map(Self)
    }
}

impl FromRequestParts<Arc<App>> for Registrar {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.role != PlatformRole::Service && !is_administrator(app, caller).await? {
            return Err(ApiError::permission_denied());
        }
        Recorded::with(parts, app, caller.id).await.map(Self)
    }
}

impl Administrator {
    /// Who acts.
    pub(super) fn id(&self) -> UserId {
        self.0.id
    }

    /// For the record.
    pub(super) fn actor(&self) -> Actor<'_> {
        self.0.actor()
    }
}

impl Registrar {
    /// For the record.
    pub(super) fn actor(&self) -> Actor<'_> {
        self.0.actor()
    }
}

/// Asked of the database each time: what an operator takes back counts at once.
async fn is_administrator(app: &App, caller: Caller) -> Result<bool, ApiError> {
    let state = app.within(users::find_state(app.database.pool(), caller.id)).await?;
    Ok(state.is_some_and(|state| state.is_active && state.role == PlatformRole::Admin))
}

impl Recorded {
    async fn with(parts: &mut Parts, app: &Arc<App>, id: UserId) -> Result<Self, ApiError> {
        let request_id = parts.extensions.get::<RequestId>().map(RequestId::as_str).unwrap_or_default().to_owned();
        let route = parts.extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let action = format!("{} {route}", parts.method);
        let params = RawPathParams::from_request_parts(parts, app).await.ok();
        let object = params.as_ref().and_then(|params| params.iter().next()).map(|(_, object)| storable(object));
        let recorded = Self { id, request_id };
        let record = audit::record(app.database.pool(), recorded.actor(), &action, object.as_deref());
        app.within(record).await?;
        Ok(recorded)
    }

    fn actor(&self) -> Actor<'_> {
        Actor { id: self.id, request_id: &self.request_id }
    }
}

/// What stood in the path, as far as it may be an id: no NUL, and not for ever long.
fn storable(object: &str) -> String {
    object.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_can_be_kept_too() {
        assert_eq!(storable("a\0b\n"), "ab");
        assert_eq!(storable(&"é".repeat(100)).chars().count(), 64);
    }
}
