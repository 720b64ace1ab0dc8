//! Who takes part where, as gateways ask it: the facts of one person's conversations, and whether news of them was missed.

use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::live::Standing;
use chat_protocol::rpc::{Membership, MembershipsResponse};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// The most conversations on one page: their facts stay below 512 KiB whatever the numbers.
const MAX_PAGE: u32 = 1000;

#[derive(FromRow)]
pub(crate) struct MembershipRow {
    id: Uuid,
    is_participant: bool,
    last_seq: i64,
    joined_seq: i64,
    participant_count: i32,
    is_blocked: bool,
    message_count: i64,
    sent_count: i64,
    read_count: i64,
    muted: bool,
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        Self {
            conversation_id: ConversationId::from_uuid(row.id),
            is_participant: row.is_participant,
            last_seq: Seq(row.last_seq),
            joined_seq: Seq(row.joined_seq),
            participant_count: row.participant_count.into(),
            is_blocked: row.is_blocked,
            standing: Standing {
                message_count: row.message_count,
                sent_count: row.sent_count,
                read_count: row.read_count,
                muted: row.muted,
            },
        }
    }
}

/// Whether nothing passes between the two people of a conversation. Whoever stands in no block is not looked up in it.
macro_rules! is_blocked {
    ($takes_part:literal, $user:literal) => {
        concat!(
            "case when ",
            $takes_part,
            " and c.kind <> 1 and c.participant_count = 2 and (select u.block_count > 0 from users u where u.id = ",
            $user,
            ")
                  then is_blocked(c.id, ",
            $user,
            ") else false end"
        )
    };
}
pub(crate) use is_blocked;

/// Whether the person takes part in each of the conversations, and the head at which that is so.
pub async fn list(
    pool: &PgPool,
    user: UserId,
    conversations: &[ConversationId],
) -> Result<Vec<Membership>, StoreError> {
    let rows: Vec<MembershipRow> = sqlx::query_as(concat!(
        "select i.id, p.user_id is not null and c.deleted_at is null as is_participant,
                coalesce(c.last_seq, 0) as last_seq, coalesce(p.joined_seq, 0) as joined_seq,
                coalesce(c.participant_count, 0) as participant_count, ",
        is_blocked!("p.user_id is not null", "$1"),
        " as is_blocked, coalesce(c.message_count, 0) as message_count, coalesce(p.sent_count, 0) as sent_count,
                coalesce(p.read_count, 0) as read_count, coalesce(p.muted, false) as muted
           from unnest($2::uuid[]) with ordinality as i (id, ord)
           left join conversations c on c.id = i.id
           left join participants p on p.conversation_id = c.id and p.user_id = $1 and p.left_seq is null
          order by i.ord"
    ))
    .bind(user.get())
    .bind(conversations.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Membership::from).collect())
}

/// What somebody takes part in, in the order of the ids after `after`: up to `limit` conversations, and 1,000 at the most.
/// The version is that of the same moment.
pub async fn page(
    pool: &PgPool,
    user: UserId,
    after: Option<ConversationId>,
    limit: u32,
) -> Result<MembershipsResponse, StoreError> {
    let size = limit.clamp(1, MAX_PAGE);
    let mut snapshot = pool.begin_with("begin isolation level repeatable read, read only").await?;
    let version: Option<i64> = sqlx::query_scalar("select membership_version from users where id = $1")
        .bind(user.get())
        .fetch_optional(&mut *snapshot)
        .await?;
    let mut rows: Vec<MembershipRow> = sqlx::query_as(concat!(
        "select c.id, true as is_participant, c.last_seq, p.joined_seq, c.participant_count, ",
        is_blocked!("true", "$1"),
        " as is_blocked, c.message_count, p.sent_count, p.read_count, p.muted
           from participants p join conversations c on c.id = p.conversation_id and c.deleted_at is null
          where p.user_id = $1 and p.left_seq is null and p.conversation_id > $2
          order by p.conversation_id limit $3"
    ))
    .bind(user.get())
    .bind(after.map_or(Uuid::nil(), ConversationId::uuid))
    .bind(i64::from(size) + 1)
    .fetch_all(&mut *snapshot)
    .await?;
    snapshot.commit().await?;
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    let memberships = rows.into_iter().map(Membership::from).collect();
    Ok(MembershipsResponse { version: version.unwrap_or_default(), memberships, more })
}

/// How often each of these people has entered or left a conversation. Unknown people are left out.
pub async fn versions(pool: &PgPool, users: &[UserId]) -> Result<Vec<(UserId, i64)>, StoreError> {
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("select id, membership_version from users where id = any ($1) order by id")
            .bind(users.iter().map(|user| user.get()).collect::<Vec<_>>())
            .fetch_all(pool)
            .await?;
    let version = |(id, version)| Ok((UserId::new(id).ok_or(StoreError::Unexpected("users.id"))?, version));
    rows.into_iter().map(version).collect()
}
