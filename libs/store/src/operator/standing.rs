//! How the server and the partitions stand at this moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use sqlx::postgres::PgPool;

use crate::StoreError;

/// What durability and speed depend on.
const SETTINGS: [&str; 7] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "synchronous_standby_names",
    "wal_level",
    "archive_mode",
    "data_directory",
];

/// The server.
#[derive(Debug, Clone, Serialize, FromRow)]
pub struct Server {
    /// Its version as a number: 150004 is 15.4.
    pub version_number: i32,
    /// Its version as a text.
    pub version: String,
    /// As whom we are there.
    pub role: String,
    /// Whether that role may everything.
    pub is_superuser: bool,
    /// Its clock.
    pub now: DateTime<Utc>,
    /// Whether it follows another server.
    pub is_standby: bool,
    /// How many connections it takes.
    pub max_connections: i32,
    /// How many there are.
    pub used_connections: i64,
    /// How large the database is, in bytes.
    pub size_bytes: i64,
    /// The life of the log.
    pub log_epoch: i64,
}

/// Somebody who follows it.
#[derive(Debug, Clone, Serialize, FromRow)]
pub struct Standby {
    /// Its name.
    pub name: String,
    /// How far along it is: `streaming` is well.
    pub state: String,
    /// Whether commits wait for it: `sync` or `quorum`.
    pub sync_state: String,
    /// How much of the write-ahead log it has not applied, in bytes.
    pub behind_bytes: i64,
}

/// The partitions, all together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Partitions {
    /// How many have an owner whose lease runs.
    pub owned: i64,
    /// How many owners there are.
    pub owners: i64,
    /// Up to where everything is stored.
    pub stored_pos: i64,
    /// The most commands of one that are stored and not published.
    pub unpublished: i64,
    /// How many are stuck at a command at which workers died.
    pub suspects: i64,
}

/// Work that waits in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Backlogs {
    /// Commands that are stored and cannot be found yet, at most, over all partitions.
    pub search_behind: i64,
    /// For how many seconds the oldest delivery of a webhook has been due.
    pub webhook_due_secs: i64,
    /// For how many seconds the oldest object has waited to be removed.
    pub collect_due_secs: i64,
}

/// Looks at the server.
pub async fn server(pool: &PgPool) -> Result<Server, StoreError> {
    let server = sqlx::query_as(
        "select current_setting('server_version_num')::int as version_number, current_setting('server_version') as version,
                current_user::text as role, (select r.rolsuper from pg_roles r where r.rolname = current_user) as is_superuser,
                clock_timestamp() as now, pg_is_in_recovery() as is_standby,
                current_setting('max_connections')::int as max_connections,
                (select count(*) from pg_stat_activity where backend_type = 'client backend') as used_connections,
                pg_database_size(current_database()) as size_bytes,
                coalesce((select epoch from log_epoch), 0) as log_epoch",
    );
    Ok(server.fetch_one(pool).await?)
}

/// What the settings are on which durability depends; those that the role may not see are left out.
pub async fn settings(pool: &PgPool) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select name, setting from pg_settings where name = any ($1) limit 100")
            .bind(SETTINGS.as_slice())
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().collect())
}

/// Who follows this server; nobody where the role may not see them.
pub async fn standbys(pool: &PgPool) -> Result<Vec<Standby>, StoreError> {
    let standbys = sqlx::query_as(
        "select coalesce(application_name, '') as name, coalesce(state, '') as state, coalesce(sync_state, '') as sync_state,
                coalesce(pg_wal_lsn_diff(sent_lsn, replay_lsn), 0)::bigint as behind_bytes
           from pg_stat_replication order by application_name limit 50",
    );
    Ok(standbys.fetch_all(pool).await?)
}

/// How the partitions stand.
pub async fn partitions(pool: &PgPool) -> Result<Partitions, StoreError> {
    let partitions = sqlx::query_as(
        "select count(*) filter (where lease_until > clock_timestamp()) as owned,
                count(distinct owner) filter (where lease_until > clock_timestamp()) as owners,
                min(stored_pos) as stored_pos, max(stored_pos - published_pos) as unpublished,
                count(suspect) as suspects
           from partitions",
    );
    Ok(partitions.fetch_one(pool).await?)
}

/// What waits in the background.
pub async fn backlogs(pool: &PgPool) -> Result<Backlogs, StoreError> {
    let backlogs = sqlx::query_as(
        "select (select coalesce(max(p.stored_pos - s.pos), 0) from search_positions s join partitions p on p.id = s.partition)
                    as search_behind,
                coalesce((select extract(epoch from now() - min(d.due_at)) from webhook_deliveries d
                           join webhook_endpoints e on e.id = d.endpoint_id and e.disabled_at is null and e.deleted_at is null
                          where d.state = 0 and d.due_at < now()), 0)::bigint as webhook_due_secs,
                coalesce((select extract(epoch from now() - min(a.collect_after)) from attachments a
                          where a.collect_after < now()), 0)::bigint as collect_due_secs",
    );
    Ok(backlogs.fetch_one(pool).await?)
}
