//! Accounts for stand-alone use: a username, a password hash, and the person behind them.

use chat_protocol::ids::UserId;
use chat_protocol::rest::{Account, PlatformRole};
use sqlx::FromRow;
use sqlx::postgres::PgPool;

use crate::StoreError;

/// What a log-in needs.
#[derive(Clone)]
pub struct Credentials {
    /// The person.
    pub account: Account,
    /// Argon2id, PHC string.
    pub password_hash: String,
}

#[derive(FromRow)]
struct Row {
    id: i64,
    username: Option<String>,
    name: String,
    role: i16,
    avatar_url: Option<String>,
    password_hash: Option<String>,
}

impl Row {
    fn split(self) -> Result<(Account, Option<String>), StoreError> {
        let account = Account {
            id: UserId::new(self.id).ok_or(StoreError::Unexpected("users.id"))?,
            username: self.username,
            name: self.name,
            role: PlatformRole::from_number(self.role).ok_or(StoreError::Unexpected("users.role"))?,
            avatar_url: self.avatar_url,
        };
        Ok((account, self.password_hash))
    }
}

/// Creates an account and its person; none if the username is taken. Ids that are taken are skipped.
pub async fn create(
    pool: &PgPool,
    username: &str,
    password_hash: &str,
    name: &str,
    role: PlatformRole,
) -> Result<Option<Account>, StoreError> {
    loop {
        // A username that is taken is no error: the server would log it.
        let row: Result<Option<Row>, _> = sqlx::query_as(
            "with account as (insert into accounts (user_id, username, password_hash) values (nextval('user_ids'), $1, $2)
                              on conflict (lower(username)) do nothing returning user_id, username),
                  person as (insert into users (id, name, role) select user_id, $3, $4 from account
                             returning id, name, role, avatar_url)
             select person.*, account.username, null::text as password_hash from person, account",
        )
        .bind(username)
        .bind(password_hash)
        .bind(name)
        .bind(role.number())
        .fetch_optional(pool)
        .await;
        match row.map_err(StoreError::from) {
            Ok(row) => return Ok(row.map(Row::split).transpose()?.map(|(account, _)| account)),
            Err(error) if error.is_duplicate_in("users_pkey") => {}
            Err(error) => return Err(error),
        }
    }
}

/// The account of this username, in any case; none of somebody who is locked out.
pub async fn find_credentials(pool: &PgPool, username: &str) -> Result<Option<Credentials>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select u.id, a.username, u.name, u.role, u.avatar_url, a.password_hash
           from accounts a join users u on u.id = a.user_id and u.deactivated_at is null
          where lower(a.username) = lower($1)",
    )
    .bind(username)
    .fetch_optional(pool)
    .await?;
    let Some((account, Some(password_hash))) = row.map(Row::split).transpose()? else { return Ok(None) };
    Ok(Some(Credentials { account, password_hash }))
}

/// The person, with the username where there is one.
pub async fn find(pool: &PgPool, id: UserId) -> Result<Option<Account>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select u.id, a.username, u.name, u.role, u.avatar_url, null::text as password_hash
           from users u left join accounts a on a.user_id = u.id where u.id = $1",
    )
    .bind(id.get())
    .fetch_optional(pool)
    .await?;
    Ok(row.map(Row::split).transpose()?.map(|(account, _)| account))
}
