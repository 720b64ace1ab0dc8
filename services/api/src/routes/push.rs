//! Web Push: the key that browsers subscribe with, and one's own subscriptions. Nothing of it is there without a key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::error::Refusal;
use chat_protocol::ids::PushSubscriptionId;
use chat_protocol::rest::{Page, PushKey, PushSubscription, PushSubscriptionRequest};
use chat_store::push::{self, Subscription};
use reqwest::Url;

use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::{JsonBody, PathId};
use crate::push::BrowserKeys;
use crate::push::settings::Sender;

/// The key that browsers subscribe with.
#[utoipa::path(
    get,
    path = "/api/chat/push/key/",
    tag = "push",
    responses(
        (status = 200, description = "What `pushManager.subscribe` is given", body = PushKey),
        (status = 404, description = "Nobody is told here"),
    )
)]
pub(super) async fn get_push_key(State(app): State<Arc<App>>, _caller: Caller) -> Result<Json<PushKey>, ApiError> {
    Ok(Json(PushKey { public_key: sender(&app)?.key.public().to_owned() }))
}

/// Your browsers that are told what you miss, the newest first.
#[utoipa::path(
    get,
    path = "/api/chat/push/subscriptions/",
    tag = "push",
    responses(
        (status = 200, description = "All of them", body = Page<PushSubscription>),
        (status = 404, description = "Nobody is told here"),
    )
)]
pub(super) async fn list_push_subscriptions(
    State(app): State<Arc<App>>,
    caller: Caller,
) -> Result<Json<Page<PushSubscription>>, ApiError> {
    sender(&app)?;
    let most = app.push.settings.max_push_subscriptions;
    let rows = app.within(push::list(app.database.pool(), caller.id, most)).await?;
    Ok(Json(Page { next: None, previous: None, results: rows.iter().map(shown).collect() }))
}

/// Has a browser told what you miss.
///
/// The body is the browser's `PushSubscription` as JSON. The same one again keeps its id; of more than 20 the oldest go. A browser
/// that others have used before is yours from then on.
#[utoipa::path(
    post,
    path = "/api/chat/push/subscriptions/",
    tag = "push",
    request_body = PushSubscriptionRequest,
    responses(
        (status = 201, description = "It is told from now on", body = PushSubscription),
        (status = 200, description = "It was before", body = PushSubscription),
        (status = 404, description = "Nobody is told here"),
    )
)]
pub(super) async fn subscribe_to_push(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonBody(request): JsonBody<PushSubscriptionRequest>,
) -> Result<(StatusCode, Json<PushSubscription>), ApiError> {
    sender(&app)?;
    let mut new = request.check()?;
    if BrowserKeys::read(&new.p256dh, &new.auth).is_none() {
        return Err(Refusal::invalid("keys.p256dh", "No point of the curve P-256.").into());
    }
    let address = app.webhooks.check_address(&new.endpoint).await;
    new.endpoint = address.map_err(|why| Refusal::invalid("endpoint", why))?.into();
    let most = app.push.settings.max_push_subscriptions;
    let (subscription, is_new) = app.within(push::subscribe(app.database.pool(), caller.id, &new, most)).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(shown(&subscription))))
}

/// Has a browser of yours told nothing any more.
#[utoipa::path(
    delete,
    path = "/api/chat/push/subscriptions/{id}/",
    tag = "push",
    params(("id" = PushSubscriptionId, Path, description = "The subscription")),
    responses(
        (status = 204, description = "It is gone"),
    )
)]
pub(super) async fn unsubscribe_from_push(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<PushSubscriptionId>,
) -> Result<StatusCode, ApiError> {
    let was_there = app.within(push::unsubscribe(app.database.pool(), caller.id, id)).await?;
    if was_there { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found()) }
}

fn sender(app: &App) -> Result<&Sender, ApiError> {
    app.push.sender.as_ref().ok_or_else(ApiError::not_found)
}

fn shown(subscription: &Subscription) -> PushSubscription {
    let service = Url::parse(&subscription.endpoint).map(|url| url.origin().ascii_serialization());
    PushSubscription {
        id: subscription.id,
        service: service.unwrap_or_default(),
        expires_at: subscription.expires_at.map(Into::into),
        created_at: subscription.created_at.into(),
    }
}
