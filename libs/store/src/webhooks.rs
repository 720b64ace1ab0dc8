//! Where events are posted to, and what became of each: endpoints as administrators keep them (here), and deliveries on their way
//! (`sending`) and in lists (`deliveries`).

pub mod deliveries;
pub mod sending;

use std::time::Duration;

use chat_protocol::ids::WebhookId;
use chat_protocol::rest::{DisabledReason, Webhook, WebhookChanges, WebhookSecret};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;
use crate::admin::{Window, in_order};

/// The most endpoints.
pub const MAX_ENDPOINTS: i64 = 100;

/// A new endpoint.
#[derive(Debug, Clone)]
pub struct NewEndpoint<'a> {
    /// Where events are posted to.
    pub url: &'a str,
    /// Which types; none: all.
    pub events: Option<&'a [String]>,
    /// What it is for.
    pub description: &'a str,
    /// The key of its signatures.
    pub key: &'a [u8],
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    url: String,
    events: Option<Vec<String>>,
    description: String,
    previous_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
    disabled_reason: Option<String>,
    failing_since: Option<DateTime<Utc>>,
}

impl From<Row> for Webhook {
    fn from(row: Row) -> Self {
        Self {
            id: WebhookId::from_uuid(row.id),
            url: row.url,
            events: row.events,
            description: row.description,
            secret: None,
            previous_secret_until: row.previous_until.map(Into::into),
            enabled: row.disabled_at.is_none(),
            disabled_reason: row.disabled_reason.as_deref().map(reason),
            disabled_at: row.disabled_at.map(Into::into),
            failing_since: row.failing_since.map(Into::into),
            created_at: row.created_at.into(),
        }
    }
}

fn reason(word: &str) -> DisabledReason {
    match word {
        "gone" => DisabledReason::Gone,
        "failing" => DisabledReason::Failing,
        _ => DisabledReason::Requested,
    }
}

macro_rules! endpoints_where {
    ($chosen:literal) => {
        concat!(
            "select id, url, events, description, case when previous_until > now() then previous_until end as previous_until,
                    created_at, disabled_at, disabled_reason, failing_since
               from webhook_endpoints where deleted_at is null and ",
            $chosen
        )
    };
}

/// Makes an endpoint; none if there are as many as there may be.
pub async fn create(pool: &PgPool, endpoint: NewEndpoint<'_>) -> Result<Option<Webhook>, StoreError> {
    let id = WebhookId::generate();
    let done = sqlx::query(
        "insert into webhook_endpoints (id, url, events, description, secret)
         select $1, $2, $3, $4, $5 where (select count(*) from webhook_endpoints where deleted_at is null) < $6",
    )
    .bind(id.uuid())
    .bind(endpoint.url)
    .bind(endpoint.events)
    .bind(endpoint.description)
    .bind(endpoint.key)
    .bind(MAX_ENDPOINTS)
    .execute(pool)
    .await?;
    if done.rows_affected() == 0 { Ok(None) } else { find(pool, id).await }
}

/// One endpoint.
pub async fn find(pool: &PgPool, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    let row: Option<Row> = sqlx::query_as(endpoints_where!("id = $1")).bind(id.uuid()).fetch_optional(pool).await?;
    Ok(row.map(Into::into))
}

/// Up to `limit` endpoints, the newest first.
pub async fn list(pool: &PgPool, window: Window<WebhookId>, limit: u32) -> Result<Vec<Webhook>, StoreError> {
    let (key, backwards) = window.split();
    let statement = if backwards {
        endpoints_where!("id > $1 order by id limit $2")
    } else {
        endpoints_where!("id < $1 order by id desc limit $2")
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(key.map_or(Uuid::max(), WebhookId::uuid))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    Ok(in_order(rows.into_iter().map(Into::into).collect(), backwards))
}

/// Changes an endpoint. One that is enabled again gets what was waiting for it, and what is stored from now on.
pub async fn change(pool: &PgPool, id: WebhookId, changes: &WebhookChanges) -> Result<Option<Webhook>, StoreError> {
    sqlx::query(
        "update webhook_endpoints
            set url = coalesce($2, url), events = case when $3 then $4 else events end, description = coalesce($5, description),
                enabled_at = case when $6 and disabled_at is not null then now() else enabled_at end,
                failing_since = case when $6 and disabled_at is not null then null else failing_since end,
                disabled_reason = case when $6 then null when not $6 then coalesce(disabled_reason, 'requested')
                                       else disabled_reason end,
                disabled_at = case when $6 then null when not $6 then coalesce(disabled_at, now()) else disabled_at end
          where id = $1 and deleted_at is null",
    )
    .bind(id.uuid())
    .bind(&changes.url)
    .bind(changes.events.is_some())
    .bind(changes.events.as_ref().and_then(Option::as_ref))
    .bind(&changes.description)
    .bind(changes.enabled)
    .execute(pool)
    .await?;
    find(pool, id).await
}

/// Gives an endpoint another key; the one before signs beside it for a while.
pub async fn rotate(
    pool: &PgPool,
    id: WebhookId,
    key: &[u8],
    overlap: Duration,
) -> Result<Option<Webhook>, StoreError> {
    sqlx::query(
        "update webhook_endpoints set previous_secret = secret, previous_until = now() + $3, secret = $2
          where id = $1 and deleted_at is null",
    )
    .bind(id.uuid())
    .bind(key)
    .bind(overlap)
    .execute(pool)
    .await?;
    find(pool, id).await
}

/// Removes an endpoint: nothing is sent to it any more. Says whether there was one.
pub async fn delete(pool: &PgPool, id: WebhookId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update webhook_endpoints set deleted_at = now(), secret = '', previous_secret = null where id = $1 and deleted_at is null",
    )
    .bind(id.uuid())
    .execute(pool)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// The endpoint with a secret that is shown this once.
#[must_use]
pub fn showing(webhook: Webhook, secret: String) -> Webhook {
    Webhook { secret: Some(WebhookSecret(secret)), ..webhook }
}
