//! Reports: what somebody wants moderators to look at.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chat_protocol::ids::MessageId;
use chat_protocol::rest::{Report, ReportRequest};
use chat_store::reports;

use crate::app::App;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::{JsonBody, PathId};

/// Reports a message to the moderators, as it is now.
#[utoipa::path(
    post,
    path = "/api/chat/messages/{id}/report/",
    tag = "messages",
    params(("id" = MessageId, Path, description = "The message")),
    request_body = ReportRequest,
    responses(
        (status = 201, description = "Your report", body = Report),
        (status = 200, description = "Your first report of this message", body = Report),
    )
)]
pub(super) async fn report_message(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(message): PathId<MessageId>,
    JsonBody(request): JsonBody<ReportRequest>,
) -> Result<(StatusCode, Json<Report>), ApiError> {
    let reason = request.check()?;
    let reported = app.within(reports::report(app.database.pool(), caller.id, message, &reason)).await?;
    let (report, is_new) = reported.ok_or_else(ApiError::not_found)?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(report)))
}
