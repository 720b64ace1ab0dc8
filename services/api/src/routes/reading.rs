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

/// `PATCH /api/chat/conversations/{id}/mark_as_read/`
pub(super) async fn mark_as_read(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation): PathId<ConversationId>,
    OptionalJsonBody(request): OptionalJsonBody<MarkAsReadRequest>,
) -> Result<Json<MarkedAsRead>, ApiError> {
    let marks = request.check()?;
    commands::mark_as_read(&app, caller.id, conversation, marks).await.map(Json)
}

/// `GET /api/chat/unread/`
pub(super) async fn get_unread(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Unread>, ApiError> {
    app.within(reads::unread(app.database.pool(), caller.id)).await.map(Json)
}
