//! Whom people have blocked. What a block means for messages is decided where those are stored.

use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::rest::Block;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// A block's place in its owner's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Decides between equals.
    pub user_id: UserId,
}

/// Which part of the list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Newest first, from the top or after a place.
    Older(Option<Place>),
    /// What comes before a place, nearest to it first.
    Newer(Place),
}

/// Blocks somebody, and says whether that is new. None if nobody has this id.
pub async fn block(pool: &PgPool, user: UserId, other: UserId) -> Result<Option<(Block, bool)>, StoreError> {
    let (has_changed, created_at) = set(pool, user, other, true).await?;
    let blocked =
        |(is_new, created_at): (bool, DateTime<Utc>)| (Block { user_id: other, created_at: created_at.into() }, is_new);
    Ok(has_changed.zip(created_at).map(blocked))
}

/// Takes a block back; there need not be one.
pub async fn unblock(pool: &PgPool, user: UserId, other: UserId) -> Result<(), StoreError> {
    set(pool, user, other, false).await?;
    Ok(())
}

async fn set(
    pool: &PgPool,
    user: UserId,
    other: UserId,
    is_set: bool,
) -> Result<(Option<bool>, Option<DateTime<Utc>>), StoreError> {
    let done = sqlx::query_as("select has_changed, created_at from set_block($1, $2, $3)")
        .bind(user.get())
        .bind(other.get())
        .bind(is_set)
        .fetch_one(pool)
        .await?;
    Ok(done)
}

/// Up to `limit` of those whom somebody has blocked; for [`Window::Newer`] in the list's order all the same.
pub async fn list(pool: &PgPool, user: UserId, window: Window, limit: u32) -> Result<Vec<Block>, StoreError> {
    let (statement, place) = match window {
        Window::Older(place) => (
            "select blocked_id, created_at from blocks
              where user_id = $1 and ($2::timestamptz is null or (created_at, blocked_id) < ($2, $3))
              order by created_at desc, blocked_id desc limit $4",
            place,
        ),
        Window::Newer(place) => (
            "select blocked_id, created_at from blocks where user_id = $1 and (created_at, blocked_id) > ($2, $3)
              order by created_at, blocked_id limit $4",
            Some(place),
        ),
    };
    let rows: Vec<(i64, DateTime<Utc>)> = sqlx::query_as(statement)
        .bind(user.get())
        .bind(place.map(|place| place.created_at))
        .bind(place.map(|place| place.user_id.get()))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    let block = |(id, created_at): (i64, DateTime<Utc>)| {
        let user_id = UserId::new(id).ok_or(StoreError::Unexpected("blocks.blocked_id"))?;
        Ok(Block { user_id, created_at: created_at.into() })
    };
    let mut blocks = rows.into_iter().map(block).collect::<Result<Vec<Block>, StoreError>>()?;
    blocks.sort_by_key(|block| std::cmp::Reverse((block.created_at, block.user_id)));
    Ok(blocks)
}

/// Whether one of the two has blocked the other.
pub async fn stands_between(pool: &PgPool, one: UserId, other: UserId) -> Result<bool, StoreError> {
    let stands =
        sqlx::query_scalar("select exists (select 1 from blocks where (user_id, blocked_id) in (($1, $2), ($2, $1)))");
    Ok(stands.bind(one.get()).bind(other.get()).fetch_one(pool).await?)
}

/// Those of these people who have blocked the person or whom the person has blocked.
pub async fn among(pool: &PgPool, user: UserId, people: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "select x.id from users u, unnest($2::bigint[]) as x (id)
          where u.id = $1 and u.block_count > 0
            and exists (select 1 from blocks b where (b.user_id, b.blocked_id) in ((u.id, x.id), (x.id, u.id)))",
    )
    .bind(user.get())
    .bind(people.iter().map(|one| one.get()).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().filter_map(UserId::new).collect())
}

/// Up to `limit` of the conversations in which nothing passes between the two while a block stands between them: direct ones and
/// those about a job with nobody else, in the order of their ids after `after`.
pub async fn conversations_of(
    pool: &PgPool,
    one: UserId,
    other: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<ConversationId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select c.id from participants p
           join participants o on o.conversation_id = p.conversation_id and o.user_id = $2 and o.left_seq is null
           join conversations c on c.id = p.conversation_id and c.kind <> 1 and c.participant_count = 2 and c.deleted_at is null
          where p.user_id = $1 and p.left_seq is null and p.conversation_id > $3
          order by p.conversation_id limit $4",
    )
    .bind(one.get())
    .bind(other.get())
    .bind(after.map_or(Uuid::nil(), ConversationId::uuid))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(ConversationId::from_uuid).collect())
}
