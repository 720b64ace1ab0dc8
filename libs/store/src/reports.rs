//! What people report. The text that was reported is kept for moderators; nothing here reads it.

use chat_protocol::ids::{MessageId, ReportId, UserId};
use chat_protocol::rest::Report;
use chrono::{DateTime, Utc};
use sqlx::postgres::PgPool;
use uuid::Uuid;

use crate::StoreError;

/// Reports a message, once for each person, and says whether this did it: the second report of the same person is answered
/// with the first. None if the person takes no part in its conversation.
pub async fn report(
    pool: &PgPool,
    reporter: UserId,
    message: MessageId,
    reason: &str,
) -> Result<Option<(Report, bool)>, StoreError> {
    let fresh = ReportId::generate();
    // An update of nothing: it answers with the row that is there, also with one that was committed just now.
    let row: Option<(Uuid, String, DateTime<Utc>)> = sqlx::query_as(
        "insert into reports as r (id, message_id, conversation_id, reporter_id, reason, sender_id, content)
         select $1, m.id, m.conversation_id, p.user_id, $4, m.sender_id, m.content
           from messages m
           join participants p on p.conversation_id = m.conversation_id and p.user_id = $3 and p.left_seq is null
           join conversations c on c.id = m.conversation_id and c.deleted_at is null
          where m.id = $2
         on conflict (message_id, reporter_id) do update set reason = r.reason
         returning r.id, r.reason, r.created_at",
    )
    .bind(fresh.uuid())
    .bind(message.uuid())
    .bind(reporter.get())
    .bind(reason)
    .fetch_optional(pool)
    .await?;
    let answer = |(id, reason, created_at): (Uuid, String, DateTime<Utc>)| {
        let id = ReportId::from_uuid(id);
        (Report { id, message_id: message, reason, created_at: created_at.into() }, id == fresh)
    };
    Ok(row.map(answer))
}
