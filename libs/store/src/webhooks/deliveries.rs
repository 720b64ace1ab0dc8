//! Deliveries as administrators see them, and what they want done about them.

use chat_protocol::ids::{ConversationId, DeliveryId, Seq, WebhookId};
use chat_protocol::rest::{DeliveryStatus, WEBHOOK_TEST, WebhookDelivery};
use chat_protocol::time::Timestamp;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;
use crate::admin::{Window, in_order};

/// How many are begun anew in one statement.
pub const REDELIVERED_AT_ONCE: u32 = 5000;

#[derive(FromRow)]
struct Row {
    id: i64,
    event_id: Uuid,
    r#type: String,
    occurred_at: DateTime<Utc>,
    conversation_id: Option<Uuid>,
    seq: Option<i64>,
    state: i16,
    attempts: i16,
    attempted_at: Option<DateTime<Utc>>,
    status: Option<i16>,
    error: Option<String>,
    due_at: DateTime<Utc>,
}

impl TryFrom<Row> for WebhookDelivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let status = match row.state {
            0 => DeliveryStatus::Waiting,
            1 => DeliveryStatus::Delivered,
            2 => DeliveryStatus::Failed,
            _ => return Err(StoreError::Unexpected("webhook_deliveries.state")),
        };
        Ok(Self {
            id: DeliveryId(row.id),
            event_id: row.event_id,
            kind: row.r#type,
            occurred_at: row.occurred_at.into(),
            conversation_id: row.conversation_id.map(ConversationId::from_uuid),
            seq: row.seq.map(Seq),
            status,
            attempts: row.attempts,
            last_attempt_at: row.attempted_at.map(Into::into),
            response_status: row.status,
            error: row.error,
            next_attempt_at: (status == DeliveryStatus::Waiting).then(|| row.due_at.into()),
        })
    }
}

macro_rules! columns {
    () => {
        "id, event_id, type, occurred_at, conversation_id, seq, state, attempts, attempted_at, status, error, due_at"
    };
}

/// Up to `limit` deliveries of an endpoint, the newest first; those that stand so, if it is said how.
pub async fn list(
    pool: &PgPool,
    endpoint: WebhookId,
    status: Option<DeliveryStatus>,
    window: Window<DeliveryId>,
    limit: u32,
) -> Result<Vec<WebhookDelivery>, StoreError> {
    macro_rules! deliveries {
        ($end:literal) => {
            concat!(
                "select ",
                columns!(),
                " from webhook_deliveries where endpoint_id = $1 and ($2::smallint is null or state = $2) and ",
                $end
            )
        };
    }
    let (key, backwards) = window.split();
    let statement = if backwards {
        deliveries!("id > $3 order by id limit $4")
    } else {
        deliveries!("id < $3 order by id desc limit $4")
    };
    let state = status.map(|status| match status {
        DeliveryStatus::Waiting => 0_i16,
        DeliveryStatus::Delivered => 1,
        DeliveryStatus::Failed => 2,
    });
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(endpoint.uuid())
        .bind(state)
        .bind(key.map_or(i64::MAX, |key| key.0))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    Ok(in_order(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?, backwards))
}

/// Makes an event for one endpoint alone.
pub async fn send_test(pool: &PgPool, endpoint: WebhookId) -> Result<WebhookDelivery, StoreError> {
    let row: Row = sqlx::query_as(concat!(
        "insert into webhook_deliveries (endpoint_id, event_id, type, occurred_at, body)
         values ($1, $2, $3, now(), jsonb_build_object('webhook_id', $1::uuid)) returning ",
        columns!()
    ))
    .bind(endpoint.uuid())
    .bind(Uuid::now_v7())
    .bind(WEBHOOK_TEST)
    .fetch_one(pool)
    .await?;
    row.try_into()
}

/// Begins a delivery anew, or at once if it waits; the event's id stays. None if the endpoint has no such delivery.
pub async fn redeliver(
    pool: &PgPool,
    endpoint: WebhookId,
    id: DeliveryId,
) -> Result<Option<WebhookDelivery>, StoreError> {
    sqlx::query(
        "update webhook_deliveries
            set attempts = case when state = 0 then attempts else 0 end, state = 0, due_at = now(), finished_at = null
          where id = $2 and endpoint_id = $1 and (leased_until is null or leased_until < now())",
    )
    .bind(endpoint.uuid())
    .bind(id.0)
    .execute(pool)
    .await?;
    let row: Option<Row> =
        sqlx::query_as(concat!("select ", columns!(), " from webhook_deliveries where id = $2 and endpoint_id = $1"))
            .bind(endpoint.uuid())
            .bind(id.0)
            .fetch_optional(pool)
            .await?;
    row.map(TryInto::try_into).transpose()
}

/// Begins those anew that have failed, of what happened since; returns how many. As many as [`REDELIVERED_AT_ONCE`]: there may be more.
pub async fn redeliver_since(pool: &PgPool, endpoint: WebhookId, since: Timestamp) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "update webhook_deliveries set state = 0, attempts = 0, due_at = now(), finished_at = null
          where id in (select id from webhook_deliveries where endpoint_id = $1 and state = 2 and occurred_at >= $2
                        order by id limit $3 for no key update skip locked)",
    )
    .bind(endpoint.uuid())
    .bind(since.datetime())
    .bind(i64::from(REDELIVERED_AT_ONCE))
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
