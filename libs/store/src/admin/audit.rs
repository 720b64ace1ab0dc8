//! The record of what administrators, machines and operators did. Rows are only added: the database refuses anything else.

use chat_protocol::ids::UserId;
use chat_protocol::rest::AuditEntry;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::postgres::PgPool;

use super::{Window, in_order};
use crate::StoreError;

/// Who does something, in which request.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a> {
    /// Who.
    pub id: UserId,
    /// The request's own id.
    pub request_id: &'a str,
}

/// Which entries are wanted; everything that is none does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this person.
    pub actor: Option<UserId>,
    /// About whom or what has this id.
    pub object: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    at: DateTime<Utc>,
    actor_id: Option<i64>,
    action: String,
    object: Option<String>,
    request_id: Option<String>,
    detail: Option<Value>,
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            at: row.at.into(),
            actor_id: row.actor_id.and_then(UserId::new),
            action: row.action,
            object: row.object,
            request_id: row.request_id,
            detail: row.detail,
        }
    }
}

/// Puts a call on record.
pub async fn record(pool: &PgPool, actor: Actor<'_>, action: &str, object: Option<&str>) -> Result<(), StoreError> {
    sqlx::query("insert into audit (actor_id, action, object, request_id) values ($1, $2, $3, $4)")
        .bind(actor.id.get())
        .bind(action)
        .bind(object)
        .bind(actor.request_id)
        .execute(pool)
        .await?;
    Ok(())
}

/// Up to `limit` entries, the newest first.
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    window: Window<i64>,
    limit: u32,
) -> Result<Vec<AuditEntry>, StoreError> {
    macro_rules! entries {
        ($end:literal) => {
            concat!(
                "select id, at, actor_id, action, object, request_id, detail from audit
                  where ($1::bigint is null or actor_id = $1) and ($2::text is null or object = $2) and ",
                $end
            )
        };
    }
    let (key, backwards) = window.split();
    let statement = if backwards {
        entries!("id > $3 order by id limit $4")
    } else {
        entries!("($3::bigint is null or id < $3) order by id desc limit $4")
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(filter.actor.map(UserId::get))
        .bind(&filter.object)
        .bind(key)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    Ok(in_order(rows.into_iter().map(Into::into).collect(), backwards))
}
