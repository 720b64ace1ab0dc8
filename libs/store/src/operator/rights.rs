//! Whether the services' roles are there, and have the rights without which nothing works and none that they must not have.

use sqlx::postgres::PgPool;

use crate::StoreError;

/// A right that a role has to have, or must not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Expected {
    role: &'static str,
    table: &'static str,
    right: &'static str,
    is_granted: bool,
}

const fn has(role: &'static str, right: &'static str, table: &'static str) -> Expected {
    Expected { role, table, right, is_granted: true }
}

const fn lacks(role: &'static str, right: &'static str, table: &'static str) -> Expected {
    Expected { role, table, right, is_granted: false }
}

/// One of each kind; the whole table is that of the tests.
const EXPECTED: [Expected; 14] = [
    has("chat_api", "select", "messages"),
    has("chat_api", "insert", "accounts"),
    has("chat_api", "update", "users"),
    has("chat_api", "insert", "audit"),
    has("chat_api", "update", "webhook_deliveries"),
    has("chat_api", "delete", "push_subscriptions"),
    has("chat_persistence", "insert", "messages"),
    has("chat_persistence", "update", "partitions"),
    has("chat_persistence", "delete", "outbox"),
    has("chat_operator", "select", "partitions"),
    lacks("chat_api", "insert", "messages"),
    lacks("chat_persistence", "select", "accounts"),
    lacks("chat_operator", "select", "messages"),
    lacks("chat_operator", "update", "users"),
];

/// What was found about the roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Roles that do not exist.
    pub missing_roles: Vec<String>,
    /// Rights that are missing, as one would grant them.
    pub missing: Vec<String>,
    /// Rights that are too much.
    pub excessive: Vec<String>,
}

/// Compares the roles with what they have to be.
pub async fn check(pool: &PgPool) -> Result<Rights, StoreError> {
    let missing_roles: Vec<String> = sqlx::query_scalar(
        "select x.name from unnest(array['chat_owner', 'chat_api', 'chat_persistence', 'chat_operator']) as x (name)
          where not exists (select from pg_roles r where r.rolname = x.name) limit 10",
    )
    .fetch_all(pool)
    .await?;
    let column = |text: fn(&Expected) -> &'static str| EXPECTED.iter().map(text).collect::<Vec<_>>();
    let found: Vec<Option<bool>> = sqlx::query_scalar(
        "select case when r.rolname is not null and to_regclass(x.table_name) is not null
                     then has_table_privilege(x.role, x.table_name, x.right_name) end
           from unnest($1::text[], $2::text[], $3::text[]) with ordinality as x (role, table_name, right_name, ord)
           left join pg_roles r on r.rolname = x.role order by x.ord limit 100",
    )
    .bind(column(|expected| expected.role))
    .bind(column(|expected| expected.table))
    .bind(column(|expected| expected.right))
    .fetch_all(pool)
    .await?;
    let mut rights = Rights { missing_roles, ..Rights::default() };
    for (expected, found) in EXPECTED.iter().zip(found) {
        let text = format!("{} on {} to {}", expected.right, expected.table, expected.role);
        match found {
            Some(false) if expected.is_granted => rights.missing.push(text),
            Some(true) if !expected.is_granted => rights.excessive.push(text),
            _ => {}
        }
    }
    Ok(rights)
}
