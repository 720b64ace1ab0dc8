//! What was read and what was not.

mod states;

use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::rest::{Unread, UnreadConversation};
use sqlx::postgres::PgPool;
use uuid::Uuid;

pub use self::states::{Asking, StatesOfMany, read_states, read_states_of_many};
use crate::StoreError;

/// The most conversations that `unread` names; the sum is over all.
const MAX_UNREAD_CONVERSATIONS: i64 = 5000;

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
