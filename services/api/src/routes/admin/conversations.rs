//! Conversations as moderators look into them, and messages that they delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::command::{CommandBody, DeleteMessage};
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::{ConversationId, MessageId};
use chat_protocol::message::Message;
use chat_protocol::rest::{AdminConversation, Page};
use chat_store::admin::conversations::{self, Filter};

use super::Asked;
use super::authority::Administrator;
use crate::app::App;
use crate::commands;
use crate::error::ApiError;
use crate::extract::{Params, PathId};
use crate::history::History;
use crate::openapi::{AdminConversationParams, HistoryParams, PageParams};
use crate::paging::{Address, Slice};
use crate::routes::messages::LogPage;

/// All conversations that are not deleted, the newest first.
#[utoipa::path(
    get,
    path = "/api/admin/conversations/",
    tag = "administration",
    params(AdminConversationParams, PageParams),
    responses(
        (status = 200, description = "A page of them", body = Page<AdminConversation>),
    )
)]
pub(super) async fn list_all_conversations(
    State(app): State<Arc<App>>,
    _: Administrator,
    params: Params,
    address: Address,
) -> Result<Json<Page<AdminConversation>>, ApiError> {
    let mut wrong = Validation::default();
    let participant = params.parsed("participant", "A user id.", &mut wrong);
    let filter = Filter { participant, job_id: params.text("job_id").map(str::to_owned) };
    let asked = Asked::read(&params, wrong)?;
    let rows = app.within(conversations::list(app.database.pool(), &filter, asked.window(), asked.limit())).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), |row| row.id).into_page(&address)))
}

/// Any conversation that is not deleted.
#[utoipa::path(
    get,
    path = "/api/admin/conversations/{id}/",
    tag = "administration",
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 200, description = "As nobody in particular sees it", body = AdminConversation),
    )
)]
pub(super) async fn get_any_conversation(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<AdminConversation>, ApiError> {
    let found = app.within(conversations::find(app.database.pool(), id)).await?;
    found.map(Json).ok_or_else(ApiError::not_found)
}

/// What was said in a conversation, newest first; deleted messages are tombstones.
#[utoipa::path(
    get,
    path = "/api/admin/conversations/{id}/messages/",
    tag = "administration",
    params(("id" = ConversationId, Path, description = "The conversation"), HistoryParams, PageParams),
    responses(
        (status = 200, description = "A page of it", body = Page<Message>),
    )
)]
pub(super) async fn list_messages_of_any(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<ConversationId>,
    params: Params,
    address: Address,
) -> Result<Json<Page<Message>>, ApiError> {
    let asked = History::read(&params)?;
    if asked.around().is_some() {
        return Err(Refusal::invalid("around", "Not here: use before_seq and after_seq.").into());
    }
    let (window, limit) = asked.window();
    let rows = app.within(conversations::list_messages(app.database.pool(), id, window, limit)).await?;
    Ok(Json(asked.page(rows.ok_or_else(ApiError::not_found)?).into_page(&address)))
}

/// The whole log of a conversation as frames, oldest first; texts of deleted messages are blank.
#[utoipa::path(
    get,
    path = "/api/admin/conversations/{id}/events/",
    tag = "administration",
    params(("id" = ConversationId, Path, description = "The conversation"), HistoryParams, PageParams),
    responses(
        (status = 200, description = "A page of it, and the ends of the log", body = LogPage),
    )
)]
pub(super) async fn list_events_of_any(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<ConversationId>,
    params: Params,
    address: Address,
) -> Result<Json<LogPage>, ApiError> {
    LogPage::read(&app, id, None, &History::read_log(&params)?, &address).await.map(Json)
}

/// Deletes a message for all, whoever said it.
///
/// A tombstone stays in its place. Reports of it keep what it said.
#[utoipa::path(
    delete,
    path = "/api/admin/messages/{id}/",
    tag = "administration",
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 204, description = "It is deleted, now or before"),
    )
)]
pub(super) async fn moderate_message(
    State(app): State<Arc<App>>,
    administrator: Administrator,
    PathId(message_id): PathId<MessageId>,
) -> Result<StatusCode, ApiError> {
    let found = app.within(conversations::find_message(app.database.pool(), message_id)).await?;
    let conversation_id = found.ok_or_else(ApiError::not_found)?.conversation_id;
    let actor_id = administrator.id();
    commands::carry_out(&app, |not_after| {
        CommandBody::ModerateMessage(DeleteMessage { conversation_id, message_id, actor_id, not_after })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
