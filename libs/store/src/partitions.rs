//! Who owns which partition, and how far each is stored and published. Leases run by Postgres' clock.

use std::time::Duration;

use chat_protocol::ids::CommandId;
use chat_protocol::partition::Partition;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// A partition as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnedPartition {
    /// Which.
    pub partition: Partition,
    /// Raised with every change of owner.
    pub epoch: i64,
    /// Which stream the positions count in.
    pub incarnation: i64,
    /// Everything up to here is decided.
    pub stored_pos: i64,
    /// The command at `stored_pos`, once there was one.
    pub stored_command: Option<CommandId>,
    /// Everything up to here is published.
    pub published_pos: i64,
    /// Take-overs from a dead owner since `stored_pos` last moved.
    pub attempts: i16,
    /// The command that an owner was carrying out alone when it was last heard of.
    pub suspect: Option<CommandId>,
}

/// One row of the table, for deciding who should own what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// Which.
    pub partition: Partition,
    /// Whose lease is running, if any.
    pub owner: Option<String>,
}

#[derive(FromRow)]
struct OwnedRow {
    id: i16,
    epoch: i64,
    incarnation: i64,
    stored_pos: i64,
    stored_command: Option<Uuid>,
    published_pos: i64,
    attempts: i16,
    suspect: Option<Uuid>,
}

impl TryFrom<OwnedRow> for OwnedPartition {
    type Error = StoreError;

    fn try_from(row: OwnedRow) -> Result<Self, StoreError> {
        Ok(Self {
            partition: partition(row.id)?,
            epoch: row.epoch,
            incarnation: row.incarnation,
            stored_pos: row.stored_pos,
            stored_command: row.stored_command.map(CommandId::from_uuid),
            published_pos: row.published_pos,
            attempts: row.attempts,
            suspect: row.suspect.map(CommandId::from_uuid),
        })
    }
}

fn partition(id: i16) -> Result<Partition, StoreError> {
    u8::try_from(id).ok().and_then(Partition::new).ok_or(StoreError::Unexpected("partitions.id"))
}

fn ids(partitions: &[Partition]) -> Vec<i16> {
    partitions.iter().map(|partition| i16::from(partition.get())).collect()
}

/// Says that this worker lives; returns how many do (those seen within `ttl`).
pub async fn beat(pool: &PgPool, worker: &str, ttl: Duration) -> Result<i64, StoreError> {
    let live = sqlx::query_scalar(
        "with me as (insert into workers (id, seen_at) values ($1, clock_timestamp())
                     on conflict (id) do update set seen_at = clock_timestamp() returning id),
              gone as (delete from workers where seen_at < clock_timestamp() - interval '1 hour' and id <> $1)
         select 1 + count(*) from workers where id <> $1 and seen_at > clock_timestamp() - $2",
    )
    .bind(worker)
    .bind(ttl)
    .fetch_one(pool)
    .await?;
    Ok(live)
}

/// Says that this worker is gone: its share is free for the others at once.
pub async fn leave(pool: &PgPool, worker: &str) -> Result<(), StoreError> {
    sqlx::query("update partitions set owner = null, lease_until = '-infinity' where owner = $1")
        .bind(worker)
        .execute(pool)
        .await?;
    sqlx::query("delete from workers where id = $1").bind(worker).execute(pool).await?;
    Ok(())
}

/// Every partition and whose lease on it is running.
pub async fn list_tenures(pool: &PgPool) -> Result<Vec<Tenure>, StoreError> {
    let rows: Vec<(i16, Option<String>)> = sqlx::query_as(
        "select id, case when lease_until > clock_timestamp() then owner end from partitions order by id",
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|(id, owner)| Ok(Tenure { partition: partition(id)?, owner })).collect()
}

/// Takes the named partitions, as far as no other's lease on them is running. Raises their epoch and counts the take-over.
pub async fn claim(
    pool: &PgPool,
    worker: &str,
    partitions: &[Partition],
    lease: Duration,
) -> Result<Vec<OwnedPartition>, StoreError> {
    let rows: Vec<OwnedRow> = sqlx::query_as(
        "update partitions p
            set owner = $1, epoch = p.epoch + 1, lease_until = clock_timestamp() + $3,
                attempts = case when p.owner is null then p.attempts else least(p.attempts, 100) + 1 end
          where p.id in (select q.id from partitions q
                          where q.id = any ($2) and q.lease_until < clock_timestamp() order by q.id for update skip locked)
         returning p.id, p.epoch, p.incarnation, p.stored_pos, p.stored_command, p.published_pos, p.attempts, p.suspect",
    )
    .bind(worker)
    .bind(ids(partitions))
    .bind(lease)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(OwnedPartition::try_from).collect()
}

/// Prolongs the leases of what this worker owns; returns the rows as they stand. What is missing was lost.
pub async fn renew(pool: &PgPool, worker: &str, lease: Duration) -> Result<Vec<OwnedPartition>, StoreError> {
    let rows: Vec<OwnedRow> = sqlx::query_as(
        "update partitions p set lease_until = clock_timestamp() + $2
          where p.id in (select q.id from partitions q where q.owner = $1 order by q.id for no key update)
         returning p.id, p.epoch, p.incarnation, p.stored_pos, p.stored_command, p.published_pos, p.attempts, p.suspect",
    )
    .bind(worker)
    .bind(lease)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(OwnedPartition::try_from).collect()
}

/// Notes, before it is tried, that a command is to be carried out alone: whoever finds this note after the owner's death
/// need not try it again.
pub async fn set_suspect(
    pool: &PgPool,
    worker: &str,
    partition: Partition,
    command: Option<CommandId>,
) -> Result<(), StoreError> {
    sqlx::query("update partitions set suspect = $3 where id = $2 and owner = $1")
        .bind(worker)
        .bind(i16::from(partition.get()))
        .bind(command.map(CommandId::uuid))
        .execute(pool)
        .await?;
    Ok(())
}

/// Gives the named partitions to whoever wants them.
pub async fn release(pool: &PgPool, worker: &str, partitions: &[Partition]) -> Result<(), StoreError> {
    sqlx::query(
        "update partitions p set owner = null, lease_until = '-infinity', attempts = 0
          where p.id in (select q.id from partitions q where q.id = any ($2) and q.owner = $1 order by q.id for no key update)",
    )
    .bind(worker)
    .bind(ids(partitions))
    .execute(pool)
    .await?;
    Ok(())
}

/// Moves partitions for which nothing is left to read up to `pos`, at which `command` stands. Returns how many moved.
pub async fn advance_idle(
    pool: &PgPool,
    worker: &str,
    incarnation: i64,
    owned: &[(Partition, i64, i64)],
    pos: i64,
    command: Option<CommandId>,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "update partitions p set stored_pos = $6, stored_command = $7, attempts = 0, suspect = null
           from unnest($3::smallint[], $4::bigint[], $5::bigint[]) as f (id, epoch, from_pos)
          where p.id in (select q.id from partitions q where q.id = any ($3) order by q.id for no key update)
            and p.id = f.id and p.owner = $1 and p.incarnation = $2 and p.epoch = f.epoch and p.stored_pos = f.from_pos
            and p.stored_pos < $6",
    )
    .bind(worker)
    .bind(incarnation)
    .bind(owned.iter().map(|(partition, _, _)| i16::from(partition.get())).collect::<Vec<_>>())
    .bind(owned.iter().map(|(_, epoch, _)| *epoch).collect::<Vec<_>>())
    .bind(owned.iter().map(|(_, _, from)| *from).collect::<Vec<_>>())
    .bind(pos)
    .bind(command.map(CommandId::uuid))
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}

/// Notes how far each partition is published; never moves back, never past what is stored.
pub async fn set_published(pool: &PgPool, incarnation: i64, published: &[(Partition, i64)]) -> Result<(), StoreError> {
    sqlx::query(
        "update partitions p set published_pos = least(f.pos, p.stored_pos)
           from unnest($2::smallint[], $3::bigint[]) as f (id, pos)
          where p.id in (select q.id from partitions q where q.id = any ($2) order by q.id for no key update)
            and p.id = f.id and p.incarnation = $1 and p.published_pos < f.pos",
    )
    .bind(incarnation)
    .bind(published.iter().map(|(partition, _)| i16::from(partition.get())).collect::<Vec<_>>())
    .bind(published.iter().map(|(_, pos)| *pos).collect::<Vec<_>>())
    .execute(pool)
    .await?;
    Ok(())
}

/// The position before which no partition needs the stream of commands any more.
pub async fn lowest_stored_pos(pool: &PgPool, incarnation: i64) -> Result<i64, StoreError> {
    let lowest = sqlx::query_scalar(
        "select coalesce(min(case when incarnation = $1 then least(stored_pos, published_pos) else 0 end), 0) from partitions",
    )
    .bind(incarnation)
    .fetch_one(pool)
    .await?;
    Ok(lowest)
}

/// The incarnation of the stream of commands that was created then; a new one if it was never seen.
pub async fn incarnation_of_stream(pool: &PgPool, stream_created: &str) -> Result<i64, StoreError> {
    let incarnation = sqlx::query_scalar(
        "with newest as (select incarnation, stream_created from command_streams order by incarnation desc limit 1),
              fresh as (insert into command_streams (stream_created)
                        select $1 where not exists (select 1 from newest where stream_created = $1) returning incarnation)
         select incarnation from fresh union all select incarnation from newest where stream_created = $1",
    )
    .bind(stream_created)
    .fetch_one(pool)
    .await?;
    Ok(incarnation)
}

/// A new incarnation although the stream's name and creation are the same: it was cut.
pub async fn start_incarnation(pool: &PgPool, stream_created: &str) -> Result<i64, StoreError> {
    let incarnation =
        sqlx::query_scalar("insert into command_streams (stream_created) values ($1) returning incarnation")
            .bind(stream_created)
            .fetch_one(pool)
            .await?;
    Ok(incarnation)
}

/// Moves what this worker owns into an incarnation: positions begin anew at 0. What was not published before stays so
/// only by its rows, which the caller publishes first.
pub async fn enter_incarnation(pool: &PgPool, worker: &str, incarnation: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update partitions p set incarnation = $2, stored_pos = 0, stored_command = null, published_pos = 0
          where p.id in (select q.id from partitions q where q.owner = $1 and q.incarnation <> $2 order by q.id for update)",
    )
    .bind(worker)
    .bind(incarnation)
    .execute(pool)
    .await?;
    Ok(())
}
