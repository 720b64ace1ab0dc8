//! Blocks: between whom nothing is to pass.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::UserId;
use chat_protocol::rest::{Block, Page};
use chat_protocol::time::Timestamp;
use chat_store::blocks::{self, Window};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::blocks::tell;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::{Params, PathId};
use crate::openapi::PageParams;
use crate::paging::{Address, Cursor, Slice, page_size};

/// A block's place in the list: since when, and whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place(Timestamp, UserId);

/// What a request for the list asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    from: Option<Cursor<Place>>,
    size: usize,
}

/// Whom you have blocked, the newest first.
#[utoipa::path(
    get,
    path = "/api/chat/blocks/",
    tag = "blocks",
    params(PageParams),
    responses(
        (status = 200, description = "A page of them", body = Page<Block>),
    )
)]
pub(super) async fn list_blocks(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
    address: Address,
) -> Result<Json<Page<Block>>, ApiError> {
    let asked = Asked::read(&params)?;
    let limit = u32::try_from(asked.size).unwrap_or(u32::MAX).saturating_add(1);
    let rows = app.within(blocks::list(app.database.pool(), caller.id, asked.window(), limit)).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), Place::of).into_page(&address)))
}

/// Blocks somebody: in conversations of the two of you alone nothing passes any more, and nowhere does presence.
#[utoipa::path(
    put,
    path = "/api/chat/blocks/{user_id}/",
    tag = "blocks",
    params(("user_id" = UserId, Path, description = "The person")),
    responses(
        (status = 201, description = "The block", body = Block),
        (status = 200, description = "The block that was there", body = Block),
        (status = 400, description = "Yourself"),
    )
)]
pub(super) async fn block_user(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(user_id): PathId<UserId>,
) -> Result<(StatusCode, Json<Block>), ApiError> {
    if user_id == caller.id {
        return Err(Refusal::invalid("user_id", "Somebody else.").into());
    }
    ensure_heard(&app)?;
    let blocked = app.within(blocks::block(app.database.pool(), caller.id, user_id)).await?;
    let (block, is_new) = blocked.ok_or_else(ApiError::not_found)?;
    tell(&app, caller.id, user_id).await;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(block)))
}

/// Takes a block back.
#[utoipa::path(
    delete,
    path = "/api/chat/blocks/{user_id}/",
    tag = "blocks",
    params(("user_id" = UserId, Path, description = "The person")),
    responses(
        (status = 204, description = "There is no block of yours, or not any more"),
    )
)]
pub(super) async fn unblock_user(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(user_id): PathId<UserId>,
) -> Result<StatusCode, ApiError> {
    ensure_heard(&app)?;
    app.within(blocks::unblock(app.database.pool(), caller.id, user_id)).await?;
    tell(&app, caller.id, user_id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// A block that no gateway hears of would not hold on the sockets that are open.
fn ensure_heard(app: &App) -> Result<(), ApiError> {
    app.asker.bus().is_connected().then_some(()).ok_or(ApiError::Unavailable("nobody could be told"))
}

impl Place {
    fn of(block: &Block) -> Self {
        Self(block.created_at, block.user_id)
    }
}

impl From<Place> for blocks::Place {
    fn from(Place(created_at, user_id): Place) -> Self {
        Self { created_at: created_at.datetime(), user_id }
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
            Some(Cursor { place, is_backwards: true }) => Window::Newer(place.into()),
            from => Window::Older(from.map(|from| from.place.into())),
        }
    }
}
