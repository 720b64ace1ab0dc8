//! Attachments: uploads through the api or past it, and their bytes.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use chat_protocol::ids::AttachmentId;
use chat_protocol::rest::{Attachment, DirectUpload, DirectUploadRequest};
use utoipa::ToSchema;

use crate::app::App;
use crate::attachments::{self, serving};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::extract::{JsonBody, PathId};

/// The form, for the document alone.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document alone")]
struct FileForm {
    /// The file; its name is that of its `filename`.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes a file: the field `file` of a form. What it is, is found from its bytes; pictures lose everything that is no picture.
#[utoipa::path(
    post,
    path = "/api/chat/attachments/",
    tag = "attachments",
    request_body(content = FileForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "What may be sent now with a message", body = Attachment),
    )
)]
pub(super) async fn upload_attachment(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    let attachment = attachments::upload(app, caller.id, &headers, body).await?;
    Ok((StatusCode::CREATED, Json(attachment)))
}

/// Begins an upload that goes to the object store itself. Not found where there is no S3 store.
#[utoipa::path(
    post,
    path = "/api/chat/attachments/uploads/",
    tag = "attachments",
    request_body = DirectUploadRequest,
    responses(
        (status = 201, description = "Where to send exactly so many bytes", body = DirectUpload),
        (status = 404, description = "There is no S3 store"),
    )
)]
pub(super) async fn begin_direct_upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    JsonBody(request): JsonBody<DirectUploadRequest>,
) -> Result<(StatusCode, Json<DirectUpload>), ApiError> {
    let upload = attachments::begin_direct_upload(&app, caller.id, &request).await?;
    Ok((StatusCode::CREATED, Json(upload)))
}

/// Says that the bytes are there; what really arrived is looked at like any other upload.
#[utoipa::path(
    post,
    path = "/api/chat/attachments/uploads/{id}/complete/",
    tag = "attachments",
    params(("id" = AttachmentId, Path, description = "The upload")),
    responses(
        (status = 201, description = "What may be sent now with a message", body = Attachment),
        (status = 200, description = "It was completed before", body = Attachment),
        (status = 400, description = "Other than so many bytes arrived"),
        (status = 409, description = "Nothing has arrived yet, or somebody else is completing it"),
        (status = 413, description = "Too much arrived"),
    )
)]
pub(super) async fn complete_direct_upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AttachmentId>,
) -> Result<(StatusCode, Json<Attachment>), ApiError> {
    let (attachment, is_new) = attachments::complete_direct_upload(&app, caller.id, id).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(attachment)))
}

/// The bytes: for those who take part where it was sent, and before that for its uploader alone. With `Range`,
/// `If-None-Match` and `If-Range`; `HEAD` too. May be a redirection to the S3 store.
#[utoipa::path(
    get,
    path = "/api/chat/attachments/{id}/",
    tag = "attachments",
    params(("id" = AttachmentId, Path, description = "The attachment")),
    responses(
        (status = 200, description = "All of it", content_type = "*/*", body = inline(Vec<u8>)),
        (status = 206, description = "The part that was asked for", content_type = "*/*", body = inline(Vec<u8>)),
    )
)]
pub(super) async fn get_attachment(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AttachmentId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serving::content(&app, serving::Request { reader: caller.id, id, method: &method, headers: &headers }).await
}

/// The small picture of a picture, for the same people.
#[utoipa::path(
    get,
    path = "/api/chat/attachments/{id}/thumbnail/",
    tag = "attachments",
    params(("id" = AttachmentId, Path, description = "The attachment")),
    responses(
        (status = 200, description = "JPEG, or WebP where something shows through",
         content((inline(Vec<u8>) = "image/jpeg"), (inline(Vec<u8>) = "image/webp"))),
    )
)]
pub(super) async fn get_thumbnail(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathId(id): PathId<AttachmentId>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serving::thumbnail(&app, serving::Request { reader: caller.id, id, method: &method, headers: &headers }).await
}
