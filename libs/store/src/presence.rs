//! What the database knows of presence: whom a person may see, when people were last here, and what they chose to show.
//! Who is here now, only the presence service knows.

use std::collections::BTreeMap;

use chat_protocol::ids::UserId;
use chat_protocol::limits::MAX_PRESENCE_PARTICIPANTS;
use chat_protocol::presence::{Acquaintance, Choice, ChosenStatus};
use chat_protocol::time::Timestamp;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;

use crate::StoreError;

/// Which part of a person's acquaintances is wanted. They are in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquaintanceWindow {
    /// From the first, or after this one.
    After(Option<UserId>),
    /// Before this one, nearest first to be read, but in the list's order.
    Before(UserId),
}

/// The ids of those whose presence `$1` may see: both take part in a conversation of at most `$2` people, unless `$1` has
/// opened it as a direct one and the other has not said anything in it yet. Not if one of them has blocked the other.
macro_rules! visible_to {
    ($narrowed:literal) => {
        concat!(
            "select o.user_id
               from participants mine
               join conversations c on c.id = mine.conversation_id and c.deleted_at is null and c.participant_count <= $2
               join participants o on o.conversation_id = c.id and o.left_seq is null and o.user_id <> $1
              where mine.user_id = $1 and mine.left_seq is null
                and not (c.kind = 0 and mine.role = 0 and o.sent_count = 0)
                and not ((select u.block_count > 0 from users u where u.id = $1)
                         and exists (select 1 from blocks b
                                      where (b.user_id, b.blocked_id) in (($1, o.user_id), (o.user_id, $1)))) ",
            $narrowed
        )
    };
}

/// Up to `limit` of those whose presence the person may see.
pub async fn acquaintances(
    pool: &PgPool,
    user: UserId,
    window: AcquaintanceWindow,
    limit: u32,
) -> Result<Vec<Acquaintance>, StoreError> {
    let (statement, edge) = match window {
        AcquaintanceWindow::After(edge) => (
            concat!(
                "select u.id, u.last_seen from (select distinct user_id from (",
                visible_to!("and o.user_id > $3"),
                ") v order by user_id limit $4) v join users u on u.id = v.user_id"
            ),
            edge.map_or(0, UserId::get),
        ),
        AcquaintanceWindow::Before(edge) => (
            concat!(
                "select u.id, u.last_seen from (select distinct user_id from (",
                visible_to!("and o.user_id < $3"),
                ") v order by user_id desc limit $4) v join users u on u.id = v.user_id"
            ),
            edge.get(),
        ),
    };
    let rows = sqlx::query_as(statement)
        .bind(user.get())
        .bind(MAX_PRESENCE_PARTICIPANTS)
        .bind(edge)
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    in_order(rows)
}

/// Those of these people whose presence the person may see, in the order of their ids; oneself is among them if asked for.
pub async fn visible_among(pool: &PgPool, user: UserId, asked: &[UserId]) -> Result<Vec<Acquaintance>, StoreError> {
    let rows = sqlx::query_as(concat!(
        "select u.id, u.last_seen from (",
        visible_to!("and o.user_id = any($3)"),
        " union select $1 where $1 = any($3)) v join users u on u.id = v.user_id"
    ))
    .bind(user.get())
    .bind(MAX_PRESENCE_PARTICIPANTS)
    .bind(numbers(asked))
    .fetch_all(pool)
    .await?;
    in_order(rows)
}

/// Notes when people were last here. An earlier time than the known one changes nothing.
pub async fn note_last_seen(pool: &PgPool, visits: &BTreeMap<UserId, Timestamp>) -> Result<(), StoreError> {
    let (people, times): (Vec<i64>, Vec<DateTime<Utc>>) =
        visits.iter().map(|(user, at)| (user.get(), at.datetime())).unzip();
    sqlx::query(
        "with visits as materialized (
             select u.id, v.at from unnest($1::bigint[], $2::timestamptz[]) as v (id, at) join users u on u.id = v.id
              where u.last_seen is null or u.last_seen < v.at
              order by u.id for no key update of u)
         update users u set last_seen = greatest(u.last_seen, v.at) from visits v where u.id = v.id",
    )
    .bind(people)
    .bind(times)
    .execute(pool)
    .await?;
    Ok(())
}

/// Sets what the person shows. Returns the choice, and when the person was last here; none if nobody has this id.
pub async fn choose(
    pool: &PgPool,
    user: UserId,
    status: ChosenStatus,
) -> Result<Option<(Choice, Option<Timestamp>)>, StoreError> {
    let row: Option<(i64, Option<DateTime<Utc>>)> = sqlx::query_as(
        "update users set presence_status = $2,
                presence_version = greatest(presence_version + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
          where id = $1 returning presence_version, last_seen",
    )
    .bind(user.get())
    .bind(status.number())
    .fetch_optional(pool)
    .await?;
    let chosen = |(version, last_seen): (_, Option<DateTime<Utc>>)| {
        (Choice { user_id: user, status, version }, last_seen.map(Into::into))
    };
    Ok(row.map(chosen))
}

/// What these people chose to show. Who has never chosen is left out.
pub async fn choices(pool: &PgPool, people: &[UserId]) -> Result<Vec<Choice>, StoreError> {
    let rows: Vec<(i64, i16, i64)> = sqlx::query_as(
        "select id, presence_status, presence_version from users where id = any($1) and presence_version > 0 order by id",
    )
    .bind(numbers(people))
    .fetch_all(pool)
    .await?;
    let choice = |(id, status, version): (i64, i16, i64)| {
        let user_id = UserId::new(id).ok_or(StoreError::Unexpected("users.id"))?;
        let status = ChosenStatus::from_number(status).ok_or(StoreError::Unexpected("users.presence_status"))?;
        Ok(Choice { user_id, status, version })
    };
    rows.into_iter().map(choice).collect()
}

fn numbers(people: &[UserId]) -> Vec<i64> {
    people.iter().map(|user| user.get()).collect()
}

fn in_order(rows: Vec<(i64, Option<DateTime<Utc>>)>) -> Result<Vec<Acquaintance>, StoreError> {
    let acquaintance = |(id, last_seen): (i64, Option<DateTime<Utc>>)| {
        let user_id = UserId::new(id).ok_or(StoreError::Unexpected("users.id"))?;
        Ok(Acquaintance { user_id, last_seen: last_seen.map(Into::into) })
    };
    let mut people = rows.into_iter().map(acquaintance).collect::<Result<Vec<_>, StoreError>>()?;
    people.sort_by_key(|one| one.user_id);
    Ok(people)
}
