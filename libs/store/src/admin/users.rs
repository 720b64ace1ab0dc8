//! People as administrators see and machines keep them.

use chat_protocol::ids::UserId;
use chat_protocol::rest::{AdminUser, PlatformRole, PutUserRequest};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;

use super::audit::Actor;
use super::{Window, in_order};
use crate::StoreError;

#[derive(FromRow)]
struct Row {
    id: i64,
    username: Option<String>,
    name: String,
    role: i16,
    avatar_url: Option<String>,
    is_active: bool,
    last_seen: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for AdminUser {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId::new(row.id).ok_or(StoreError::Unexpected("users.id"))?,
            username: row.username,
            name: row.name,
            role: PlatformRole::from_number(row.role).ok_or(StoreError::Unexpected("users.role"))?,
            avatar_url: row.avatar_url,
            is_active: row.is_active,
            last_seen: row.last_seen.map(Into::into),
            created_at: row.created_at.into(),
        })
    }
}

macro_rules! people {
    ($end:literal) => {
        concat!(
            "select u.id, a.username, u.name, u.role, u.avatar_url, u.deactivated_at is null as is_active, u.last_seen, u.created_at
               from users u left join accounts a on a.user_id = u.id where ",
            $end
        )
    };
}

/// Those whose name begins so, or whose username or id it is.
macro_rules! found {
    ($end:literal) => {
        concat!(
            people!(
                "u.id in (select n.id from users n where lower(n.name) like lower($1) || '%'
                          union all select b.user_id from accounts b where lower(b.username) = lower($4)
                          union all select i.id from users i where i.id = $5) and "
            ),
            $end
        )
    };
}

/// Up to `limit` people in the order of their ids: all, or those whose name begins so, or whose username or id it is.
pub async fn list(
    pool: &PgPool,
    search: Option<&str>,
    window: Window<UserId>,
    limit: u32,
) -> Result<Vec<AdminUser>, StoreError> {
    let (key, backwards) = window.split();
    let statement = match (search, backwards) {
        (None, false) => people!("($2::bigint is null or u.id > $2) and $1::text is null order by u.id limit $3"),
        (None, true) => people!("u.id < $2 and $1::text is null order by u.id desc limit $3"),
        (Some(_), false) => found!("($2::bigint is null or u.id > $2) order by u.id limit $3"),
        (Some(_), true) => found!("u.id < $2 order by u.id desc limit $3"),
    };
    let query =
        sqlx::query_as(statement).bind(search.map(escape_pattern)).bind(key.map(UserId::get)).bind(i64::from(limit));
    let query = match search {
        Some(text) => query.bind(text).bind(text.parse::<UserId>().ok().map(UserId::get)),
        None => query,
    };
    let rows: Vec<Row> = query.fetch_all(pool).await?;
    Ok(in_order(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?, backwards))
}

/// The text as itself in `like`.
fn escape_pattern(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// One person.
pub async fn find(pool: &PgPool, id: UserId) -> Result<Option<AdminUser>, StoreError> {
    let row: Option<Row> = sqlx::query_as(people!("u.id = $1")).bind(id.get()).fetch_optional(pool).await?;
    row.map(TryInto::try_into).transpose()
}

/// What became of a person who was to be put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Never seen before.
    Created,
    /// Known before.
    Replaced,
    /// Machines stay as they are, and administrators are not locked out.
    Refused,
}

/// Creates somebody or replaces what others see of them, and puts that on record, at once.
pub async fn put(pool: &PgPool, id: UserId, person: &PutUserRequest, actor: Actor<'_>) -> Result<Put, StoreError> {
    let outcome: i16 = sqlx::query_scalar("select outcome from put_user($1, $2, $3, $4, $5, $6, $7)")
        .bind(id.get())
        .bind(person.name.trim())
        .bind(person.role.number())
        .bind(&person.avatar_url)
        .bind(person.is_active)
        .bind(actor.id.get())
        .bind(actor.request_id)
        .fetch_one(pool)
        .await?;
    Ok(match outcome {
        0 => Put::Created,
        6 => Put::Replaced,
        8 => Put::Refused,
        _ => return Err(StoreError::Unexpected("put_user")),
    })
}

/// What became of an operator's wish to make somebody an administrator, or none any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// It is so, now or before.
    Done,
    /// Nobody has this id.
    Unknown,
    /// A machine, or somebody who is locked out.
    Refused,
}

/// Makes somebody an administrator, or takes that back.
pub async fn set_administrator(pool: &PgPool, id: UserId, is_set: bool) -> Result<Granted, StoreError> {
    let outcome: i16 = sqlx::query_scalar("select outcome from set_administrator($1, $2)")
        .bind(id.get())
        .bind(is_set)
        .fetch_one(pool)
        .await?;
    Ok(match outcome {
        3 => Granted::Unknown,
        6 => Granted::Done,
        8 => Granted::Refused,
        _ => return Err(StoreError::Unexpected("set_administrator")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_patterns_stand_for_themselves() {
        assert_eq!(escape_pattern(r"50%_\"), r"50\%\_\\");
    }
}
