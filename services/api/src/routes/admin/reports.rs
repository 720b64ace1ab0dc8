//! Reports: read and decided.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat_protocol::error::{Refusal, Validation};
use chat_protocol::ids::ReportId;
use chat_protocol::rest::{AdminReport, AdminReportInContext, Page, ReviewReportRequest};
use chat_store::admin::reports::{self, Filter};

use super::Asked;
use super::authority::Administrator;
use crate::app::App;
use crate::error::ApiError;
use crate::extract::{JsonBody, Params, PathId};
use crate::openapi::{AdminReportParams, PageParams};
use crate::paging::{Address, Slice};

/// What people have reported, the newest first.
#[utoipa::path(
    get,
    path = "/api/admin/reports/",
    tag = "administration",
    params(AdminReportParams, PageParams),
    responses(
        (status = 200, description = "A page of it", body = Page<AdminReport>),
    )
)]
pub(super) async fn list_reports(
    State(app): State<Arc<App>>,
    _: Administrator,
    params: Params,
    address: Address,
) -> Result<Json<Page<AdminReport>>, ApiError> {
    let mut wrong = Validation::default();
    let status = params.word("status", "One of open, dismissed, actioned.", &mut wrong);
    // One of no form is not found, like an unknown one.
    let conversation = params.text("conversation").map(str::parse).transpose().map_err(|_| Refusal::not_found())?;
    let asked = Asked::read(&params, wrong)?;
    let filter = Filter { status, conversation };
    let rows = app.within(reports::list(app.database.pool(), filter, asked.window(), asked.limit())).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), |report| report.id).into_page(&address)))
}

/// A report with the message as it is now, and what was said around it.
#[utoipa::path(
    get,
    path = "/api/admin/reports/{id}/",
    tag = "administration",
    params(("id" = ReportId, Path, description = "The report")),
    responses(
        (status = 200, description = "What is needed to decide it", body = AdminReportInContext),
    )
)]
pub(super) async fn get_report(
    State(app): State<Arc<App>>,
    _: Administrator,
    PathId(id): PathId<ReportId>,
) -> Result<Json<AdminReportInContext>, ApiError> {
    let found = app.within(reports::find_in_context(app.database.pool(), id)).await?;
    found.map(Json).ok_or_else(ApiError::not_found)
}

/// Decides a report, or opens it again.
#[utoipa::path(
    patch,
    path = "/api/admin/reports/{id}/",
    tag = "administration",
    params(("id" = ReportId, Path, description = "The report")),
    request_body = ReviewReportRequest,
    responses(
        (status = 200, description = "As it stands now", body = AdminReport),
    )
)]
pub(super) async fn review_report(
    State(app): State<Arc<App>>,
    administrator: Administrator,
    PathId(id): PathId<ReportId>,
    JsonBody(request): JsonBody<ReviewReportRequest>,
) -> Result<Json<AdminReport>, ApiError> {
    let review = request.check()?;
    let reviewed = app.within(reports::review(app.database.pool(), id, &review, administrator.actor())).await?;
    reviewed.map(Json).ok_or_else(ApiError::not_found)
}
