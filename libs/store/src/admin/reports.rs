//! Reports as moderators read and decide them.

use chat_protocol::ids::{ConversationId, MessageId, ReportId, UserId};
use chat_protocol::message::Sender;
use chat_protocol::rest::{AdminReport, AdminReportInContext, PlatformRole, ReportStatus, ReviewReportRequest};
use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::postgres::PgPool;
use uuid::Uuid;

use super::audit::Actor;
use super::{Window, conversations, in_order};
use crate::StoreError;
use crate::messages::Window as Stretch;

/// Messages of the context on each side of the one that was reported.
const CONTEXT: u32 = 10;

/// Which reports are wanted; everything that is none does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// That stand so.
    pub status: Option<ReportStatus>,
    /// Of what was said here.
    pub conversation: Option<ConversationId>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    state: i16,
    reason: String,
    reporter_id: i64,
    reporter_name: Option<String>,
    reporter_avatar_url: Option<String>,
    reporter_role: Option<i16>,
    conversation_id: Uuid,
    message_id: Uuid,
    sender_id: Option<i64>,
    sender_name: Option<String>,
    sender_avatar_url: Option<String>,
    sender_role: Option<i16>,
    content: String,
    note: Option<String>,
    reviewed_by: Option<i64>,
    reviewed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for AdminReport {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let somebody = |id: i64, name: Option<String>, avatar_url, role: Option<i16>| {
            let id = UserId::new(id).ok_or(StoreError::Unexpected("users.id"))?;
            let role = role.and_then(PlatformRole::from_number).unwrap_or_default();
            Ok::<_, StoreError>(Sender { id, name: name.unwrap_or_default(), avatar_url, role })
        };
        let sender = |id| somebody(id, row.sender_name, row.sender_avatar_url, row.sender_role);
        Ok(Self {
            id: ReportId::from_uuid(row.id),
            status: ReportStatus::from_number(row.state).ok_or(StoreError::Unexpected("reports.state"))?,
            reason: row.reason,
            reporter: somebody(row.reporter_id, row.reporter_name, row.reporter_avatar_url, row.reporter_role)?,
            conversation_id: ConversationId::from_uuid(row.conversation_id),
            message_id: MessageId::from_uuid(row.message_id),
            sender: row.sender_id.map(sender).transpose()?,
            content: row.content,
            note: row.note,
            reviewed_by: row.reviewed_by.and_then(UserId::new),
            reviewed_at: row.reviewed_at.map(Into::into),
            created_at: row.created_at.into(),
        })
    }
}

macro_rules! reports_where {
    ($chosen:literal) => {
        concat!(
            "select r.id, r.state, r.reason, r.reporter_id, w.name as reporter_name, w.avatar_url as reporter_avatar_url,
                    w.role as reporter_role, r.conversation_id, r.message_id, r.sender_id, s.name as sender_name,
                    s.avatar_url as sender_avatar_url, s.role as sender_role, r.content, r.note, r.reviewed_by, r.reviewed_at,
                    r.created_at
               from reports r left join users w on w.id = r.reporter_id left join users s on s.id = r.sender_id where ",
            $chosen
        )
    };
}

/// Up to `limit` reports, the newest first.
pub async fn list(
    pool: &PgPool,
    filter: Filter,
    window: Window<ReportId>,
    limit: u32,
) -> Result<Vec<AdminReport>, StoreError> {
    let (key, backwards) = window.split();
    let statement = if backwards {
        reports_where!(
            "($1::smallint is null or r.state = $1) and ($2::uuid is null or r.conversation_id = $2) and r.id > $3
             order by r.id limit $4"
        )
    } else {
        reports_where!(
            "($1::smallint is null or r.state = $1) and ($2::uuid is null or r.conversation_id = $2) and r.id < $3
             order by r.id desc limit $4"
        )
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(filter.status.map(ReportStatus::number))
        .bind(filter.conversation.map(ConversationId::uuid))
        .bind(key.map_or(Uuid::max(), ReportId::uuid))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    Ok(in_order(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?, backwards))
}

/// One report.
pub async fn find(pool: &PgPool, id: ReportId) -> Result<Option<AdminReport>, StoreError> {
    let row: Option<Row> = sqlx::query_as(reports_where!("r.id = $1")).bind(id.uuid()).fetch_optional(pool).await?;
    row.map(TryInto::try_into).transpose()
}

/// One report with the message as it is now, and what was said around it.
pub async fn find_in_context(pool: &PgPool, id: ReportId) -> Result<Option<AdminReportInContext>, StoreError> {
    let Some(report) = find(pool, id).await? else { return Ok(None) };
    let message = conversations::find_message(pool, report.message_id).await?;
    let Some(seq) = message.as_ref().map(|message| message.seq) else {
        return Ok(Some(AdminReportInContext { report, message, context: Vec::new() }));
    };
    let read = |window| conversations::read_messages(pool, report.conversation_id, window, CONTEXT);
    let mut context = read(Stretch::Before(seq)).await?;
    context.reverse();
    context.extend(read(Stretch::After(seq)).await?);
    Ok(Some(AdminReportInContext { report, message, context }))
}

/// Decides a report, and puts that on record, at once. None if there is no such report.
pub async fn review(
    pool: &PgPool,
    id: ReportId,
    review: &ReviewReportRequest,
    actor: Actor<'_>,
) -> Result<Option<AdminReport>, StoreError> {
    sqlx::query(
        "with reviewed as (
            update reports set state = $2, note = coalesce($3, note), reviewed_by = $4, reviewed_at = now() where id = $1
            returning id)
         insert into audit (actor_id, action, object, request_id, detail)
         select $4, 'report_reviewed', id::text, $5, jsonb_build_object('status', $6::text) from reviewed",
    )
    .bind(id.uuid())
    .bind(review.status.number())
    .bind(&review.note)
    .bind(actor.id.get())
    .bind(actor.request_id)
    .bind(serde_json::to_value(review.status).ok().as_ref().and_then(serde_json::Value::as_str))
    .execute(pool)
    .await?;
    find(pool, id).await
}
