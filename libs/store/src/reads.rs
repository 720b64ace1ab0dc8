//! What was read and what was not.

use std::collections::BTreeMap;

use chat_protocol::frame::ReadState;
use chat_protocol::ids::{ConversationId, Seq, UserId};
use chat_protocol::rest::{Unread, UnreadConversation};
use chat_protocol::rpc::ConversationReadState;
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::{PgConnection, PgPool};
use uuid::Uuid;

use crate::StoreError;

/// The most conversations that `unread` names; the sum is over all.
const MAX_UNREAD_CONVERSATIONS: i64 = 5000;
/// The most people whose read states are read at once, unless a single conversation has more.
const MAX_READERS: i64 = 2000;
/// The most positions read beyond gaps that are told of one person.
const MAX_BEYOND: i64 = 10_000;
/// The most of them that one answer tells: below 512 KiB with everything else. In equal parts, so that nobody crowds
/// out the others.
const MAX_BEYOND_TOGETHER: i64 = 25_000;

/// What is unread of everything that the person takes part in and has not muted: newest activity first, 1,000 each at the
/// most.
pub async fn unread(pool: &PgPool, user: UserId) -> Result<Unread, StoreError> {
    let rows: Vec<(Uuid, i64, i64)> = sqlx::query_as(
        "select x.id, x.unread_count, (sum(x.unread_count) over ())::bigint as total
           from (select c.id, c.updated_at, least(c.message_count - p.sent_count - p.read_count, 1000) as unread_count
                   from participants p join conversations c on c.id = p.conversation_id and c.deleted_at is null
                  where p.user_id = $1 and p.left_seq is null and not p.muted
                    and c.message_count - p.sent_count - p.read_count > 0) x
          order by x.updated_at desc, x.id desc limit $2",
    )
    .bind(user.get())
    .bind(MAX_UNREAD_CONVERSATIONS)
    .fetch_all(pool)
    .await?;
    let total = rows.first().map_or(0, |row| row.2);
    let conversation = |(id, unread_count, _)| UnreadConversation { id: ConversationId::from_uuid(id), unread_count };
    Ok(Unread { total, conversations: rows.into_iter().map(conversation).collect() })
}

#[derive(FromRow)]
struct ReaderRow {
    conversation_id: Uuid,
    user_id: i64,
    up_to_seq: i64,
    beyond: Vec<i64>,
    read_at: Option<DateTime<Utc>>,
}

/// How far everybody has read, of those of the conversations that the person takes part in, in the order asked for. Large
/// conversations may leave no room for the later ones: who is missing is asked for again.
pub async fn read_states(
    pool: &PgPool,
    user: UserId,
    conversations: &[ConversationId],
) -> Result<Vec<ConversationReadState>, StoreError> {
    let mut snapshot = pool.begin_with("begin isolation level repeatable read, read only").await?;
    let asked: Vec<(Uuid, i32)> = sqlx::query_as(
        "select c.id, c.participant_count from unnest($2::uuid[]) with ordinality as i (id, ord)
           join conversations c on c.id = i.id and c.deleted_at is null
           join participants p on p.conversation_id = c.id and p.user_id = $1 and p.left_seq is null
          order by i.ord",
    )
    .bind(user.get())
    .bind(conversations.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .fetch_all(&mut *snapshot)
    .await?;
    let (mut people, mut ids) = (0, Vec::new());
    for (id, count) in asked {
        if !ids.is_empty() && people + i64::from(count) > MAX_READERS {
            break;
        }
        people += i64::from(count);
        ids.push(id);
    }
    let beyond = (MAX_BEYOND_TOGETHER / people.max(1)).clamp(1, MAX_BEYOND);
    let mut readers = readers(&mut snapshot, user, &ids, beyond).await?;
    snapshot.commit().await?;
    let state = |id: Uuid| ConversationReadState {
        conversation_id: ConversationId::from_uuid(id),
        readers: readers.remove(&id).unwrap_or_default(),
    };
    Ok(ids.into_iter().map(state).collect())
}

/// Nothing passes between two people of whom one has blocked the other, nor how far the other has read.
async fn readers(
    snapshot: &mut PgConnection,
    user: UserId,
    conversations: &[Uuid],
    beyond: i64,
) -> Result<BTreeMap<Uuid, Vec<ReadState>>, StoreError> {
    let rows: Vec<ReaderRow> = sqlx::query_as(
        "select p.conversation_id, p.user_id, p.read_at,
                case when c.message_count - p.sent_count - p.read_count <= 0 then c.last_seq else p.read_seq end as up_to_seq,
                array(select r.seq from read_marks r where r.conversation_id = p.conversation_id and r.user_id = p.user_id
                       order by r.seq limit $2) as beyond
           from participants p join conversations c on c.id = p.conversation_id
          where p.conversation_id = any ($1) and p.left_seq is null
            and not (p.user_id <> $3 and c.kind <> 1 and c.participant_count = 2
                     and (select u.block_count > 0 from users u where u.id = $3) and is_blocked(c.id, $3))
          order by p.conversation_id, p.user_id",
    )
    .bind(conversations)
    .bind(beyond)
    .bind(user.get())
    .fetch_all(snapshot)
    .await?;
    let mut states: BTreeMap<Uuid, Vec<ReadState>> = BTreeMap::new();
    for row in rows {
        states.entry(row.conversation_id).or_default().push(ReadState {
            reader_id: UserId::new(row.user_id).ok_or(StoreError::Unexpected("participants.user_id"))?,
            up_to_seq: Seq(row.up_to_seq),
            beyond: row.beyond.into_iter().map(Seq).collect(),
            read_at: row.read_at.map(Into::into),
        });
    }
    Ok(states)
}
