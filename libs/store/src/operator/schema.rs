//! Which migrations this version knows, and which of them the database has.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgPool;

use crate::StoreError;
use crate::pool::MIGRATIONS;

/// How one migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MigrationState {
    /// It was carried out.
    Applied,
    /// It will be.
    Pending,
    /// It was carried out with another text than this version has.
    Changed,
    /// It was begun and did not end.
    Broken,
    /// A newer version has carried it out.
    Unknown,
}

/// One migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationStatus {
    /// Its number.
    pub version: i64,
    /// What it is called.
    pub description: String,
    /// How it stands.
    pub state: MigrationState,
    /// When it was carried out.
    pub applied_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Applied {
    version: i64,
    description: String,
    installed_on: DateTime<Utc>,
    success: bool,
    checksum: Vec<u8>,
}

/// All migrations that this version or the database knows, in order.
pub async fn status(pool: &PgPool) -> Result<Vec<MigrationStatus>, StoreError> {
    let mut applied = applied(pool).await?;
    let mut all: Vec<_> = MIGRATIONS
        .iter()
        .map(|known| {
            let found = applied.remove(&known.version);
            let state = match &found {
                None => MigrationState::Pending,
                Some(found) if !found.success => MigrationState::Broken,
                Some(found) if found.checksum != known.checksum.as_ref() => MigrationState::Changed,
                Some(_) => MigrationState::Applied,
            };
            MigrationStatus {
                version: known.version,
                description: known.description.to_string(),
                state,
                applied_at: found.map(|found| found.installed_on),
            }
        })
        .collect();
    all.extend(applied.into_iter().map(|(version, found)| MigrationStatus {
        version,
        description: found.description,
        state: MigrationState::Unknown,
        applied_at: Some(found.installed_on),
    }));
    all.sort_by_key(|migration| migration.version);
    Ok(all)
}

async fn applied(pool: &PgPool) -> Result<BTreeMap<i64, Applied>, StoreError> {
    let is_there: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(pool).await?;
    if !is_there {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Applied> = sqlx::query_as(
        "select version, description, installed_on, success, checksum from _sqlx_migrations order by version limit 10000",
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.version, row)).collect())
}
