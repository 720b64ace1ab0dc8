//! The table of routes, and what holds for all of them.

mod admin;
mod all_messages;
mod attachments;
mod auth;
mod blocks;
mod content;
mod conversations;
mod messages;
mod participants;
mod presence;
mod push;
mod reading;
mod reports;
mod search;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_runtime::lifecycle::Readiness;
use chat_runtime::ops::health_router;
use chat_runtime::origins::cors;
use tower::ServiceExt as _;
use tower::util::MapRequest;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::error::ApiError;
use crate::limits::limit;
use crate::observe::{answer_panic, observe};
use crate::openapi::{self, DocumentText};
use crate::web::Web;

/// The whole public port, for requests with bodies of any kind.
pub(crate) type PublicService<B> = MapRequest<Router, fn(Request<B>) -> Request<B>>;

/// Builds the public port. Paths stand as in the contract; [`with_canonical_path`] finds them with and without the slash.
pub(crate) fn service<B>(app: Arc<App>, readiness: Readiness, web: Option<Web>) -> PublicService<B>
where
    Router: tower::Service<Request<B>>,
{
    router(app, readiness, web).map_request(with_canonical_path)
}

fn router(app: Arc<App>, readiness: Readiness, web: Option<Web>) -> Router {
    let (calls, document) = table().split_for_parts();
    let document = DocumentText::from(&openapi::complete(document));
    let browsers = from_fn_with_state(app.origins.cors_layer(), cors);
    let limits = from_fn_with_state(Arc::clone(&app), limit);
    calls
        .route("/api/docs/", get(openapi::get_docs_page))
        .route("/api/docs/{file}/", get(openapi::get_docs_file))
        .layer(Extension(document))
        .with_state(app)
        .merge(health_router(readiness))
        .fallback(get_page)
        .method_not_allowed_fallback(async || {
            ApiError::from(Refusal::new(ErrorCode::MethodNotAllowed, "Not with this method."))
        })
        .layer(Extension(web.map(Arc::new)))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(limits)
        .layer(browsers)
        .layer(from_fn(observe))
}

/// What is no call of the api: the web page, where there is one.
async fn get_page(web: Extension<Option<Arc<Web>>>, request: Request) -> Response {
    let found = match web.0 {
        Some(web) => web.find(request).await,
        None => None,
    };
    found.unwrap_or_else(|| ApiError::not_found().into_response())
}

/// What is said of every call.
#[cfg(test)]
pub(crate) fn document() -> DocumentText {
    DocumentText::from(&openapi::complete(table().into_openapi()))
}

/// Every call of the api: where it is stands with its handler, and so does what the document says of it.
fn table() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .routes(routes!(auth::register))
        .routes(routes!(auth::tokens::create_token))
        .routes(routes!(auth::tokens::refresh_token))
        .routes(routes!(auth::tokens::log_out))
        .routes(routes!(auth::tickets::create_ticket))
        .routes(routes!(auth::get_me))
        .routes(routes!(conversations::list_conversations, conversations::create_conversation))
        .routes(routes!(
            conversations::get_conversation,
            conversations::update_conversation,
            conversations::delete_conversation
        ))
        .routes(routes!(participants::list_participants, participants::add_participants))
        .routes(routes!(participants::change_participant, participants::remove_participant))
        .routes(routes!(reading::mark_as_read))
        .routes(routes!(reading::get_unread))
        .routes(routes!(messages::list_messages))
        .routes(routes!(messages::list_events))
        .routes(routes!(messages::send_message))
        .routes(routes!(messages::get_message, content::edit_message, content::delete_message))
        .routes(routes!(content::add_reaction, content::remove_reaction))
        .routes(routes!(reports::report_message))
        .routes(routes!(blocks::list_blocks))
        .routes(routes!(blocks::block_user, blocks::unblock_user))
        .routes(routes!(all_messages::list_all_messages))
        .routes(routes!(presence::list_presence, presence::set_presence))
        .routes(routes!(attachments::upload_attachment))
        .routes(routes!(attachments::begin_direct_upload))
        .routes(routes!(attachments::complete_direct_upload))
        .routes(routes!(attachments::get_attachment))
        .routes(routes!(attachments::get_thumbnail))
        .routes(routes!(push::get_push_key))
        .routes(routes!(push::list_push_subscriptions, push::subscribe_to_push))
        .routes(routes!(push::unsubscribe_from_push))
        .routes(routes!(openapi::get_schema))
        .merge(admin::table())
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
