//! Uploaded files: from the request into the object store, what is found out about them there, back to those who may have
//! them, and away when nobody can.

mod collecting;
mod direct;
mod disposition;
mod form;
mod objects;
mod pace;
mod pictures;
mod places;
pub mod probing;
mod processing;
mod range;
pub mod reading;
mod receiving;
pub mod serving;
pub mod settings;
mod sniff;
mod sound;
mod strip;
mod writer;

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::ids::{AttachmentId, UserId};
use chat_protocol::rest::Attachment;
use chat_store::attachments::{self as rows, Findings, NewAttachment};

pub(crate) use self::collecting::run as collect;
pub(crate) use self::direct::{begin as begin_direct_upload, complete as complete_direct_upload};
use self::form::{Form, too_large};
use self::objects::{ObjectError, Objects};
use self::places::{Place, Places};
use self::processing::Workshop;
use self::receiving::{Arrived, receive};
use self::settings::AttachmentSection;
use crate::app::App;
use crate::error::ApiError;

/// What a form may be longer than its file, in bytes.
const FORM_BYTES: u64 = 128 * 1024;

/// Everything that attachments need beside the database.
pub(crate) struct Attachments {
    objects: Arc<Objects>,
    workshop: Workshop,
    settings: AttachmentSection,
    places: Places,
}

impl Attachments {
    /// Opens the object store of the settings.
    pub(crate) fn open(settings: &AttachmentSection) -> anyhow::Result<Self> {
        let objects = Arc::new(Objects::open(settings)?);
        Ok(Self {
            workshop: Workshop::new(Arc::clone(&objects)),
            objects,
            settings: settings.clone(),
            places: Places::new(settings.max_transfers as usize),
        })
    }

    /// A place for one upload or download of this person, if there is one.
    fn place(&self, person: UserId) -> Result<Place, ApiError> {
        self.places.take(person).ok_or(ApiError::Unavailable("too many attachments are on their way"))
    }
}

impl From<ObjectError> for ApiError {
    fn from(error: ObjectError) -> Self {
        metrics::counter!("chat_api_object_store_errors_total").increment(1);
        tracing::warn!(%error, "an object cannot be had or kept");
        Self::Unavailable("the object store failed")
    }
}

/// Takes the file of a form. It is carried to its end even if the client goes away meanwhile, so that nothing is left over.
pub(crate) async fn upload(
    app: Arc<App>,
    uploader: UserId,
    headers: &HeaderMap,
    body: Body,
) -> Result<Attachment, ApiError> {
    let place = app.attachments.place(uploader)?;
    let mut form = Form::open(headers, body, app.body_timeout)?;
    let max_bytes = app.attachments.settings.max_attachment_bytes;
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0_u64);
    let is_hopeless = announced > max_bytes.saturating_add(FORM_BYTES);
    if is_hopeless && headers.contains_key(EXPECT) {
        // Whoever waits for leave to send has sent nothing yet that would have to be read.
        return Err(too_large(max_bytes).into());
    }
    let uploading = async move {
        let taken = if is_hopeless {
            Err(too_large(max_bytes).into())
        } else {
            take(&app, uploader, &mut form, max_bytes).await
        };
        if taken.is_err() {
            form.drain().await;
        }
        drop(place);
        taken
    };
    let done = tokio::spawn(tracing::Instrument::in_current_span(uploading)).await;
    done.unwrap_or(Err(ApiError::Unavailable("an upload was cut off")))
}

/// Notes the file, brings it into the store, and makes an attachment of it; or gives it up.
async fn take(app: &App, uploader: UserId, form: &mut Form, max_bytes: u64) -> Result<Attachment, ApiError> {
    let mut file = form.file(max_bytes).await?;
    let id = AttachmentId::generate();
    let keep = app.attachments.settings.orphan_life();
    let new = NewAttachment { id, uploader, name: &file.name, size: 0, keep, upload: None };
    app.within(rows::begin(app.database.pool(), &new)).await?;
    let arriving = receive(&app.attachments.objects, id, &mut file, max_bytes).await;
    drop(file);
    let taken = match arriving {
        Ok(arrived) => end(app, id, form, arrived).await,
        Err(error) => Err(error),
    };
    if taken.is_err()
        && let Err(error) = app.within(rows::give_up(app.database.pool(), id)).await
    {
        tracing::warn!(%error, "what is left of an upload is taken away later");
    }
    taken
}

async fn end(app: &App, id: AttachmentId, form: &mut Form, arrived: Arrived) -> Result<Attachment, ApiError> {
    form.finish().await?;
    let found = app.attachments.workshop.process(id, arrived).await?;
    finish(app, id, &found).await
}

async fn finish(app: &App, id: AttachmentId, found: &Findings) -> Result<Attachment, ApiError> {
    let finished = app.within(rows::finish(app.database.pool(), id, found)).await?;
    let attachment =
        finished.ok_or_else(|| Refusal::new(ErrorCode::Conflict, "It took too long, and was taken away."))?;
    metrics::counter!("chat_api_attachments_total").increment(1);
    Ok(attachment)
}
