//! People as an operator changes them, past the services. What is done is on record, without an actor.

use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use sqlx::postgres::PgPool;

use crate::StoreError;
use crate::admin::users::Put;

/// Makes somebody known, or changes what others see of them.
pub async fn put(
    pool: &PgPool,
    id: UserId,
    name: &str,
    role: PlatformRole,
    avatar_url: Option<&str>,
) -> Result<Put, StoreError> {
    let outcome = sqlx::query_scalar("select outcome from put_user($1, $2, $3, $4, null, null, null)")
        .bind(id.get())
        .bind(name)
        .bind(role.number())
        .bind(avatar_url);
    outcome_of(outcome.fetch_one(pool).await?)
}

/// Lets somebody in, or locks them out; none if nobody knows them.
pub async fn set_active(pool: &PgPool, id: UserId, is_active: bool) -> Result<Option<Put>, StoreError> {
    let outcome: Option<i16> = sqlx::query_scalar(
        "select x.outcome from users u,
                put_user(u.id, u.name, case u.role when 2 then coalesce(u.role_besides, 0) else u.role end::smallint,
                         u.avatar_url, $2, null, null) x
          where u.id = $1",
    )
    .bind(id.get())
    .bind(is_active)
    .fetch_optional(pool)
    .await?;
    outcome.map(outcome_of).transpose()
}

fn outcome_of(outcome: i16) -> Result<Put, StoreError> {
    Ok(match outcome {
        0 => Put::Created,
        6 => Put::Replaced,
        8 => Put::Refused,
        _ => return Err(StoreError::Unexpected("put_user")),
    })
}

/// Puts on record what an operator has done.
pub async fn record(
    pool: &PgPool,
    action: &str,
    object: Option<&str>,
    detail: Option<serde_json::Value>,
) -> Result<(), StoreError> {
    sqlx::query("insert into audit (action, object, detail) values ($1, $2, $3)")
        .bind(action)
        .bind(object)
        .bind(detail)
        .execute(pool)
        .await?;
    Ok(())
}
