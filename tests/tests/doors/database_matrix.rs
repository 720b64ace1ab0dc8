//! Every role of Postgres against every table, as `database.table` has it; and what each must never be let do, tried as that role.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use chat_e2e::{Role, Stack, StackOptions};
use sqlx::{Connection as _, PgConnection};

const TABLE: &str = include_str!("database.table");
/// The columns of the table.
const ROLES: [Role; 3] = [Role::Api, Role::Persistence, Role::Operator];
/// SQLSTATE of what somebody may not.
const DENIED: &str = "42501";

/// For everybody but the owner.
const NOBODYS: [&str; 11] = [
    "create table mine (id int)",
    "create temporary table mine (id int)",
    "create function mine() returns int language sql as 'select 1'",
    "create schema mine",
    "alter table users add column mine int",
    "drop table messages",
    "truncate audit",
    "update audit set action = 'nothing'",
    "set role chat_owner",
    "create role mine",
    "select rolpassword from pg_authid",
];
/// The log is not the api's to write.
const NOT_THE_APIS: [&str; 7] = [
    "insert into messages select * from messages",
    "update messages set content = ''",
    "delete from log_events",
    "update conversations set last_seq = last_seq",
    "insert into participants (conversation_id, user_id, role, joined_seq) values (gen_random_uuid(), 1, 0, 1)",
    "update partitions set owner = 'me'",
    "select * from outbox",
];
/// Accounts, tokens and who is what are not the worker's.
const NOT_PERSISTENCES: [&str; 8] = [
    "select password_hash from accounts",
    "select * from refresh_tokens",
    "update token_families set revoked_at = null",
    "select * from revoked_users",
    "update users set role = 2",
    "insert into users (id, name) values (1, 'x')",
    "select content from reports",
    "insert into audit (action) values ('x')",
];
/// Nothing that people wrote.
const NOT_THE_OPERATORS: [&str; 6] = [
    "select content from messages",
    "select body from log_events",
    "select title from conversations",
    "select password_hash from accounts",
    "select tokens from search_blocks",
    "update partitions set owner = null",
];

async fn database() -> Result<Stack> {
    let stack = Stack::prepare(StackOptions::for_tests()?).await?;
    stack.launch_servers().await?;
    stack.migrate().await?;
    Ok(stack)
}

#[tokio::test]
async fn every_role_may_what_the_table_says_and_nothing_else() -> Result<()> {
    let stack = database().await?;
    let mut superuser = PgConnection::connect(stack.database_url()).await?;
    let mut found = BTreeMap::new();
    for role in ROLES {
        let rights: Vec<(String, String)> = sqlx::query_as(
            "select c.relname::text, coalesce(nullif(concat(
                 case when has_table_privilege($1, c.oid, 'select') then 'r'
                      when has_any_column_privilege($1, c.oid, 'select') then 'c' end,
                 case when has_any_column_privilege($1, c.oid, 'insert') then 'a' end,
                 case when has_table_privilege($1, c.oid, 'update') then 'w'
                      when has_any_column_privilege($1, c.oid, 'update') then 'v' end,
                 case when has_table_privilege($1, c.oid, 'delete') then 'd' end,
                 case when has_table_privilege($1, c.oid, 'truncate, references, trigger') then '!' end), ''), '-')
               from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')",
        )
        .bind(role.name())
        .fetch_all(&mut superuser)
        .await?;
        for (table, rights) in rights {
            found.entry(table).or_insert_with(Vec::new).push(rights);
        }
    }
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let expected: BTreeMap<String, Vec<String>> = lines
        .map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            Some((words.next()?, words.collect()))
        })
        .collect::<Option<_>>()
        .context("a line is a table and its rights")?;
    assert_eq!(found, expected);
    stack.stop().await
}

#[tokio::test]
async fn what_is_not_ones_own_is_refused() -> Result<()> {
    let stack = database().await?;
    for (role, foreign) in [
        (Role::Api, NOT_THE_APIS.as_slice()),
        (Role::Persistence, NOT_PERSISTENCES.as_slice()),
        (Role::Operator, NOT_THE_OPERATORS.as_slice()),
    ] {
        let mut connection = PgConnection::connect(stack.role_url(role)?).await?;
        for statement in NOBODYS.iter().chain(foreign) {
            let outcome = sqlx::query(*statement).execute(&mut connection).await;
            let error = outcome.err().with_context(|| format!("{} may: {statement}", role.name()))?;
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            assert_eq!(code.as_deref(), Some(DENIED), "{}: {statement}: {error}", role.name());
        }
    }
    stack.stop().await
}

/// One role for everything, as before there were more, and one that may create none: the migrations work all the same.
#[tokio::test]
async fn schema_can_be_made_by_whoever_owns_a_database() -> Result<()> {
    let stack = database().await?;
    let mut superuser = PgConnection::connect(stack.database_url()).await?;
    for statement in ["create role alone login password 'alone'", "create database elsewhere owner alone"] {
        sqlx::query(statement).execute(&mut superuser).await?;
    }
    let (_, place) = stack.database_url().rsplit_once('@').context("the URL names a user")?;
    let (server, _) = place.rsplit_once('/').context("the URL names a database")?;
    let store = chat_store::Database::new(&format!("postgres://alone:alone@{server}/elsewhere"), 1)?;
    chat_store::migrate(&store).await?;
    store.ping().await?;
    stack.stop().await
}
