//! Who takes part in a conversation: list, let in, give another role, remove.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::command::{AddParticipants, ChangeParticipant, CommandBody, RemoveParticipant};
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rest::{
    AddParticipantsRequest, ChangeParticipantRequest, ConversationRole, Page, Participant, Participants,
};
use chat_store::participants::{self, EVERYBODY, Entry, Roll, Window};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::caller::Caller;
use crate::commands;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params, PathId, PathIds};
use crate::openapi::PageParams;
use crate::paging::{Address, Cursor, Slice, page_size};
use crate::presence::{self, Gathering};

/// A participant's place in the list: entry, role, id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place(Seq, ConversationRole, UserId);

/// What a request for the list asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    from: Option<Cursor<Place>>,
    size: usize,
}

/// Who takes part, the longest-serving first.
#[utoipa::path(
    get,
    path = "/api/chat/conversations/{id}/participants/",
    tag = "participants",
    params(("id" = ConversationId, Path, description = "The conversation"), PageParams),
    responses(
        (status = 200, description = "A page of them", body = Page<Participant>),
    )
)]
pub(super) async fn list_participants(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<ConversationId>,
    params: Params,
    address: Address,
) -> Result<Json<Page<Participant>>, ApiError> {
    let asked = Asked::read(&params)?;
    let limit = u32::try_from(asked.size).unwrap_or(u32::MAX).saturating_add(1);
    let roll = participants::list(app.database.pool(), caller.id, id, asked.window(), limit);
    let Roll { kind, participant_count, entries } = app.within(roll).await?.ok_or_else(ApiError::not_found)?;
    let page = Slice::cut(entries, asked.size, asked.from.as_ref(), Place::of).into_page(&address);
    let mut results: Vec<_> = page.results.into_iter().map(|entry| entry.participant).collect();
    presence::fill_people(&app, caller.id, Gathering { kind, participant_count }, &mut results).await;
    Ok(Json(Page { next: page.next, previous: page.previous, results }))
}

/// Lets people in: the owner anybody, admins members only. Newcomers see the history.
#[utoipa::path(
    post,
    path = "/api/chat/conversations/{id}/participants/",
    tag = "participants",
    params(("id" = ConversationId, Path, description = "The conversation")),
    request_body = AddParticipantsRequest,
    responses(
        (status = 201, description = "All who take part now", body = Participants),
        (status = 403, description = "Not with your role"),
        (status = 409, description = "The pair of a direct conversation is fixed"),
    )
)]
pub(super) async fn add_participants(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(conversation_id): PathId<ConversationId>,
    JsonBody(request): JsonBody<AddParticipantsRequest>,
) -> Result<(StatusCode, Json<Participants>), ApiError> {
    let (user_ids, role) = request.check()?;
    let actor_id = caller.id;
    commands::carry_out(&app, |not_after| {
        CommandBody::AddParticipants(AddParticipants { conversation_id, actor_id, user_ids, role, not_after })
    })
    .await?;
    let all = participants::list(app.database.pool(), caller.id, conversation_id, Window::After(None), EVERYBODY);
    let participants = shown(&app, caller, app.within(all).await).await?;
    Ok((StatusCode::CREATED, Json(Participants { participants })))
}

/// Gives somebody another role (owner). Making another the owner makes you an admin.
#[utoipa::path(
    patch,
    path = "/api/chat/conversations/{id}/participants/{user_id}/",
    tag = "participants",
    params(("id" = ConversationId, Path, description = "The conversation"), ("user_id" = UserId, Path, description = "The person")),
    request_body = ChangeParticipantRequest,
    responses(
        (status = 200, description = "As it is now", body = Participant),
        (status = 403, description = "Not with your role"),
        (status = 409, description = "Not in a direct conversation, and not the owner's own role"),
    )
)]
pub(super) async fn change_participant(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(conversation_id, user_id): PathIds<ConversationId, UserId>,
    JsonBody(ChangeParticipantRequest { role }): JsonBody<ChangeParticipantRequest>,
) -> Result<Json<Participant>, ApiError> {
    let actor_id = caller.id;
    commands::carry_out(&app, |not_after| {
        CommandBody::ChangeParticipant(ChangeParticipant { conversation_id, actor_id, user_id, role, not_after })
    })
    .await?;
    let one = participants::find(app.database.pool(), caller.id, conversation_id, user_id);
    let mut changed = shown(&app, caller, app.within(one).await).await?;
    changed.pop().map(Json).ok_or_else(ApiError::not_found)
}

/// Removes somebody, or lets you leave. The owner removes anybody, admins members.
///
/// An owner that leaves hands over to the longest-serving admin, else member.
#[utoipa::path(
    delete,
    path = "/api/chat/conversations/{id}/participants/{user_id}/",
    tag = "participants",
    params(("id" = ConversationId, Path, description = "The conversation"), ("user_id" = UserId, Path, description = "The person")),
    responses(
        (status = 204, description = "Takes part no longer"),
        (status = 403, description = "Not with your role"),
        (status = 409, description = "The pair of a direct conversation is fixed"),
    )
)]
pub(super) async fn remove_participant(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathIds(conversation_id, user_id): PathIds<ConversationId, UserId>,
) -> Result<StatusCode, ApiError> {
    let actor_id = caller.id;
    commands::carry_out(&app, |not_after| {
        CommandBody::RemoveParticipant(RemoveParticipant { conversation_id, actor_id, user_id, not_after })
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The people of a conversation that was changed just now, with presence. What was changed is committed, read or not.
async fn shown(app: &App, caller: Caller, read: Result<Option<Roll>, ApiError>) -> Result<Vec<Participant>, ApiError> {
    let roll = read.map_err(|_| ApiError::OutcomeUnknown(None))?.ok_or_else(ApiError::not_found)?;
    let Roll { kind, participant_count, entries } = roll;
    let mut people: Vec<_> = entries.into_iter().map(|entry| entry.participant).collect();
    presence::fill_people(app, caller.id, Gathering { kind, participant_count }, &mut people).await;
    Ok(people)
}

impl Place {
    fn of(entry: &Entry) -> Self {
        Self(entry.place.joined_seq, entry.place.role, entry.place.user_id)
    }
}

impl From<Place> for participants::Place {
    fn from(Place(joined_seq, role, user_id): Place) -> Self {
        Self { joined_seq, role, user_id }
    }
}

impl Asked {
    fn read(params: &Params) -> Result<Self, Refusal> {
        let mut wrong = Validation::default();
        let asked = Self { from: Cursor::read(params, &mut wrong), size: page_size(params, &mut wrong) };
        wrong.finish()?;
        Ok(asked)
    }

    fn window(&self) -> Window {
        match self.from {
            Some(Cursor { place, is_backwards: true }) => Window::Before(place.into()),
            from => Window::After(from.map(|from| from.place.into())),
        }
    }
}
