//! Webhooks as administrators keep them. What is on its way to them can be seen, and begun anew, by machines too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::error::{ErrorCode, Refusal, Validation};
use chat_protocol::ids::{DeliveryId, WebhookId};
use chat_protocol::rest::{
    CreateWebhookRequest, Page, RedeliverRequest, Redelivered, Webhook, WebhookChanges, WebhookDelivery,
};
use chat_store::webhooks::deliveries::REDELIVERED_AT_ONCE;
use chat_store::webhooks::{self, NewEndpoint, deliveries};

use super::Asked;
use super::authority::{Administrator, Registrar};
use crate::app::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params, PathId, PathIds};
use crate::openapi::{DeliveryParams, PageParams};
use crate::paging::{Address, Slice};
use crate::webhooks::signing;

/// All webhooks, the newest first.
#[utoipa::path(
    get,
    path = "/api/admin/webhooks/",
    tag = "administration",
    params(PageParams),
    responses((status = 200, description = "A page of them", body = Page<Webhook>))
)]
pub(super) async fn list_webhooks(
    State(app): State<Arc<App>>,
    _: Registrar,
    params: Params,
    address: Address,
) -> Result<Json<Page<Webhook>>, ApiError> {
    let asked = Asked::read(&params, Validation::default())?;
    let rows = app.within(webhooks::list(app.database.pool(), asked.window(), asked.limit())).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), |row| row.id).into_page(&address)))
}

/// A new webhook: it gets what is stored from now on.
///
/// Its secret is in this answer alone.
#[utoipa::path(
    post,
    path = "/api/admin/webhooks/",
    tag = "administration",
    request_body = CreateWebhookRequest,
    responses(
        (status = 201, description = "It is there", body = Webhook),
        (status = 409, description = "There are as many as there may be"),
    )
)]
pub(super) async fn create_webhook(
    State(app): State<Arc<App>>,
    _: Administrator,
    JsonBody(request): JsonBody<CreateWebhookRequest>,
) -> Result<(StatusCode, Json<Webhook>), ApiError> {
    let mut wrong = Validation::default();
    request.check(&mut wrong);
    let key = match &request.secret {
        None => Some(signing::draw()),
        Some(secret) => signing::read(&secret.0),
    };
    if key.is_none() {
        wrong.reject("secret", "whsec_ and 24 to 64 bytes in base64.");
    }
    let url = check_address(&app, &request.url, &mut wrong).await;
    wrong.finish()?;
    let (Some(url), Some(key)) = (url, key) else { return Err(ApiError::not_found()) };
    let endpoint =
        NewEndpoint { url: &url, events: request.events.as_deref(), description: &request.description, key: &key };
    let made = app.within(webhooks::create(app.database.pool(), endpoint)).await?;
    let made = made.ok_or_else(|| {
        Refusal::new(ErrorCode::Conflict, format!("There are {} webhooks already.", webhooks::MAX_ENDPOINTS))
    })?;
    Ok((StatusCode::CREATED, Json(webhooks::showing(made, signing::write(&key)))))
}

/// A webhook.
#[utoipa::path(
    get,
    path = "/api/admin/webhooks/{id}/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, description = "As it stands; without its secret", body = Webhook))
)]
pub(super) async fn get_webhook(
    State(app): State<Arc<App>>,
    _: Registrar,
    PathId(id): PathId<WebhookId>,
) -> Result<Json<Webhook>, ApiError> {
    find(&app, id).await.map(Json)
}

/// Changes a webhook: what is absent stays.
///
/// One that is enabled again gets what was waiting for it, and what is stored from now on; what was stored meanwhile it does not get.
#[utoipa::path(
    patch,
    path = "/api/admin/webhooks/{id}/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = WebhookChanges,
    responses((status = 200, description = "As it stands now", body = Webhook))
)]
pub(super) async fn change_webhook(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<WebhookId>,
    JsonBody(mut changes): JsonBody<WebhookChanges>,
) -> Result<Json<Webhook>, ApiError> {
    let mut wrong = Validation::default();
    changes.check(&mut wrong);
    if let Some(url) = changes.url.take() {
        changes.url = check_address(&app, &url, &mut wrong).await;
    }
    wrong.finish()?;
    let found = app.within(webhooks::change(app.database.pool(), id, &changes)).await?;
    found.map(Json).ok_or_else(ApiError::not_found)
}

/// Removes a webhook, and what was on its way to it.
#[utoipa::path(
    delete,
    path = "/api/admin/webhooks/{id}/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 204, description = "It is gone"))
)]
pub(super) async fn delete_webhook(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<WebhookId>,
) -> Result<StatusCode, ApiError> {
    let was_there = app.within(webhooks::delete(app.database.pool(), id)).await?;
    if was_there { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found()) }
}

/// Gives a webhook another secret.
///
/// For a day the one before signs beside it, so that receivers can change theirs. The secret is in this answer alone.
#[utoipa::path(
    post,
    path = "/api/admin/webhooks/{id}/rotate-secret/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses((status = 200, description = "With its new secret", body = Webhook))
)]
pub(super) async fn rotate_secret(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<WebhookId>,
) -> Result<Json<Webhook>, ApiError> {
    let key = signing::draw();
    let overlap = app.webhooks.settings.secret_overlap();
    let rotated = app.within(webhooks::rotate(app.database.pool(), id, &key, overlap)).await?;
    let rotated = rotated.ok_or_else(ApiError::not_found)?;
    Ok(Json(webhooks::showing(rotated, signing::write(&key))))
}

/// Sends a `webhook.test` event, whatever types the webhook is for.
#[utoipa::path(
    post,
    path = "/api/admin/webhooks/{id}/test/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook")),
    responses(
        (status = 202, description = "It is on its way", body = WebhookDelivery),
        (status = 409, description = "The webhook is disabled"),
    )
)]
pub(super) async fn test_webhook(
    State(app): State<Arc<App>>,
    _: Registrar,
    PathId(id): PathId<WebhookId>,
) -> Result<(StatusCode, Json<WebhookDelivery>), ApiError> {
    find_enabled(&app, id).await?;
    let made = app.within(deliveries::send_test(app.database.pool(), id)).await?;
    Ok((StatusCode::ACCEPTED, Json(made)))
}

/// What was and is on its way to a webhook, the newest first.
#[utoipa::path(
    get,
    path = "/api/admin/webhooks/{id}/deliveries/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook"), DeliveryParams, PageParams),
    responses((status = 200, description = "A page of it", body = Page<WebhookDelivery>))
)]
pub(super) async fn list_deliveries(
    State(app): State<Arc<App>>,
    _: Registrar,
    PathId(id): PathId<WebhookId>,
    params: Params,
    address: Address,
) -> Result<Json<Page<WebhookDelivery>>, ApiError> {
    let mut wrong = Validation::default();
    let status = params.word("status", "One of waiting, delivered, failed.", &mut wrong);
    let asked = Asked::read(&params, wrong)?;
    find(&app, id).await?;
    let rows = deliveries::list(app.database.pool(), id, status, asked.window(), asked.limit());
    let rows = app.within(rows).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), |row| row.id).into_page(&address)))
}

/// Begins a delivery anew: the same event with the same id.
#[utoipa::path(
    post,
    path = "/api/admin/webhooks/{id}/deliveries/{delivery_id}/redeliver/",
    tag = "administration",
    params(
        ("id" = WebhookId, Path, description = "The webhook"),
        ("delivery_id" = DeliveryId, Path, description = "The delivery"),
    ),
    responses(
        (status = 202, description = "It is on its way", body = WebhookDelivery),
        (status = 409, description = "The webhook is disabled"),
    )
)]
pub(super) async fn redeliver(
    State(app): State<Arc<App>>,
    _: Registrar,
    PathIds(id, delivery): PathIds<WebhookId, DeliveryId>,
) -> Result<(StatusCode, Json<WebhookDelivery>), ApiError> {
    find_enabled(&app, id).await?;
    let begun = app.within(deliveries::redeliver(app.database.pool(), id, delivery)).await?;
    begun.map(|begun| (StatusCode::ACCEPTED, Json(begun))).ok_or_else(ApiError::not_found)
}

/// Begins everything anew that has happened since a time and could not be delivered.
#[utoipa::path(
    post,
    path = "/api/admin/webhooks/{id}/redeliver/",
    tag = "administration",
    params(("id" = WebhookId, Path, description = "The webhook")),
    request_body = RedeliverRequest,
    responses(
        (status = 202, description = "It is on its way", body = Redelivered),
        (status = 409, description = "The webhook is disabled"),
    )
)]
pub(super) async fn redeliver_failed(
    State(app): State<Arc<App>>,
    _: Registrar,
    PathId(id): PathId<WebhookId>,
    JsonBody(request): JsonBody<RedeliverRequest>,
) -> Result<(StatusCode, Json<Redelivered>), ApiError> {
    find_enabled(&app, id).await?;
    let redelivered = app.within(deliveries::redeliver_since(app.database.pool(), id, request.since)).await?;
    let has_more = redelivered >= u64::from(REDELIVERED_AT_ONCE);
    Ok((StatusCode::ACCEPTED, Json(Redelivered { redelivered, has_more })))
}

async fn find(app: &App, id: WebhookId) -> Result<Webhook, ApiError> {
    app.within(webhooks::find(app.database.pool(), id)).await?.ok_or_else(ApiError::not_found)
}

async fn find_enabled(app: &App, id: WebhookId) -> Result<Webhook, ApiError> {
    let found = find(app, id).await?;
    if found.enabled { Ok(found) } else { Err(Refusal::new(ErrorCode::Conflict, "The webhook is disabled.").into()) }
}

/// The address as it is kept; notes it if nothing may be posted there.
async fn check_address(app: &App, url: &str, wrong: &mut Validation) -> Option<String> {
    match app.webhooks.check_address(url).await {
        Ok(url) => Some(url.into()),
        Err(reason) => {
            wrong.reject("url", reason);
            None
        }
    }
}
