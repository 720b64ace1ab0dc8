//! Conversations: list, begin, read, change, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::command::{CommandBody, DeleteConversation, UpdateConversation};
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::ConversationId;
use chat_protocol::rest::{Conversation, ConversationChanges, CreateConversationRequest, Page};
use chat_store::conversations::{self, ListFilter, ListPosition, ListWindow};
use chat_store::{admin, users};
use chrono::DateTime;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::{Author, Caller, ServiceCaller};
use crate::commands;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params, PathId};
use crate::openapi::{ListParams, PageParams};
use crate::paging::{Address, Cursor, Slice, page_size};
use crate::presence;

/// A row's place in the list: its last activity in microseconds since 1970, and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place(i64, ConversationId);

/// What a request for the list asks for.
#[derive(Debug, PartialEq, Eq)]
struct List {
    filter: ListFilter,
    window: ListWindow,
    from: Option<Cursor<Place>>,
    size: usize,
}

/// Your conversations, newest activity first.
///
/// Those that you put away come back when something new is said in them.
#[utoipa::path(
    get,
    path = "/api/chat/conversations/",
    tag = "conversations",
    params(ListParams, PageParams),
    responses(
        (status = 200, description = "A page of them", body = Page<Conversation>),
    )
)]
pub(super) async fn list_conversations(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
    address: Address,
) -> Result<Json<Page<Conversation>>, ApiError> {
    let list = List::read(&params)?;
    let limit = u32::try_from(list.size).unwrap_or(u32::MAX).saturating_add(1);
    let rows = conversations::list(app.database.pool(), caller.id, &list.filter, list.window, limit);
    let mut rows = app.within(rows).await?;
    presence::fill(&app, caller.id, &mut rows).await;
    let slice = Slice::cut(rows, list.size, list.from.as_ref(), Place::of);
    Ok(Json(slice.into_page(&address)))
}

/// Begins a conversation, or finds the one there is.
///
/// A direct conversation of the same two people exists once, and so does a job conversation of the same job and people. A machine
/// begins it for others: it names their owner, and says who those are who were never seen.
#[utoipa::path(
    post,
    path = "/api/chat/conversations/",
    tag = "conversations",
    request_body = CreateConversationRequest,
    responses(
        (status = 201, description = "It began", body = Conversation),
        (status = 200, description = "It was there", body = Conversation),
        (status = 403, description = "`owner_id` and `users` are for machines alone"),
    )
)]
pub(super) async fn create_conversation(
    State(app): State<Arc<App>>,
    author: Author,
    JsonBody(request): JsonBody<CreateConversationRequest>,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let max_participants = usize::try_from(app.limits.max_participants).unwrap_or(usize::MAX);
    let caller = match author {
        Author::Person(caller) => caller,
        Author::Service(service) => return create_for_others(&app, service, request, max_participants).await,
    };
    if request.is_of_machine(caller.id) {
        return Err(ApiError::permission_denied());
    }
    let new = request.check(caller.id, max_participants)?;
    let committed = commands::create_conversation(&app, caller.id, None, new).await?;
    let found = app.within(conversations::find(app.database.pool(), caller.id, committed.id)).await;
    // It is committed: whoever repeats the request finds it.
    let mut conversation = found.map_err(|_| ApiError::OutcomeUnknown(None))?.ok_or_else(ApiError::not_found)?;
    presence::fill(&app, caller.id, std::slice::from_mut(&mut conversation)).await;
    let status = if committed.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(conversation)))
}

/// What a machine begins is answered as somebody sees it who takes no part and never looked inside.
async fn create_for_others(
    app: &App,
    service: ServiceCaller,
    request: CreateConversationRequest,
    max_participants: usize,
) -> Result<(StatusCode, Json<Conversation>), ApiError> {
    let (new, owner, people) = request.check_of_machine(max_participants)?;
    app.within(users::insert_new(app.database.pool(), &people)).await?;
    let committed = commands::create_conversation(app, service.id, Some(owner), new).await?;
    let found = app.within(admin::conversations::find(app.database.pool(), committed.id)).await;
    let begun = found.map_err(|_| ApiError::OutcomeUnknown(None))?.ok_or_else(ApiError::not_found)?;
    let status = if committed.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(begun.from_outside())))
}

/// One of your conversations.
#[utoipa::path(
    get,
    path = "/api/chat/conversations/{id}/",
    tag = "conversations",
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 200, description = "As you see it", body = Conversation),
    )
)]
pub(super) async fn get_conversation(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<ConversationId>,
) -> Result<Json<Conversation>, ApiError> {
    let found = app.within(conversations::find(app.database.pool(), caller.id, id)).await?;
    let mut conversation = found.ok_or_else(ApiError::not_found)?;
    presence::fill(&app, caller.id, std::slice::from_mut(&mut conversation)).await;
    Ok(Json(conversation))
}

/// Changes title, job or metadata (owner and admins), or how you keep it: all of it or nothing.
#[utoipa::path(
    patch,
    path = "/api/chat/conversations/{id}/",
    tag = "conversations",
    params(("id" = ConversationId, Path, description = "The conversation")),
    request_body = ConversationChanges,
    responses(
        (status = 200, description = "As you see it now", body = Conversation),
        (status = 403, description = "Not with your role"),
    )
)]
pub(super) async fn update_conversation(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation_id): PathId<ConversationId>,
    JsonBody(changes): JsonBody<ConversationChanges>,
) -> Result<Json<Conversation>, ApiError> {
    changes.check()?;
    let actor_id = caller.id;
    if changes != ConversationChanges::default() {
        commands::carry_out(&app, |not_after| {
            let update = UpdateConversation { conversation_id, actor_id, changes, not_after };
            CommandBody::UpdateConversation(Box::new(update))
        })
        .await?;
    }
    let found = app.within(conversations::find(app.database.pool(), caller.id, conversation_id)).await;
    // It is committed: whoever looks again sees it.
    let mut conversation = found.map_err(|_| ApiError::OutcomeUnknown(None))?.ok_or_else(ApiError::not_found)?;
    presence::fill(&app, caller.id, std::slice::from_mut(&mut conversation)).await;
    Ok(Json(conversation))
}

/// Deletes a group for all (owner), or puts a direct or job conversation away for you.
///
/// What was put away is in your list again when something new is said in it, or when you ask for it by POST.
#[utoipa::path(
    delete,
    path = "/api/chat/conversations/{id}/",
    tag = "conversations",
    params(("id" = ConversationId, Path, description = "The conversation")),
    responses(
        (status = 204, description = "Deleted, or put away"),
        (status = 403, description = "Not with your role"),
    )
)]
pub(super) async fn delete_conversation(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation_id): PathId<ConversationId>,
) -> Result<StatusCode, ApiError> {
    let actor_id = caller.id;
    commands::carry_out(&app, |not_after| {
        CommandBody::DeleteConversation(DeleteConversation { conversation_id, actor_id, not_after })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Place {
    fn of(row: &Conversation) -> Self {
        Self(row.updated_at.datetime().timestamp_micros(), row.id)
    }

    fn position(self) -> Option<ListPosition> {
        DateTime::from_timestamp_micros(self.0).map(|updated_at| ListPosition { updated_at, id: self.1 })
    }
}

impl List {
    fn read(params: &Params) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        let filter = ListFilter {
            job_id: params.text("job_id").map(str::to_owned),
            participant: params.parsed("participant", "A user id.", &mut wrong),
            search: params.text("search").map(str::to_owned),
            archived: params.flag("archived", &mut wrong),
            unread: params.flag("unread", &mut wrong),
        };
        let from = Cursor::<Place>::read(params, &mut wrong);
        let size = page_size(params, &mut wrong);
        let position = from.and_then(|from| from.place.position());
        if from.is_some() && position.is_none() {
            wrong.reject("cursor", "Not a cursor of this list.");
        }
        wrong.finish()?;
        let window = match (from, position) {
            (Some(Cursor { is_backwards: true, .. }), Some(position)) => ListWindow::Newer(position),
            _ => ListWindow::Older(position),
        };
        Ok(Self { filter, window, from, size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<List, Refusal> {
        List::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn filters_are_read() {
        let list =
            read(&[("job_id", "7"), ("participant", "2"), ("search", "a b"), ("archived", "false"), ("unread", "1")])
                .unwrap();
        let ListFilter { job_id, participant, search, archived, unread } = list.filter;
        assert_eq!((job_id.as_deref(), search.as_deref()), (Some("7"), Some("a b")));
        assert_eq!((participant, archived, unread), ("2".parse().ok(), Some(false), Some(true)));
        assert_eq!((list.window, list.size), (ListWindow::Older(None), 50));
    }

    #[test]
    fn wrong_filters_are_named_together() {
        let refusal = read(&[("participant", "x"), ("archived", "maybe"), ("page_size", "0"), ("cursor", "x")]);
        let errors = refusal.unwrap_err().errors;
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["archived", "cursor", "page_size", "participant"]);
    }
}
