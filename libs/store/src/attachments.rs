//! Uploaded files: their rows from the first byte to the last reference. Access is decided in the statement that reads.

use std::time::Duration;

use chat_protocol::ids::{AttachmentId, UserId};
use chat_protocol::rest::{Attachment, AttachmentKind};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::StoreError;

/// How long after the end of a signed URL an upload that had begun in time may still arrive.
const LATE_ARRIVAL: &str = "1 hour";
/// How long ago a conversation may have been deleted whose attachments are looked for.
const DELETED_WITHIN: &str = "7 days";

/// A file whose bytes are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAttachment<'a> {
    /// Its id.
    pub id: AttachmentId,
    /// Whose it is.
    pub uploader: UserId,
    /// What it is called.
    pub name: &'a str,
    /// How long it will be, if that is known, in bytes.
    pub size: i64,
    /// It is collected after so long, unless it was sent.
    pub keep: Duration,
    /// How long a signed URL may bring the bytes, if they do not come through the api.
    pub upload: Option<Duration>,
}

/// What was found out about a file whose bytes have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What it is to people.
    pub kind: AttachmentKind,
    /// What it is, from its bytes.
    pub content_type: String,
    /// How long it is, in bytes.
    pub size: i64,
    /// What its bytes hash to.
    pub sha256: [u8; 32],
    /// Width and height of a picture as it is shown, in pixels.
    pub dimensions: Option<(u32, u32)>,
    /// How long a recording takes.
    pub duration_ms: Option<i64>,
    /// How loud a recording is, each 0 to 100.
    pub waveform: Option<Vec<u8>>,
    /// What its thumbnail is, if it has one.
    pub thumbnail_type: Option<String>,
}

/// What the bytes of an attachment are served by.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Served {
    /// What the uploader called it.
    pub name: String,
    /// What it is, from its bytes.
    pub content_type: String,
    /// How long it is, in bytes.
    pub size: i64,
    /// What its bytes hash to.
    pub sha256: Vec<u8>,
    /// What its thumbnail is, if it has one.
    pub thumbnail_type: Option<String>,
}

/// An upload by signed URL that its uploader says is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// It was completed before.
    Finished(Box<Attachment>),
    /// It is the caller's to complete, for the time asked for.
    Claimed {
        /// What was announced, in bytes.
        size: i64,
    },
    /// Somebody else completes it.
    Busy,
}

/// Notes a file before its first byte is kept, so that none is ever without a row.
pub async fn begin(pool: &PgPool, new: &NewAttachment<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into attachments (id, uploader_id, name, size, upload_until, collect_after)
         values ($1, $2, $3, $4, now() + make_interval(secs => $5), now() + make_interval(secs => $6))",
    )
    .bind(new.id.uuid())
    .bind(new.uploader.get())
    .bind(new.name)
    .bind(new.size)
    .bind(new.upload.map(|limit| limit.as_secs_f64()))
    .bind(new.keep.as_secs_f64())
    .execute(pool)
    .await?;
    Ok(())
}

/// Makes an arrived file an attachment. None if it is collected already.
pub async fn finish(pool: &PgPool, id: AttachmentId, found: &Findings) -> Result<Option<Attachment>, StoreError> {
    let dimension = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    let finished: Option<Json<Attachment>> = sqlx::query_scalar(
        "update attachments a set state = 1, kind = $2, content_type = $3, size = $4, sha256 = $5, width = $6, height = $7,
                duration_ms = $8, waveform = $9, thumbnail_type = $10, busy_until = null
          where a.id = $1 and a.state = 0 returning attachment_json(a)",
    )
    .bind(id.uuid())
    .bind(found.kind.number())
    .bind(&found.content_type)
    .bind(found.size)
    .bind(&found.sha256[..])
    .bind(found.dimensions.map(|(width, _)| dimension(width)))
    .bind(found.dimensions.map(|(_, height)| dimension(height)))
    .bind(found.duration_ms)
    .bind(found.waveform.as_ref().map(|peaks| peaks.iter().map(|peak| i16::from(*peak)).collect::<Vec<_>>()))
    .bind(&found.thumbnail_type)
    .fetch_optional(pool)
    .await?;
    Ok(finished.map(|attachment| attachment.0))
}

/// Gives an upload up that did not arrive or was refused; what there may be of it is collected at once.
pub async fn give_up(pool: &PgPool, id: AttachmentId) -> Result<(), StoreError> {
    sqlx::query(
        "update attachments set state = 2, collect_after = now(), busy_until = null where id = $1 and state = 0",
    )
    .bind(id.uuid())
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes an upload by signed URL for completion, for so long. None if the person has begun none with this id.
pub async fn claim(
    pool: &PgPool,
    uploader: UserId,
    id: AttachmentId,
    hold: Duration,
) -> Result<Option<Completion>, StoreError> {
    let claimed: Option<i64> = sqlx::query_scalar(
        "update attachments a set busy_until = now() + make_interval(secs => $3)
          where a.id = $1 and a.uploader_id = $2 and a.state = 0 and a.upload_until is not null
            and (a.busy_until is null or a.busy_until < now())
         returning a.size",
    )
    .bind(id.uuid())
    .bind(uploader.get())
    .bind(hold.as_secs_f64())
    .fetch_optional(pool)
    .await?;
    if let Some(size) = claimed {
        return Ok(Some(Completion::Claimed { size }));
    }
    let found: Option<(i16, Option<Json<Attachment>>)> = sqlx::query_as(
        "select a.state, case when a.state = 1 then attachment_json(a) end from attachments a
          where a.id = $1 and a.uploader_id = $2 and a.state < 2",
    )
    .bind(id.uuid())
    .bind(uploader.get())
    .fetch_optional(pool)
    .await?;
    Ok(found.map(|(_, finished)| match finished {
        Some(attachment) => Completion::Finished(Box::new(attachment.0)),
        None => Completion::Busy,
    }))
}

/// Gives a claimed upload back, to be completed again.
pub async fn release(pool: &PgPool, id: AttachmentId) -> Result<(), StoreError> {
    sqlx::query("update attachments set busy_until = null where id = $1 and state = 0")
        .bind(id.uuid())
        .execute(pool)
        .await?;
    Ok(())
}

/// The attachment, if the person may have it: present participants of a conversation in which it was sent and not deleted,
/// and before it was sent its uploader alone.
pub async fn find_served(pool: &PgPool, reader: UserId, id: AttachmentId) -> Result<Option<Served>, StoreError> {
    let found = sqlx::query_as(
        "select a.name, a.content_type, a.size, a.sha256, a.thumbnail_type from attachments a
          where a.id = $1 and a.state = 1 and (
                exists (select 1 from message_attachments l
                          join messages m on m.conversation_id = l.conversation_id and m.seq = l.seq and m.deleted_at is null
                          join conversations c on c.id = l.conversation_id and c.deleted_at is null
                          join participants p on p.conversation_id = l.conversation_id and p.user_id = $2 and p.left_seq is null
                         where l.attachment_id = a.id)
                or a.uploader_id = $2 and not exists (select 1 from message_attachments l where l.attachment_id = a.id))",
    );
    Ok(found.bind(id.uuid()).bind(reader.get()).fetch_optional(pool).await?)
}

/// Takes up to `limit` attachments whose objects are to be removed, for so long: nobody has sent them in time, or nobody sees
/// them any more. Other callers take others.
pub async fn take_due(pool: &PgPool, limit: u32, hold: Duration) -> Result<Vec<AttachmentId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "update attachments a set state = 2, busy_until = now() + make_interval(secs => $2)
           from (select d.id from attachments d
                  where d.collect_after < now() and (d.busy_until is null or d.busy_until < now())
                  order by d.collect_after limit $1 for update skip locked) due
          where a.id = due.id returning a.id",
    )
    .bind(i64::from(limit))
    .bind(hold.as_secs_f64())
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(AttachmentId::from_uuid).collect())
}

/// Forgets attachments whose objects are gone.
pub async fn forget(pool: &PgPool, ids: &[AttachmentId]) -> Result<(), StoreError> {
    sqlx::query("delete from attachments where id = any ($1) and state = 2")
        .bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
        .execute(pool)
        .await?;
    Ok(())
}

/// Up to `limit` attachments whose signed URL has been over for so long that nothing comes any more.
pub async fn list_ended_uploads(pool: &PgPool, limit: u32) -> Result<Vec<AttachmentId>, StoreError> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select id from attachments where upload_until < now() - $2::text::interval order by upload_until limit $1",
    )
    .bind(i64::from(limit))
    .bind(LATE_ARRIVAL)
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(AttachmentId::from_uuid).collect())
}

/// Notes that nothing is left of what a signed URL may have brought.
pub async fn end_uploads(pool: &PgPool, ids: &[AttachmentId]) -> Result<(), StoreError> {
    sqlx::query("update attachments set upload_until = null where id = any ($1)")
        .bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
        .execute(pool)
        .await?;
    Ok(())
}

/// Takes the attachments out of up to `limit` messages of conversations that were deleted for all. Says out of how many.
pub async fn unlink_deleted(pool: &PgPool, limit: u32) -> Result<u64, StoreError> {
    let unlinked = sqlx::query(
        "select unlink_attachments(x.conversation_id, x.seq) from (
            select l.conversation_id, l.seq
              from conversations c join message_attachments l on l.conversation_id = c.id and l.ord = 0
             where c.deleted_at > now() - $2::text::interval
             limit $1) x",
    )
    .bind(i64::from(limit))
    .bind(DELETED_WITHIN)
    .execute(pool)
    .await?;
    Ok(unlinked.rows_affected())
}
