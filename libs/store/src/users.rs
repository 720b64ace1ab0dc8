//! People, whether they have an account here or come with an outside token.

use chat_protocol::ids::UserId;
use chat_protocol::rest::{NewPerson, PlatformRole};
use chat_protocol::rpc::Identity;
use sqlx::postgres::PgPool;

use crate::StoreError;

/// What decides about everything that somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonState {
    /// What they are on the platform.
    pub role: PlatformRole,
    /// Whether they are let in at all.
    pub is_active: bool,
}

impl PersonState {
    /// Whether a token of this identity counts. Machines and people never share an id: a token of the one is none of the other.
    #[must_use]
    pub fn lets_in(&self, identity: &Identity) -> bool {
        let is_machine = |role| role == PlatformRole::Service;
        self.is_active && is_machine(self.role) == is_machine(identity.role)
    }
}

/// How somebody stands now, if they are known.
pub async fn find_state(pool: &PgPool, user: UserId) -> Result<Option<PersonState>, StoreError> {
    let row: Option<(i16, bool)> = sqlx::query_as("select role, deactivated_at is null from users where id = $1")
        .bind(user.get())
        .fetch_optional(pool)
        .await?;
    let state = |(role, is_active)| {
        let role = PlatformRole::from_number(role).ok_or(StoreError::Unexpected("users.role"))?;
        Ok(PersonState { role, is_active })
    };
    row.map(state).transpose()
}

/// Creates the person of a token, or takes the name and picture of a newer one. A role that stands here stays, and none
/// that comes from a token is an administrator's.
pub async fn upsert_from_claims(pool: &PgPool, identity: &Identity) -> Result<(), StoreError> {
    sqlx::query(
        "insert into users (id, name, role, avatar_url, claims_at)
         values ($1, coalesce($2, 'User ' || $1), $3, $4, $5)
         on conflict (id) do update set name = coalesce($2, users.name), avatar_url = coalesce($4, users.avatar_url),
                claims_at = $5
          where $5 is not null and (users.claims_at is null or users.claims_at < $5)
            and ($2 is not null or $4 is not null)",
    )
    .bind(identity.user_id.get())
    .bind(&identity.name)
    .bind(claimable(identity.role).number())
    .bind(&identity.avatar_url)
    .bind(identity.issued_at.map(chat_protocol::time::Timestamp::datetime))
    .execute(pool)
    .await?;
    Ok(())
}

const fn claimable(role: PlatformRole) -> PlatformRole {
    match role {
        PlatformRole::Freelancer | PlatformRole::Service => role,
        PlatformRole::Client | PlatformRole::Admin => PlatformRole::Client,
    }
}

/// Creates many people at once; those who are there stay as they are. For seeding.
pub async fn insert_many(pool: &PgPool, people: &[(UserId, String, PlatformRole)]) -> Result<(), StoreError> {
    sqlx::query(
        "insert into users (id, name, role) select * from unnest($1::bigint[], $2::text[], $3::smallint[])
         on conflict (id) do nothing",
    )
    .bind(people.iter().map(|(id, _, _)| id.get()).collect::<Vec<_>>())
    .bind(people.iter().map(|(_, name, _)| name.clone()).collect::<Vec<_>>())
    .bind(people.iter().map(|(_, _, role)| role.number()).collect::<Vec<_>>())
    .execute(pool)
    .await?;
    Ok(())
}

/// Creates people whom a machine brings along; those who are there stay as they are.
pub async fn insert_new(pool: &PgPool, people: &[NewPerson]) -> Result<(), StoreError> {
    sqlx::query(
        "insert into users (id, name, role, avatar_url)
         select distinct on (x.id) * from unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[]) as x (id) order by x.id
         on conflict (id) do nothing",
    )
    .bind(people.iter().map(|person| person.id.get()).collect::<Vec<_>>())
    .bind(people.iter().map(|person| person.name.trim().to_owned()).collect::<Vec<_>>())
    .bind(people.iter().map(|person| claimable(person.role).number()).collect::<Vec<_>>())
    .bind(people.iter().map(|person| person.avatar_url.clone()).collect::<Vec<_>>())
    .execute(pool)
    .await?;
    Ok(())
}

/// The next `count` ids that nobody has yet, in order.
pub async fn reserve_ids(pool: &PgPool, count: i32) -> Result<Vec<UserId>, StoreError> {
    let mut ids = Vec::new();
    while ids.len() < usize::try_from(count).unwrap_or(0) {
        let missing = count - i32::try_from(ids.len()).unwrap_or(count);
        let fresh: Vec<i64> = sqlx::query_scalar(
            "select x.id from (select nextval('user_ids') as id from generate_series(1, $1)) x
              where not exists (select 1 from users u where u.id = x.id) order by 1",
        )
        .bind(missing)
        .fetch_all(pool)
        .await?;
        ids.extend(fresh.into_iter().filter_map(UserId::new));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_active_are_let_in_and_only_as_what_they_are() {
        use PlatformRole::{Admin, Client, Freelancer, Service};
        let lets_in = |role, is_active, claimed| {
            let user_id = UserId::new(1).expect("1 is an id");
            let identity = Identity { user_id, name: None, role: claimed, avatar_url: None, issued_at: None };
            PersonState { role, is_active }.lets_in(&identity)
        };
        for role in [Client, Freelancer, Admin] {
            assert!(lets_in(role, true, Client) && lets_in(role, true, Freelancer));
            assert!(!lets_in(role, false, Client) && !lets_in(role, true, Service));
        }
        assert!(
            lets_in(Service, true, Service) && !lets_in(Service, false, Service) && !lets_in(Service, true, Client)
        );
    }
}
