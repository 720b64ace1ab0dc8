//! What is on record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat_protocol::error::Validation;
use chat_protocol::rest::{AuditEntry, Page};
use chat_store::admin::audit::{self, Filter};

use super::Asked;
use super::authority::Administrator;
use crate::app::App;
use crate::error::ApiError;
use crate::extract::Params;
use crate::openapi::{AuditParams, PageParams};
use crate::paging::{Address, Slice};

/// What administrators, machines and operators did, the newest first.
///
/// Each call under `/api/admin/` is an entry, made before it is carried out; what it has changed is another.
#[utoipa::path(
    get,
    path = "/api/admin/audit/",
    tag = "administration",
    params(AuditParams, PageParams),
    responses(
        (status = 200, description = "A page of it", body = Page<AuditEntry>),
    )
)]
pub(super) async fn list_audit(
    State(app): State<Arc<App>>,
    _: Administrator,
    params: Params,
    address: Address,
) -> Result<Json<Page<AuditEntry>>, ApiError> {
    let mut wrong = Validation::default();
    let actor = params.parsed("actor", "A user id.", &mut wrong);
    let filter = Filter { actor, object: params.text("object").map(str::to_owned) };
    let asked = Asked::read(&params, wrong)?;
    let rows = app.within(audit::list(app.database.pool(), &filter, asked.window(), asked.limit())).await?;
    Ok(Json(Slice::cut(rows, asked.size, asked.from.as_ref(), |entry| entry.id).into_page(&address)))
}
