//! What Postgres says of itself: its clock, and its standbys.

use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::postgres::PgPool;

use crate::StoreError;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surroundings {
    /// How many seconds its clock is ahead of ours: against the middle of the time that the query took.
    pub clock_offset_secs: f64,
    /// Standbys that are connected.
    pub standbys: i32,
    /// Whether commits wait for one.
    pub is_standby_required: bool,
}

/// Looks once.
pub async fn look(pool: &PgPool) -> Result<Surroundings, StoreError> {
    let asked_at = now_secs();
    let (their_clock, standbys, is_standby_required): (f64, i32, bool) = sqlx::query_as(
        "select extract(epoch from clock_timestamp())::float8, (select count(*)::int4 from pg_stat_replication),
                current_setting('synchronous_standby_names') <> ''",
    )
    .fetch_one(pool)
    .await?;
    let middle = f64::midpoint(asked_at, now_secs());
    Ok(Surroundings { clock_offset_secs: their_clock - middle, standbys, is_standby_required })
}

fn now_secs() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
