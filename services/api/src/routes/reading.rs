//! What was read and what was not: mark, count.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat_protocol::ids::ConversationId;
use chat_protocol::rest::{MarkAsReadRequest, MarkedAsRead, Unread};
use chat_store::reads;

use crate::app::App;
use crate::caller::Caller;
use crate::commands;
use crate::error::ApiError;
use crate::extract::{OptionalJsonBody, PathId};

/// Marks messages as read.
///
/// Those that are named, or everything up to a place; all, if nothing is named or there is no body. Unknown, foreign and own messages are ignored.
#[utoipa::path(
    patch,
    path = "/api/chat/conversations/{id}/mark_as_read/",
    tag = "reading",
    params(("id" = ConversationId, Path, description = "The conversation")),
    request_body = Option<MarkAsReadRequest>,
    responses(
        (status = 200, description = "How many were marked, and how many are left", body = MarkedAsRead),
    )
)]
pub(super) async fn mark_as_read(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation): PathId<ConversationId>,
    OptionalJsonBody(request): OptionalJsonBody<MarkAsReadRequest>,
) -> Result<Json<MarkedAsRead>, ApiError> {
    let marks = request.check()?;
    commands::mark_as_read(&app, caller.id, conversation, marks).await.map(Json)
}

/// How much is unread of what is not muted, newest activity first.
#[utoipa::path(
    get,
    path = "/api/chat/unread/",
    tag = "reading",
    responses(
        (status = 200, description = "By conversation, and in all", body = Unread),
    )
)]
pub(super) async fn get_unread(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Unread>, ApiError> {
    app.within(reads::unread(app.database.pool(), caller.id)).await.map(Json)
}
