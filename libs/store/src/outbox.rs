//! What commands told without putting it into the log: kept for a while, so that the next owner of a partition can tell what
//! its predecessor did not.

use std::time::Duration;

use chat_protocol::frame::ServerFrame;
use chat_protocol::ids::{ConversationId, MessageId, Seq, UserId};
use chat_protocol::live::{LiveNews, UserNews};
use chat_protocol::partition::Partition;
use chat_protocol::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::to_raw_value;
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;
use crate::apply::News;

/// One row that is told.
#[derive(Debug, Deserialize, FromRow)]
pub(crate) struct NewsRow {
    conversation_id: Option<Uuid>,
    user_id: Option<i64>,
    body: Value,
}

#[derive(FromRow)]
struct PlacedNewsRow {
    command_pos: i64,
    #[sqlx(flatten)]
    news: NewsRow,
}

/// News of a conversation as the database keeps it. Its frame is made when it is read: JSON of the database has no order.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ConversationNews {
    Read {
        reader_id: UserId,
        only: Option<Vec<UserId>>,
        message_ids: Vec<MessageId>,
        up_to_seq: Seq,
        read_at: Timestamp,
    },
    Deleted {
        actor_id: Option<UserId>,
        deleted_at: Timestamp,
    },
}

impl ConversationNews {
    fn into_live(self, conversation_id: ConversationId) -> Result<LiveNews, serde_json::Error> {
        Ok(match self {
            Self::Read { reader_id, only, message_ids, up_to_seq, read_at } => {
                let frame = ServerFrame::MessagesRead { conversation_id, message_ids, up_to_seq, reader_id, read_at };
                LiveNews::Read { reader_id, only, frame: to_raw_value(&frame)? }
            }
            Self::Deleted { actor_id, deleted_at } => {
                let frame = ServerFrame::ConversationDeleted { conversation_id, actor_id, deleted_at };
                LiveNews::Deleted { frame: to_raw_value(&frame)? }
            }
        })
    }
}

impl TryFrom<NewsRow> for News {
    type Error = StoreError;

    fn try_from(row: NewsRow) -> Result<Self, StoreError> {
        let unexpected = |_| StoreError::Unexpected("outbox.body");
        if let Some(id) = row.conversation_id.map(ConversationId::from_uuid) {
            let news: ConversationNews = serde_json::from_value(row.body).map_err(unexpected)?;
            return Ok(Self::Conversation(id, news.into_live(id).map_err(unexpected)?));
        }
        let user = row.user_id.and_then(UserId::new).ok_or(StoreError::Unexpected("outbox.user_id"))?;
        let news: UserNews = serde_json::from_value(row.body).map_err(unexpected)?;
        Ok(Self::User(user, news))
    }
}

/// What the commands of a partition in `(after_pos, up_to_pos]` told, in order: about `limit` rows, but all of a command or
/// none of it. Positions count in the partition's incarnation of now.
pub async fn unpublished(
    pool: &PgPool,
    partition: Partition,
    after_pos: i64,
    up_to_pos: i64,
    limit: u32,
) -> Result<Vec<(i64, News)>, StoreError> {
    let rows: Vec<PlacedNewsRow> = sqlx::query_as(
        "select x.command_pos, x.conversation_id, x.user_id, x.body from (
            select o.* from outbox o
             where o.partition = $1 and o.incarnation = (select p.incarnation from partitions p where p.id = $1)
               and o.command_pos > $2 and o.command_pos <= $3 and o.ord > 0
             order by o.command_pos fetch first ($4) rows with ties) x
          order by x.command_pos, x.ord",
    )
    .bind(i16::from(partition.get()))
    .bind(after_pos)
    .bind(up_to_pos)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| Ok((row.command_pos, row.news.try_into()?))).collect()
}

/// Forgets what was told and is older than that, of each partition the oldest `limit` rows at the most; returns how many.
/// A command whose answer is forgotten is carried out anew if it comes again.
pub async fn forget(pool: &PgPool, older_than: Duration, limit: u32) -> Result<u64, StoreError> {
    let forgotten = sqlx::query(
        "delete from outbox o using (
            select x.* from partitions p cross join lateral (
                select y.partition, y.incarnation, y.command_pos, y.ord, y.created_at from outbox y
                 where y.partition = p.id order by y.incarnation, y.command_pos, y.ord limit $2) x
             where x.created_at < now() - $1
               and (x.incarnation < p.incarnation or x.incarnation = p.incarnation and x.command_pos <= p.published_pos)) f
          where o.partition = f.partition and o.incarnation = f.incarnation and o.command_pos = f.command_pos and o.ord = f.ord",
    )
    .bind(older_than)
    .bind(i64::from(limit))
    .execute(pool)
    .await?;
    Ok(forgotten.rows_affected())
}
