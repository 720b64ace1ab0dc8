//! Whether people have accounts here.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::error::ApiError;

/// People may register and log in here. Where others say who people are, the calls that ask for this are not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AccountsOpen;

impl FromRequestParts<Arc<App>> for AccountsOpen {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        if app.has_accounts { Ok(Self) } else { Err(ApiError::not_found()) }
    }
}
