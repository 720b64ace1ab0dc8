//! Deliveries on their way: made from the log, claimed for an attempt, and what became of it. Any number of processes do this side by
//! side; one that dies leaves leases that run out.

use std::time::Duration;

use chat_protocol::event::EventKind;
use chat_protocol::ids::{DeliveryId, WebhookId};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::{StoreError, log};

/// Partitions that one round reads, and messages and events of each.
const ROUND: (i32, i32) = (16, 128);

/// What a round of reading the log has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct FannedOut {
    /// Partitions that had something new; none: everything is read, or others are at it.
    pub partitions: i32,
    /// Deliveries that were made of it.
    pub deliveries: i64,
}

/// How many are claimed at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Altogether.
    pub total: u32,
    /// That may be under way to one endpoint, from all processes.
    pub per_endpoint: u32,
    /// How long they are kept from others: longer than an attempt takes.
    pub lease: Duration,
}

/// A delivery that is to be tried now, by whoever claimed it.
#[derive(Clone)]
pub struct Claimed {
    /// Which.
    pub id: DeliveryId,
    /// The endpoint.
    pub endpoint: WebhookId,
    /// Its address.
    pub url: String,
    /// The keys that sign, the newest first.
    pub keys: Vec<Vec<u8>>,
    /// The event.
    pub event_id: Uuid,
    /// Its type.
    pub kind: String,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// How many attempts this one makes.
    pub attempt: i16,
    source: Source,
}

/// Where the body comes from.
#[derive(Clone)]
enum Source {
    /// The log of a conversation, at a position.
    Log(Uuid, i64),
    /// It stands in the delivery.
    Own(Value),
}

#[derive(FromRow)]
struct Row {
    id: i64,
    endpoint_id: Uuid,
    url: String,
    secret: Vec<u8>,
    previous_secret: Option<Vec<u8>>,
    event_id: Uuid,
    r#type: String,
    occurred_at: DateTime<Utc>,
    attempts: i16,
    conversation_id: Option<Uuid>,
    seq: Option<i64>,
    body: Option<Value>,
}

impl TryFrom<Row> for Claimed {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let source = match (row.body, row.conversation_id, row.seq) {
            (Some(body), ..) => Source::Own(body),
            (None, Some(conversation), Some(seq)) => Source::Log(conversation, seq),
            _ => return Err(StoreError::Unexpected("webhook_deliveries.body")),
        };
        Ok(Self {
            id: DeliveryId(row.id),
            endpoint: WebhookId::from_uuid(row.endpoint_id),
            url: row.url,
            keys: std::iter::once(row.secret).chain(row.previous_secret).collect(),
            event_id: row.event_id,
            kind: row.r#type,
            occurred_at: row.occurred_at,
            attempt: row.attempts,
            source,
        })
    }
}

/// Whether there is an endpoint that gets anything.
pub async fn is_wanted(pool: &PgPool) -> Result<bool, StoreError> {
    let is_wanted = sqlx::query_scalar(
        "select exists (select from webhook_endpoints e where e.disabled_at is null and e.deleted_at is null)",
    );
    Ok(is_wanted.fetch_one(pool).await?)
}

/// Makes deliveries of the next part of what was stored since.
pub async fn fan_out(pool: &PgPool) -> Result<FannedOut, StoreError> {
    let types: Vec<String> = EventKind::ALL.into_iter().map(|kind| kind.ce_type().to_owned()).collect();
    let done = sqlx::query_as("select partitions, deliveries from fan_out_webhooks($1, $2, $3)")
        .bind(types)
        .bind(ROUND.0)
        .bind(ROUND.1)
        .fetch_one(pool)
        .await?;
    Ok(done)
}

/// Claims what is due: of each endpoint no more than may be under way to it, and of all in turn, so that none holds up another.
pub async fn claim(pool: &PgPool, share: Share) -> Result<Vec<Claimed>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "with open as materialized (
            select e.id, $2 - (select count(*) from webhook_deliveries d
                                where d.endpoint_id = e.id and d.leased_until > clock_timestamp()) as room
              from webhook_endpoints e
             where e.disabled_at is null and e.deleted_at is null
               and exists (select from webhook_deliveries d
                            where d.endpoint_id = e.id and d.state = 0 and d.due_at <= clock_timestamp())
               for no key update of e skip locked
         ), chosen as materialized (
            select d.id from open o cross join lateral (
                select d.id, row_number() over (order by d.due_at, d.id) as turn from webhook_deliveries d
                 where d.endpoint_id = o.id and d.state = 0 and d.due_at <= clock_timestamp()
                 order by d.due_at, d.id limit greatest(o.room, 0)) d
             order by d.turn limit $1)
         update webhook_deliveries d
            set due_at = clock_timestamp() + $3, leased_until = clock_timestamp() + $3, attempts = d.attempts + 1,
                attempted_at = clock_timestamp()
           from chosen x, webhook_endpoints e
          where d.id = x.id and e.id = d.endpoint_id and d.state = 0 and d.due_at <= clock_timestamp()
         returning d.id, d.endpoint_id, e.url, e.secret, case when e.previous_until > now() then e.previous_secret end as previous_secret,
                   d.event_id, d.type, d.occurred_at, d.attempts, d.conversation_id, d.seq, d.body",
    )
    .bind(i64::from(share.total))
    .bind(i64::from(share.per_endpoint))
    .bind(share.lease)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// What is posted as `data`: of what stands in the log, its frame as it is now. None if that is gone.
pub async fn find_data(pool: &PgPool, claimed: &Claimed) -> Result<Option<Value>, StoreError> {
    let (conversation, seq) = match &claimed.source {
        Source::Own(body) => return Ok(Some(body.clone())),
        Source::Log(conversation, seq) => (*conversation, *seq),
    };
    let Some(logged) = log::find_event(pool, conversation, seq).await? else { return Ok(None) };
    serde_json::to_value(&logged.event).map(Some).map_err(|_| StoreError::Unexpected("an event"))
}

/// Notes that the endpoint has taken it. Of an attempt that somebody else has begun anew meanwhile nothing is noted.
pub async fn note_delivered(pool: &PgPool, claimed: &Claimed, status: u16) -> Result<(), StoreError> {
    sqlx::query(
        "with done as (
            update webhook_deliveries set state = 1, leased_until = null, status = $3, error = null, finished_at = now()
             where id = $1 and attempts = $2 and state = 0 returning endpoint_id)
         update webhook_endpoints e set failing_since = null from done where e.id = done.endpoint_id and e.failing_since is not null",
    )
    .bind(claimed.id.0)
    .bind(claimed.attempt)
    .bind(i16::try_from(status).unwrap_or(i16::MAX))
    .execute(pool)
    .await?;
    Ok(())
}

/// What was wrong with an attempt, and what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// What was wrong, in a word.
    pub error: &'static str,
    /// When it is tried again; none: not any more.
    pub retry_in: Option<Duration>,
    /// Whether the endpoint wants nothing any more.
    pub is_gone: bool,
    /// Whether it says nothing about the endpoint.
    pub is_ours: bool,
    /// An endpoint to which nothing could be delivered for so long is disabled.
    pub disable_after: Duration,
}

/// Notes that it was not taken; returns why the endpoint was disabled because of that, if it was.
pub async fn note_failed(pool: &PgPool, claimed: &Claimed, failure: Failure) -> Result<Option<String>, StoreError> {
    let reason: Option<Option<String>> = sqlx::query_scalar(
        "with done as (
            update webhook_deliveries
               set state = case when $5::interval is null then 2 else 0 end, due_at = coalesce(now() + $5, due_at), leased_until = null,
                   status = $3, error = $4, finished_at = case when $5 is null then now() end
             where id = $1 and attempts = $2 and state = 0 returning endpoint_id
         ), judged as (
            select e.id, case when $6 then 'gone' when e.failing_since <= now() - $7::interval then 'failing' end as reason
              from webhook_endpoints e join done on done.endpoint_id = e.id where e.disabled_at is null and not $8)
         update webhook_endpoints e
            set failing_since = coalesce(e.failing_since, now()), disabled_reason = judged.reason,
                disabled_at = case when judged.reason is not null then now() end
           from judged where e.id = judged.id and e.disabled_at is null
         returning judged.reason",
    )
    .bind(claimed.id.0)
    .bind(claimed.attempt)
    .bind(failure.status.map(|status| i16::try_from(status).unwrap_or(i16::MAX)))
    .bind(failure.error)
    .bind(failure.retry_in)
    .bind(failure.is_gone)
    .bind(failure.disable_after)
    .bind(failure.is_ours)
    .fetch_optional(pool)
    .await?;
    Ok(reason.flatten())
}

/// How long what is over is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What was delivered.
    pub delivered: Duration,
    /// What was not.
    pub failed: Duration,
}

/// Removes up to `limit` deliveries that are over for long, or whose endpoint is; returns how many.
pub async fn sweep(pool: &PgPool, kept: Kept, limit: u32) -> Result<u64, StoreError> {
    let over = sqlx::query(
        "delete from webhook_deliveries where id in (
            (select id from webhook_deliveries where finished_at < now() - $1 and state = 1 order by finished_at limit $3)
            union all
            (select id from webhook_deliveries where finished_at < now() - $2 order by finished_at limit $3)
            union all
            (select d.id from webhook_endpoints e join webhook_deliveries d on d.endpoint_id = e.id
              where e.deleted_at is not null limit $3))",
    )
    .bind(kept.delivered)
    .bind(kept.failed)
    .bind(i64::from(limit))
    .execute(pool)
    .await?;
    sqlx::query(
        "delete from webhook_endpoints e where e.deleted_at < now() - interval '1 hour'
            and not exists (select from webhook_deliveries d where d.endpoint_id = e.id)",
    )
    .execute(pool)
    .await?;
    Ok(over.rows_affected())
}

/// How many deliveries are due and how old the oldest of them is, in seconds; of enabled endpoints.
pub async fn backlog(pool: &PgPool) -> Result<(i64, f64), StoreError> {
    let found = sqlx::query_as(
        "select coalesce(sum(x.waiting), 0)::bigint, coalesce(max(extract(epoch from now() - x.oldest)), 0)::float8
           from webhook_endpoints e cross join lateral (
                select count(*) as waiting, min(d.due_at) as oldest from (
                    select d.due_at from webhook_deliveries d where d.endpoint_id = e.id and d.state = 0 and d.due_at <= now()
                     order by d.due_at limit 10000) d) x
          where e.disabled_at is null and e.deleted_at is null",
    )
    .fetch_one(pool)
    .await?;
    Ok(found)
}
