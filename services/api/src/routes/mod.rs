//! The table of routes, and what holds for all of them.

mod all_messages;
mod auth;
mod conversations;
mod messages;
mod participants;
mod presence;
mod reading;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::from_fn;
use axum::routing::{get, patch, post};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_runtime::lifecycle::Readiness;
use chat_runtime::ops::health_router;
use tower::ServiceExt as _;
use tower::util::MapRequest;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::error::ApiError;
use crate::observe::{answer_panic, observe};

/// The whole public port, for requests with bodies of any kind.
pub(crate) type PublicService<B> = MapRequest<Router, fn(Request<B>) -> Request<B>>;

/// Builds the public port. Paths stand as in the contract; [`with_canonical_path`] finds them with and without the slash.
pub(crate) fn service<B>(app: Arc<App>, readiness: Readiness) -> PublicService<B>
where
    Router: tower::Service<Request<B>>,
{
    let router = Router::new()
        .route("/api/auth/register/", post(auth::register))
        .route("/api/auth/token/", post(auth::create_token))
        .route("/api/auth/token/refresh/", post(auth::refresh_token))
        .route("/api/auth/logout/", post(auth::log_out))
        .route("/api/auth/ticket/", post(auth::create_ticket))
        .route("/api/auth/me/", get(auth::get_me))
        .route(
            "/api/chat/conversations/",
            get(conversations::list_conversations).post(conversations::create_conversation),
        )
        .route(
            "/api/chat/conversations/{id}/",
            get(conversations::get_conversation)
                .patch(conversations::update_conversation)
                .delete(conversations::delete_conversation),
        )
        .route(
            "/api/chat/conversations/{id}/participants/",
            get(participants::list_participants).post(participants::add_participants),
        )
        .route(
            "/api/chat/conversations/{id}/participants/{user_id}/",
            patch(participants::change_participant).delete(participants::remove_participant),
        )
        .route("/api/chat/conversations/{id}/mark_as_read/", patch(reading::mark_as_read))
        .route("/api/chat/unread/", get(reading::get_unread))
        .route("/api/chat/conversations/{id}/messages/", get(messages::list_messages))
        .route("/api/chat/conversations/{id}/events/", get(messages::list_events))
        .route("/api/chat/conversations/{id}/send_message/", post(messages::send_message))
        .route("/api/chat/messages/", get(all_messages::list_all_messages))
        .route("/api/chat/messages/{id}/", get(messages::get_message))
        .route("/api/chat/presence/", get(presence::list_presence).patch(presence::set_presence))
        .with_state(app)
        .merge(health_router(readiness))
        .fallback(async || ApiError::not_found())
        .method_not_allowed_fallback(async || {
            ApiError::from(Refusal::new(ErrorCode::MethodNotAllowed, "Not with this method."))
        })
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn(observe));
    router.map_request(with_canonical_path)
}

/// Gives a path of the api its closing slash and takes it from any other, so that all are found with and without.
fn with_canonical_path<B>(mut request: Request<B>) -> Request<B> {
    if let Some(uri) = canonical(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

/// The address with its path in order, unless it is.
fn canonical(uri: &Uri) -> Option<Uri> {
    let (path, query) = (uri.path(), uri.query());
    let path = match (path.starts_with("/api/"), path.strip_suffix('/')) {
        (true, None) => format!("{path}/"),
        (false, Some(rest)) if !rest.is_empty() => rest.to_owned(),
        _ => return None,
    };
    let path_and_query = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.parse::<PathAndQuery>().ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests;
