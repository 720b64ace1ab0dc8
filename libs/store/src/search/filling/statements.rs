//! The statements of a round.

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgConnection, PgPool};
use uuid::Uuid;

use super::super::block::{Block, Source, Stretch, WHOLE};
use super::plan::{Due, Touched, Window};
use crate::StoreError;

/// How many days ago a conversation may have been deleted whose blocks are looked for.
const DELETED_WITHIN: &str = "7 days";

/// Lets the transaction wait for long texts to be taken apart. It holds up nobody but others who fill.
pub(super) async fn be_patient(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("set local idle_in_transaction_session_timeout = '10s'").execute(connection).await?;
    Ok(())
}

/// Locks the positions of partitions that have something to do and that nobody else is at: those that were stored to since, then
/// those that have waited longest.
pub(super) async fn lock_due(connection: &mut PgConnection, limit: u32) -> Result<Vec<Due>, StoreError> {
    let due = sqlx::query_as(
        "select s.partition, s.incarnation, s.pos, s.backlog_pos, p.incarnation as current_incarnation, p.stored_pos
           from search_positions s join partitions p on p.id = s.partition
          where s.backlog_pos is not null or s.incarnation <> p.incarnation or s.pos < p.stored_pos
          order by s.incarnation = p.incarnation and s.pos >= p.stored_pos, s.filled_at
          limit $1 for no key update of s skip locked",
    )
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await?;
    Ok(due)
}

#[derive(sqlx::FromRow)]
struct TouchedRow {
    ord: i32,
    command_pos: i64,
    conversation_id: Uuid,
    seq: i64,
    is_message: bool,
    is_changed: bool,
}

/// What commands have touched, of each window about the first `limit` messages and events. Of events only those count that change
/// a message, or stand at the end of a whole block: after them it can be made.
pub(super) async fn touched(
    connection: &mut PgConnection,
    windows: &[Window],
    limit: u32,
) -> Result<Vec<Touched>, StoreError> {
    let rows: Vec<TouchedRow> = sqlx::query_as(
        "select w.ord, x.* from unnest($1::int[], $2::smallint[], $3::bigint[], $4::bigint[]) as w (ord, partition, after_pos, until_pos)
          cross join lateral (
            with said as materialized (
                select m.command_pos, m.conversation_id, m.seq, true as is_message, false as is_changed from messages m
                 where m.partition = w.partition and m.command_pos > w.after_pos and m.command_pos <= w.until_pos
                 order by m.command_pos fetch first ($5) rows with ties)
            select * from said union all
            (select e.command_pos, e.conversation_id, case when e.kind in (6, 7) then (e.body ->> 'message_seq')::bigint else e.seq end,
                    false, e.kind in (6, 7)
               from log_events e
              where e.partition = w.partition and e.command_pos > w.after_pos
                and e.command_pos <= (select case when count(*) < $5 then w.until_pos else max(s.command_pos) end from said s)
                and (e.kind in (6, 7) or e.seq % $6 = $6 - 1)
              order by e.command_pos fetch first ($5) rows with ties)) x
          order by w.ord, x.command_pos",
    )
    .bind((0..).take(windows.len()).collect::<Vec<i32>>())
    .bind(windows.iter().map(|window| window.partition).collect::<Vec<_>>())
    .bind(windows.iter().map(|window| window.after_pos).collect::<Vec<_>>())
    .bind(windows.iter().map(|window| window.until_pos).collect::<Vec<_>>())
    .bind(i64::from(limit))
    .bind(WHOLE)
    .fetch_all(connection)
    .await?;
    let read = |row: TouchedRow| Touched {
        window: usize::try_from(row.ord).unwrap_or(usize::MAX),
        command_pos: row.command_pos,
        conversation: row.conversation_id,
        seq: row.seq,
        is_message: row.is_message,
        is_changed: row.is_changed,
        standing: None,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Adds where the logs end, and whether the messages are in blocks already.
pub(super) async fn look_up(
    connection: &mut PgConnection,
    mut touched: Vec<Touched>,
) -> Result<Vec<Touched>, StoreError> {
    let rows: Vec<(i64, i64, bool)> = sqlx::query_as(
        "select t.ord, c.last_seq, coalesce(b.through_seq >= t.seq, false)
           from unnest($1::uuid[], $2::bigint[]) with ordinality as t (conversation_id, seq, ord)
           join conversations c on c.id = t.conversation_id and c.deleted_at is null
           left join lateral (
                select b.through_seq from search_blocks b
                 where b.conversation_id = t.conversation_id and b.first_seq <= t.seq order by b.first_seq desc limit 1) b on true",
    )
    .bind(touched.iter().map(|one| one.conversation).collect::<Vec<_>>())
    .bind(touched.iter().map(|one| one.seq).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    for (ord, last_seq, is_filled) in rows {
        if let Some(one) = usize::try_from(ord - 1).ok().and_then(|index| touched.get_mut(index)) {
            one.standing = Some((last_seq, is_filled));
        }
    }
    Ok(touched)
}

#[derive(sqlx::FromRow)]
struct SourceRow {
    ord: i64,
    seq: i64,
    sender_id: Option<i64>,
    message_type: i16,
    created_at: DateTime<Utc>,
    content: Option<String>,
}

/// The messages of each stretch as they are now, in order.
pub(super) async fn read(connection: &mut PgConnection, stretches: &[Stretch]) -> Result<Vec<Vec<Source>>, StoreError> {
    let rows: Vec<SourceRow> = sqlx::query_as(
        "select r.ord, m.seq, m.sender_id, m.message_type, m.created_at, case when m.deleted_at is null then m.content end as content
           from unnest($1::uuid[], $2::bigint[], $3::bigint[]) with ordinality as r (conversation_id, first_seq, end_seq, ord)
           join messages m on m.conversation_id = r.conversation_id and m.seq >= r.first_seq and m.seq < r.end_seq
          order by r.ord, m.seq",
    )
    .bind(conversations(stretches))
    .bind(stretches.iter().map(|stretch| stretch.first_seq).collect::<Vec<_>>())
    .bind(stretches.iter().map(|stretch| stretch.end()).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    let mut messages = vec![Vec::new(); stretches.len()];
    for row in rows {
        let stretch = usize::try_from(row.ord - 1).ok().and_then(|index| messages.get_mut(index));
        let stretch = stretch.ok_or(StoreError::Unexpected("the order of stretches"))?;
        stretch.push(Source {
            seq: row.seq,
            sender: row.sender_id,
            message_type: row.message_type,
            micros: row.created_at.timestamp_micros(),
            content: row.content,
        });
    }
    Ok(messages)
}

fn conversations(stretches: &[Stretch]) -> Vec<Uuid> {
    stretches.iter().map(|stretch| stretch.conversation).collect()
}

/// Puts blocks in the place of all that these stretches had.
pub(super) async fn replace(
    connection: &mut PgConnection,
    stretches: &[Stretch],
    blocks: &[&Block],
) -> Result<(), StoreError> {
    let (ids, firsts): (Vec<_>, Vec<_>) = blocks.iter().map(|block| (block.conversation, block.first_seq)).unzip();
    sqlx::query(
        "delete from search_blocks b using unnest($1::uuid[], $2::bigint[], $3::bigint[]) as r (conversation_id, first_seq, end_seq)
          where b.conversation_id = r.conversation_id and b.first_seq >= r.first_seq and b.first_seq < r.end_seq
            and (b.conversation_id, b.first_seq) not in (select * from unnest($4::uuid[], $5::bigint[]))",
    )
    .bind(conversations(stretches))
    .bind(stretches.iter().map(|stretch| stretch.first_seq).collect::<Vec<_>>())
    .bind(stretches.iter().map(|stretch| stretch.end()).collect::<Vec<_>>())
    .bind(&ids)
    .bind(&firsts)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into search_blocks (conversation_id, first_seq, through_seq, first_at, last_at, micros, tokens)
         select x.conversation_id, x.first_seq, x.through_seq, x.first_at, x.last_at, x.micros::bigint[], x.tokens::tsvector
           from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[])
                as x (conversation_id, first_seq, through_seq, first_at, last_at, micros, tokens)
         on conflict (conversation_id, first_seq) do update set
            through_seq = excluded.through_seq, first_at = excluded.first_at, last_at = excluded.last_at,
            micros = excluded.micros, tokens = excluded.tokens",
    )
    .bind(&ids)
    .bind(&firsts)
    .bind(blocks.iter().map(|block| block.through_seq).collect::<Vec<_>>())
    .bind(blocks.iter().map(|block| time(block.micros.iter().min())).collect::<Vec<_>>())
    .bind(blocks.iter().map(|block| time(block.micros.iter().max())).collect::<Vec<_>>())
    .bind(blocks.iter().map(|block| array(&block.micros)).collect::<Vec<_>>())
    .bind(blocks.iter().map(|block| block.tokens.as_str()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

fn time(micros: Option<&i64>) -> DateTime<Utc> {
    micros.and_then(|micros| DateTime::from_timestamp_micros(*micros)).unwrap_or_default()
}

/// Numbers as Postgres reads an array of them.
fn array(numbers: &[i64]) -> String {
    format!("{{{}}}", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

/// Notes how far partitions are filled.
pub(super) async fn move_on(connection: &mut PgConnection, moved: &[Due]) -> Result<(), StoreError> {
    sqlx::query(
        "update search_positions s set incarnation = x.incarnation, pos = x.pos, backlog_pos = x.backlog_pos,
                                       filled_at = clock_timestamp()
           from unnest($1::smallint[], $2::bigint[], $3::bigint[], $4::bigint[]) as x (partition, incarnation, pos, backlog_pos)
          where s.partition = x.partition",
    )
    .bind(moved.iter().map(|due| due.partition).collect::<Vec<_>>())
    .bind(moved.iter().map(|due| due.incarnation).collect::<Vec<_>>())
    .bind(moved.iter().map(|due| due.pos).collect::<Vec<_>>())
    .bind(moved.iter().map(|due| due.backlog_pos).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes all blocks away, and everything as left to be filled. The rows of positions are locked first: no round is under way.
pub(super) async fn begin_anew(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("select 1 from search_positions order by partition for update").execute(&mut *connection).await?;
    sqlx::query("truncate search_blocks").execute(&mut *connection).await?;
    sqlx::query(
        "update search_positions s set incarnation = p.incarnation, pos = p.stored_pos, backlog_pos = $1
           from partitions p where p.id = s.partition",
    )
    .bind(i64::MIN)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn look_again(pool: &PgPool) -> Result<(), StoreError> {
    sqlx::query("update search_positions set backlog_pos = $1").bind(i64::MIN).execute(pool).await?;
    Ok(())
}

pub(super) async fn count_backlogs(pool: &PgPool) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar("select count(*) from search_positions where backlog_pos is not null");
    Ok(count.fetch_one(pool).await?)
}

pub(super) async fn forget_deleted(pool: &PgPool, limit: u32) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "delete from search_blocks b using (
            select b.conversation_id, b.first_seq from conversations c join search_blocks b on b.conversation_id = c.id
             where c.deleted_at > now() - $1::text::interval limit $2) f
          where b.conversation_id = f.conversation_id and b.first_seq = f.first_seq",
    )
    .bind(DELETED_WITHIN)
    .bind(i64::from(limit))
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}
