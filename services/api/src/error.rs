//! Everything that a request can end with but its answer, and the one place that makes a problem document of it.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chat_auth::TokenError;
use chat_auth::password::PasswordError;
use chat_identity::VerifyError;
use chat_limits::Exceeded;
use chat_protocol::error::{ErrorCode, Problem, Refusal};
use chat_protocol::ids::ClientId;
use chat_store::StoreError;

use crate::limits::refusal_headers;

/// When a client may come back after a 503, in seconds.
const RETRY_AFTER_SECS: HeaderValue = HeaderValue::from_static("2");

/// Why a request has no answer, by what its caller does next.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// Change the request.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Bring a token.
    #[error("no token")]
    NoToken,
    /// Bring another token.
    #[error(transparent)]
    BadToken(#[from] TokenError),
    /// Come back later: it was too much, too fast.
    #[error(transparent)]
    TooFast(#[from] Exceeded),
    /// Try other credentials.
    #[error("wrong username or password")]
    WrongCredentials,
    /// Repeat later: nothing has happened.
    #[error("unavailable: {0}")]
    Unavailable(&'static str),
    /// Repeat later: the database did not answer as it should.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Tell the operator.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Repeat (with this `client_id`, if it is a message): it may have happened, or may happen yet.
    #[error("a write got no answer")]
    OutcomeUnknown(Option<ClientId>),
}

impl From<VerifyError> for ApiError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Refused(error) => Self::BadToken(error),
            VerifyError::NotReady => Self::Unavailable("the keys of tokens have not been fetched yet"),
        }
    }
}

impl ApiError {
    /// For those who are somebody, but not somebody who may.
    pub(crate) fn permission_denied() -> Self {
        Refusal::new(ErrorCode::PermissionDenied, "Not with your role.").into()
    }

    /// The same answer for ids that are unknown, foreign or malformed.
    pub(crate) fn not_found() -> Self {
        Refusal::not_found().into()
    }

    fn log(&self) {
        match self {
            Self::Refused(refusal) => tracing::debug!(code = %refusal.code, "refused"),
            Self::NoToken | Self::BadToken(_) | Self::TooFast(_) | Self::WrongCredentials => {
                tracing::debug!("refused: {self}");
            }
            Self::Store(error) if !error.is_transient() => tracing::error!("database: {error}"),
            Self::Password(error) => tracing::error!("password: {error}"),
            Self::Unavailable(_) | Self::Store(_) | Self::OutcomeUnknown(_) => tracing::warn!("{self}"),
        }
    }

    fn into_problem(self) -> Problem {
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            Self::NoToken => Refusal::new(ErrorCode::NotAuthenticated, "A bearer token is needed."),
            Self::BadToken(TokenError::Expired) => Refusal::new(ErrorCode::NotAuthenticated, "The token has expired."),
            Self::BadToken(TokenError::UnknownKey | TokenError::Invalid(_)) => {
                Refusal::new(ErrorCode::NotAuthenticated, "The token is not valid.")
            }
            Self::TooFast(exceeded) => Refusal::rate_limited(exceeded.retry_after),
            Self::WrongCredentials => Refusal::new(ErrorCode::NotAuthenticated, "Wrong username or password."),
            Self::Unavailable(_) | Self::Store(_) | Self::Password(_) => {
                Refusal::new(ErrorCode::Unavailable, "Not available now, and nothing was done. Repeat it later.")
            }
            Self::OutcomeUnknown(client_id) => return outcome_unknown(client_id),
        };
        refusal.into()
    }
}

fn outcome_unknown(client_id: Option<ClientId>) -> Problem {
    let detail = match client_id {
        Some(_) => "No answer in time: it may have been done or not. Repeat it with the same client_id.",
        None => "No answer in time: it may have been done or not. Look how it stands, or repeat it.",
    };
    Problem {
        outcome: Some("unknown".to_owned()),
        client_id: client_id.map(|id| id.as_str().to_owned()),
        ..Problem::from(Refusal::new(ErrorCode::Unavailable, detail))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let challenge = match self {
            Self::BadToken(_) => r#"Bearer error="invalid_token""#,
            _ => "Bearer",
        };
        let counted = match &self {
            Self::TooFast(exceeded) => refusal_headers(exceeded),
            _ => HeaderMap::new(),
        };
        let problem = self.into_problem();
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.extend(counted);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECS);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    async fn answer(error: impl Into<ApiError>) -> (Response<()>, Value) {
        let (parts, body) = error.into().into_response().into_parts();
        let body = to_bytes(body, 10_000).await.unwrap();
        (Response::from_parts(parts, ()), serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn refusal_is_a_problem_document() {
        let (response, body) = answer(Refusal::invalid("title", "At most 200 characters.")).await;
        assert_eq!(response.status(), 400);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            body,
            json!({
                "type": "urn:workconnect:problem:invalid", "title": "Invalid input", "status": 400,
                "detail": "title: At most 200 characters.", "code": "invalid",
                "errors": {"title": ["At most 200 characters."]},
            })
        );
    }

    #[tokio::test]
    async fn missing_and_bad_tokens_are_challenged() {
        let (response, body) = answer(ApiError::NoToken).await;
        assert_eq!((response.status().as_u16(), &body["code"]), (401, &json!("not_authenticated")));
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
        let (response, body) = answer(TokenError::Invalid("signed by canary")).await;
        assert_eq!(response.headers()[WWW_AUTHENTICATE], r#"Bearer error="invalid_token""#);
        assert!(!body.to_string().contains("canary"));
    }

    #[tokio::test]
    async fn internal_detail_is_not_sent() {
        let (response, body) = answer(StoreError::Unexpected("canary")).await;
        assert_eq!((response.status().as_u16(), &body["code"]), (503, &json!("unavailable")));
        assert!(response.headers().contains_key(RETRY_AFTER));
        assert!(!body.to_string().contains("canary"));
        assert!(body.get("outcome").is_none());
    }

    #[tokio::test]
    async fn unknown_outcome_carries_the_client_id() {
        let (response, body) = answer(ApiError::OutcomeUnknown("abc".parse().ok())).await;
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(RETRY_AFTER));
        assert_eq!((&body["outcome"], &body["client_id"]), (&json!("unknown"), &json!("abc")));
    }
}
