//! Calls are counted where it becomes known who calls, and the answer says how one stands.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use chat_auth::Claims;
use chat_limits::{Exceeded, Standing};
use chat_protocol::rest::PlatformRole;
use chat_runtime::http_server::ClientAddr;
use chat_runtime::ops::is_health;
use chat_runtime::origins::RATE_LIMIT;

use crate::app::App;
use crate::error::ApiError;

/// What a call counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Something is said.
    Send,
    /// Something is read.
    Read,
    /// Something else is changed.
    Write,
    /// A file comes.
    Upload,
    /// Something is looked for.
    Search,
    /// Somebody moderates.
    Admin,
    /// A machine calls.
    Service,
}

impl Class {
    /// The class of a call. The path has its closing slash.
    fn of(method: &Method, uri: &Uri, role: PlatformRole) -> Self {
        let path = uri.path();
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let query = uri.query().unwrap_or_default();
        let searches =
            || query.split('&').any(|pair| pair.strip_prefix("search=").is_some_and(|text| !text.is_empty()));
        if role == PlatformRole::Service {
            Self::Service
        } else if path.starts_with("/api/admin/") {
            Self::Admin
        } else if is_read {
            if searches() { Self::Search } else { Self::Read }
        } else if path.ends_with("/send_message/") {
            Self::Send
        } else if path.starts_with("/api/chat/attachments/") {
            Self::Upload
        } else {
            Self::Write
        }
    }

    /// The word for it in the metrics.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Read => "read",
            Self::Write => "write",
            Self::Upload => "upload",
            Self::Search => "search",
            Self::Admin => "admin",
            Self::Service => "service",
        }
    }
}

/// How its caller stands after this call was counted.
#[derive(Debug, Clone, Default)]
struct Count(Arc<OnceLock<Standing>>);

/// Middleware. Whoever shows no token counts by address at once, and whoever shows a bad one afterwards: so nobody who
/// shares an address with others is refused what a good token allows.
pub(crate) async fn limit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if is_health(request.uri().path()) {
        return next.run(request).await;
    }
    let address = request.extensions().get().map(|ClientAddr(address)| *address);
    let shows_token = request.headers().contains_key(AUTHORIZATION);
    let count_anonymous = || app.rates.take_anonymous(address, Instant::now()).map_err(ApiError::from);
    if !shows_token && let Err(error) = count_anonymous() {
        return error.into_response();
    }
    let count = Count::default();
    request.extensions_mut().insert(count.clone());
    let mut response = next.run(request).await;
    if shows_token
        && response.status() == StatusCode::UNAUTHORIZED
        && let Err(error) = count_anonymous()
    {
        return error.into_response();
    }
    if let Some(standing) = count.0.get() {
        response.headers_mut().extend(standing_headers(standing.limit, standing.remaining, standing.reset));
    }
    response
}

/// Counts a call of somebody who is known now, once.
pub(crate) fn count_caller(app: &App, parts: &Parts, claims: &Claims) -> Result<(), ApiError> {
    let count = parts.extensions.get::<Count>();
    if count.is_some_and(|count| count.0.get().is_some()) {
        return Ok(());
    }
    let class = Class::of(&parts.method, &parts.uri, claims.role);
    let standing = app.rates.take(class, claims.user_id, Instant::now())?;
    if let (Some(count), Some(standing)) = (count, standing) {
        // Somebody else may have been first: then the same call was counted.
        let _ = count.0.set(standing);
    }
    Ok(())
}

/// How one stands: how much at the most, how much is left, in how many seconds all of it is back.
pub(crate) fn standing_headers(limit: u32, remaining: u32, reset: Duration) -> HeaderMap {
    let reset = reset.as_millis().div_ceil(1000);
    let values = [u128::from(limit), u128::from(remaining), reset].map(|number| number.to_string().parse());
    RATE_LIMIT.into_iter().zip(values).filter_map(|(name, value)| Some((name, value.ok()?))).collect()
}

/// The headers of a refusal.
pub(crate) fn refusal_headers(exceeded: &Exceeded) -> HeaderMap {
    let mut headers = standing_headers(exceeded.limit, 0, exceeded.reset);
    let seconds = exceeded.retry_after.as_millis().div_ceil(1000).max(1);
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        headers.insert(RETRY_AFTER, seconds);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(method: &Method, uri: &str) -> Class {
        Class::of(method, &uri.parse().unwrap(), PlatformRole::Client)
    }

    #[test]
    fn call_counts_as_what_it_costs() {
        let send = "/api/chat/conversations/01a207ab-8f4e-7128-a65e-ab007adeb3cd/send_message/";
        assert_eq!(class(&Method::POST, send), Class::Send);
        assert_eq!(class(&Method::POST, "/api/chat/attachments/uploads/"), Class::Upload);
        assert_eq!(class(&Method::GET, "/api/chat/attachments/1/"), Class::Read);
        assert_eq!(class(&Method::GET, "/api/chat/messages/?page_size=2&search=x"), Class::Search);
        assert_eq!(class(&Method::GET, "/api/chat/messages/?search="), Class::Read);
        assert_eq!(class(&Method::PATCH, "/api/chat/messages/1/?search=x"), Class::Write);
        assert_eq!(class(&Method::GET, "/api/admin/users/"), Class::Admin);
        assert_eq!(Class::of(&Method::POST, &send.parse().unwrap(), PlatformRole::Service), Class::Service);
    }

    #[test]
    fn refusal_says_when_to_come_back_in_whole_seconds() {
        let exceeded =
            Exceeded { limit: 30, retry_after: Duration::from_millis(1001), reset: Duration::from_millis(3100) };
        let headers = refusal_headers(&exceeded);
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!([text("retry-after"), text("ratelimit-limit")], ["2", "30"]);
        assert_eq!([text("ratelimit-remaining"), text("ratelimit-reset")], ["0", "4"]);
        let soon = Exceeded { retry_after: Duration::from_nanos(1), ..exceeded };
        assert_eq!(refusal_headers(&soon)["retry-after"], "1");
    }
}
