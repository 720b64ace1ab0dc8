//! Uploads that go past the api: a signed URL first, and when the client says that the bytes are there, a look at what really
//! arrived. What is looked at is a copy, which the URL does not reach.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::ids::{AttachmentId, UserId};
use chat_protocol::rest::{Attachment, DirectUpload, DirectUploadRequest};
use chat_store::attachments::{self as rows, Completion, NewAttachment};
use tokio::time::timeout;

use super::form::too_large;
use super::objects::{Objects, Part};
use super::receiving::{Arrived, Inspector};
use super::sniff::UNKNOWN;
use super::{Attachments, finish};
use crate::app::App;
use crate::error::ApiError;

/// How long a signed URL for an upload is good.
const URL_LIFE: Duration = Duration::from_mins(15);
/// How long a completion may take, and how long it keeps others away.
const COMPLETION_LIMIT: Duration = Duration::from_secs(150);
const HOLD: Duration = Duration::from_mins(3);
/// How much is asked of the store at once, in bytes.
const PIECE_BYTES: u64 = 1024 * 1024;

/// Begins an upload by signed URL. Not found where the store signs none.
pub(crate) async fn begin(
    app: &App,
    uploader: UserId,
    request: &DirectUploadRequest,
) -> Result<DirectUpload, ApiError> {
    let attachments = &app.attachments;
    if !attachments.objects.signs_urls() {
        return Err(ApiError::not_found());
    }
    request.check(attachments.settings.max_attachment_bytes)?;
    let id = AttachmentId::generate();
    let url = attachments.objects.sign_upload(&Part::Upload.key(id), URL_LIFE).await?;
    let keep = attachments.settings.orphan_life();
    let new = NewAttachment { id, uploader, name: &request.name, size: request.size, keep, upload: Some(URL_LIFE) };
    app.within(rows::begin(app.database.pool(), &new)).await?;
    Ok(DirectUpload {
        id,
        url,
        method: "PUT".to_owned(),
        headers: BTreeMap::from([(CONTENT_TYPE.to_string(), UNKNOWN.to_owned())]),
        expires_at: (app.clock.now() + URL_LIFE).into(),
    })
}

/// Completes an upload: the attachment, and whether it was completed just now. Not found where the store signs no URLs.
pub(crate) async fn complete(app: &App, uploader: UserId, id: AttachmentId) -> Result<(Attachment, bool), ApiError> {
    if !app.attachments.objects.signs_urls() {
        return Err(ApiError::not_found());
    }
    let pool = app.database.pool();
    let claimed = app.within(rows::claim(pool, uploader, id, HOLD)).await?;
    let announced = match claimed.ok_or_else(ApiError::not_found)? {
        Completion::Finished(attachment) => return Ok((*attachment, false)),
        Completion::Busy => return Err(Refusal::new(ErrorCode::Conflict, "It is being completed.").into()),
        Completion::Claimed { size } => u64::try_from(size).unwrap_or_default(),
    };
    let completing = async {
        let arrived = collect(&app.attachments, id, announced).await?;
        let found = app.attachments.workshop.process(id, arrived).await?;
        finish(app, id, &found).await
    };
    let completed = timeout(COMPLETION_LIMIT, completing).await;
    let completed = completed.unwrap_or(Err(ApiError::Unavailable("completing an upload takes too long")));
    match completed {
        Ok(attachment) => {
            if let Err(error) = app.attachments.objects.remove(&Part::Upload.key(id)).await {
                tracing::warn!(%error, "the original of an upload stays until its URL is over");
            }
            Ok((attachment, true))
        }
        Err(error) => {
            // What can never become an attachment is given up; anything else may be completed again.
            let is_final = matches!(&error, ApiError::Refused(refusal) if refusal.code == ErrorCode::TooLarge);
            let ended = if is_final {
                app.within(rows::give_up(pool, id)).await
            } else {
                app.within(rows::release(pool, id)).await
            };
            if let Err(error) = ended {
                tracing::warn!(%error, "an upload stays claimed for a while");
            }
            Err(error)
        }
    }
}

/// Copies what arrived to where no URL reaches, and looks at the copy.
async fn collect(attachments: &Attachments, id: AttachmentId, announced: u64) -> Result<Arrived, ApiError> {
    let objects = &attachments.objects;
    let (from, to) = (Part::Upload.key(id), Part::Content.key(id));
    let size = match objects.size(&from).await {
        Err(error) if error.is_not_found() => {
            return Err(Refusal::new(ErrorCode::Conflict, "Nothing has arrived yet.").into());
        }
        size => size?,
    };
    check_size(size, announced, attachments.settings.max_attachment_bytes)?;
    objects.copy(&from, &to).await?;
    let size = objects.size(&to).await?;
    check_size(size, announced, attachments.settings.max_attachment_bytes)?;
    inspect(objects, id, size).await
}

fn check_size(size: u64, announced: u64, max_bytes: u64) -> Result<(), Refusal> {
    if size > max_bytes {
        Err(too_large(max_bytes))
    } else if size != announced {
        Err(Refusal::invalid("size", format!("{size} bytes arrived, {announced} were announced.")))
    } else {
        Ok(())
    }
}

async fn inspect(objects: &Objects, id: AttachmentId, size: u64) -> Result<Arrived, ApiError> {
    let key = Part::Content.key(id);
    let mut inspector = Inspector::default();
    while inspector.size() < size {
        let from = inspector.size();
        inspector.see(&objects.read(&key, from..size.min(from + PIECE_BYTES)).await?);
    }
    Ok(inspector.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrived_is_what_was_announced() {
        assert!(check_size(7, 7, 10).is_ok());
        assert_eq!(check_size(11, 11, 10).unwrap_err().code, ErrorCode::TooLarge);
        assert_eq!(check_size(11, 7, 10).unwrap_err().code, ErrorCode::TooLarge);
        assert_eq!(check_size(6, 7, 10).unwrap_err().code, ErrorCode::Invalid);
        assert_eq!(check_size(0, 7, 10).unwrap_err().code, ErrorCode::Invalid);
    }
}
