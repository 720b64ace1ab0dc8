//! People: found by moderators, kept by them and by machines.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::error::{ErrorCode, Refusal, Validation};
use chat_protocol::ids::UserId;
use chat_protocol::limits::MAX_NAME_CHARS;
use chat_protocol::rest::{AdminUser, Page, PutUserRequest, is_text_up_to};
use chat_store::admin::users::{self, Put};
use chrono::TimeDelta;

use super::Asked;
use super::authority::{Administrator, Registrar};
use crate::app::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params, PathId};
use crate::families;
use crate::openapi::{AdminUserParams, PageParams};
use crate::paging::{Address, Slice};

/// Tokens that are made so soon after a lock-out are refused for good: gateways whose clocks differ, or that have not heard of it yet, must
/// not take them for fresh ones.
const LOCK_OUT_SLACK: TimeDelta = TimeDelta::seconds(2);

/// Everybody, or whom you look for.
#[utoipa::path(
    get,
    path = "/api/admin/users/",
    tag = "administration",
    params(AdminUserParams, PageParams),
    responses(
        (status = 200, description = "A page of them, by id", body = Page<AdminUser>),
    )
)]
pub(super) async fn list_users(
    State(app): State<Arc<App>>,
    _: Administrator,
    params: Params,
    address: Address,
) -> Result<Json<Page<AdminUser>>, ApiError> {
    let mut wrong = Validation::default();
    let search = params.text("search");
    if !search.is_none_or(|text| is_text_up_to(text, MAX_NAME_CHARS)) {
        wrong.reject("search", format!("At most {MAX_NAME_CHARS} characters."));
    }
    let asked = Asked::read(&params, wrong)?;
    let rows = app.within(users::list(app.database.pool(), search, asked.window(), asked.limit())).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), |user| user.id).into_page(&address)))
}

/// Somebody.
#[utoipa::path(
    get,
    path = "/api/admin/users/{id}/",
    tag = "administration",
    params(("id" = UserId, Path, description = "The person")),
    responses(
        (status = 200, description = "As they are now", body = AdminUser),
    )
)]
pub(super) async fn get_user(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<UserId>,
) -> Result<Json<AdminUser>, ApiError> {
    let found = app.within(users::find(app.database.pool(), id)).await?;
    found.map(Json).ok_or_else(ApiError::not_found)
}

/// Creates somebody, or replaces what others see of them (administrators and machines).
///
/// Older tokens do not take that back. With `is_active` false all tokens of the person are refused everywhere within 2 s, and the
/// sockets close; with true fresh ones count again. An administrator stays one, and is not locked out.
#[utoipa::path(
    put,
    path = "/api/admin/users/{id}/",
    tag = "administration",
    params(("id" = UserId, Path, description = "The person")),
    request_body = PutUserRequest,
    responses(
        (status = 200, description = "As they are now", body = AdminUser),
        (status = 201, description = "Never seen before", body = AdminUser),
        (status = 409, description = "A machine, or an administrator who would be locked out"),
    )
)]
pub(super) async fn put_user(
    State(app): State<Arc<App>>,
    registrar: Registrar,
    PathId(id): PathId<UserId>,
    JsonBody(request): JsonBody<PutUserRequest>,
) -> Result<(StatusCode, Json<AdminUser>), ApiError> {
    let request = request.check()?;
    let status = match app.within(users::put(app.database.pool(), id, &request, registrar.actor())).await? {
        Put::Created => StatusCode::CREATED,
        Put::Replaced => StatusCode::OK,
        Put::Refused => {
            let detail = "A machine, or an administrator: an operator takes that back first.";
            return Err(Refusal::new(ErrorCode::Conflict, detail).into());
        }
    };
    if request.is_active == Some(false) {
        families::revoke_user(&app, id, app.clock.now() + LOCK_OUT_SLACK).await?;
    }
    let found = app.within(users::find(app.database.pool(), id)).await?;
    Ok((status, Json(found.ok_or_else(ApiError::not_found)?)))
}
