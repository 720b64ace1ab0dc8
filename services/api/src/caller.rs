//! Who asks, as a type: a handler that takes a [`Caller`] cannot forget to check the token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use chat_auth::Claims;
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;

use crate::app::App;
use crate::error::ApiError;
use crate::families;
use crate::limits::count_caller;

/// Somebody with a valid token, who is in the database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    /// Who.
    pub(crate) id: UserId,
    /// What the token makes of them: never an admin, which stands in the database.
    pub(crate) role: PlatformRole,
}

/// A machine: the bearer of a token of an issuer that is listed for services. It takes part in nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServiceCaller {
    /// Which.
    pub(crate) id: UserId,
}

/// Whoever may begin a conversation and say something in one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Author {
    /// For themselves.
    Person(Caller),
    /// For others, and as the system.
    Service(ServiceCaller),
}

impl FromRequestParts<Arc<App>> for Author {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let caller = Caller::from_request_parts(parts, app).await?;
        Ok(match caller.role {
            PlatformRole::Service => Self::Service(ServiceCaller { id: caller.id }),
            _ => Self::Person(caller),
        })
    }
}

impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let CallerClaims(claims) = CallerClaims::from_request_parts(parts, app).await?;
        Ok(Self { id: claims.user_id, role: claims.role })
    }
}

/// A [`Caller`] with everything that the token says.
#[derive(Debug)]
pub(crate) struct CallerClaims(pub(crate) Claims);

impl FromRequestParts<Arc<App>> for CallerClaims {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let token = bearer_token(&parts.headers).ok_or(ApiError::NoToken)?;
        let claims = app.keyring.verify(token, app.clock.now()).await?;
        families::check(app, &claims).await?;
        app.ensure_user(&claims.clone().into()).await?;
        // Only now: whose token does not count any more must not use up what its person may do.
        count_caller(app, parts, &claims)?;
        Ok(Self(claims))
    }
}

/// The token of `Authorization: Bearer <token>`; the scheme in any case.
fn bearer_token(headers: &HeaderMap<HeaderValue>) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token_of(header: &'static str) -> Option<String> {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(header))]);
        bearer_token(&headers).map(str::to_owned)
    }

    #[test]
    fn scheme_is_bearer_in_any_case() {
        for good in ["Bearer abc", "bearer abc", "BEARER   abc", " Bearer abc "] {
            assert_eq!(token_of(good).as_deref(), Some("abc"), "{good:?}");
        }
        for bad in ["", "abc", "Bearer", "Bearer ", "Basic abc", "Bearerabc"] {
            assert_eq!(token_of(bad), None, "{bad:?}");
        }
        assert_eq!(bearer_token(&HeaderMap::new()), None);
    }
}
