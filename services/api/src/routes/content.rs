//! What is done to messages after they were said: edits, deletions, reactions. The database decides who may.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::command::{CommandBody, DeleteMessage, EditMessage, SetReaction};
use chat_protocol::ids::MessageId;
use chat_protocol::message::Message;
use chat_protocol::rest::{EditMessageRequest, Emoji};
use chat_store::messages;

use crate::app::App;
use crate::caller::Caller;
use crate::commands;
use crate::error::ApiError;
use crate::extract::{JsonBody, PathId, PathIds};
use crate::moderation;

/// Changes the text of your own message, as long as it is not too old.
#[utoipa::path(
    patch,
    path = "/api/chat/messages/{id}/",
    tag = "messages",
    params(("id" = MessageId, Path, description = "The message")),
    request_body = EditMessageRequest,
    responses(
        (status = 200, description = "As it is now", body = Message),
        (status = 403, description = "It is not yours, or one of the two of you has blocked the other, or a moderator refused it"),
        (status = 409, description = "It is deleted, or too old"),
    )
)]
pub(super) async fn edit_message(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(message_id): PathId<MessageId>,
    JsonBody(request): JsonBody<EditMessageRequest>,
) -> Result<Json<Message>, ApiError> {
    let message = find(&app, caller, message_id).await?;
    let max_bytes = usize::try_from(app.limits.max_content_bytes).unwrap_or(usize::MAX);
    let content = request.check(max_bytes, !message.attachments.is_empty())?;
    let content = moderation::judge_edit(&app, caller.id, &message, content).await?;
    let (conversation_id, actor_id) = (message.conversation_id, caller.id);
    let window_secs = app.limits.edit_window_secs;
    commands::carry_out(&app, |not_after| {
        CommandBody::EditMessage(EditMessage { conversation_id, message_id, actor_id, content, window_secs, not_after })
    })
    .await?;
    shown(&app, caller, message_id).await
}

/// Deletes a message for all: your own, or any as owner or admin of the conversation.
///
/// A tombstone stays in its place. Its text is nowhere any more.
#[utoipa::path(
    delete,
    path = "/api/chat/messages/{id}/",
    tag = "messages",
    params(("id" = MessageId, Path, description = "The message")),
    responses(
        (status = 204, description = "It is deleted, now or before"),
        (status = 403, description = "Not with your role"),
    )
)]
pub(super) async fn delete_message(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(message_id): PathId<MessageId>,
) -> Result<StatusCode, ApiError> {
    let (conversation_id, actor_id) = (find(&app, caller, message_id).await?.conversation_id, caller.id);
    commands::carry_out(&app, |not_after| {
        CommandBody::DeleteMessage(DeleteMessage { conversation_id, message_id, actor_id, not_after })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts a reaction of yours on a message.
#[utoipa::path(
    put,
    path = "/api/chat/messages/{id}/reactions/{emoji}/",
    tag = "messages",
    params(
        ("id" = MessageId, Path, description = "The message"),
        ("emoji" = String, Path, description = "One emoji or several, percent-encoded", example = "👍"),
    ),
    responses(
        (status = 200, description = "The message; the reaction is there, now or before", body = Message),
        (status = 400, description = "No emoji"),
        (status = 403, description = "One of the two of you has blocked the other"),
        (status = 409, description = "It is deleted, or has 20 other kinds of reactions"),
    )
)]
pub(super) async fn add_reaction(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(message_id, emoji): PathIds<MessageId, String>,
) -> Result<Json<Message>, ApiError> {
    set_reaction(&app, caller, message_id, emoji, true).await?;
    shown(&app, caller, message_id).await
}

/// Takes a reaction of yours back.
#[utoipa::path(
    delete,
    path = "/api/chat/messages/{id}/reactions/{emoji}/",
    tag = "messages",
    params(
        ("id" = MessageId, Path, description = "The message"),
        ("emoji" = String, Path, description = "The same emoji, percent-encoded", example = "👍"),
    ),
    responses(
        (status = 204, description = "It is not there, or not any more"),
        (status = 400, description = "No emoji"),
    )
)]
pub(super) async fn remove_reaction(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(message_id, emoji): PathIds<MessageId, String>,
) -> Result<StatusCode, ApiError> {
    set_reaction(&app, caller, message_id, emoji, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_reaction(
    app: &App,
    caller: Caller,
    message_id: MessageId,
    emoji: String,
    is_set: bool,
) -> Result<(), ApiError> {
    let emoji = Emoji::check(emoji)?.into_string();
    let (conversation_id, actor_id) = (find(app, caller, message_id).await?.conversation_id, caller.id);
    commands::carry_out(app, |not_after| {
        CommandBody::SetReaction(SetReaction { conversation_id, message_id, actor_id, emoji, is_set, not_after })
    })
    .await
}

/// The message, if the caller takes part in its conversation.
async fn find(app: &App, caller: Caller, id: MessageId) -> Result<Message, ApiError> {
    let found = app.within(messages::find(app.database.pool(), caller.id, id)).await?;
    found.ok_or_else(ApiError::not_found)
}

/// The message that was changed just now. What was changed is committed, read or not.
async fn shown(app: &App, caller: Caller, id: MessageId) -> Result<Json<Message>, ApiError> {
    let found = app.within(messages::find(app.database.pool(), caller.id, id)).await;
    found.map_err(|_| ApiError::OutcomeUnknown(None))?.map(Json).ok_or_else(ApiError::not_found)
}
