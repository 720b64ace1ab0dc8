//! Takes away what nobody sees any more: uploads that never arrived or were never sent, what stood in deleted messages and
//! conversations. Any number of apis do it side by side: each takes rows that the others have not taken.

use std::sync::Arc;
use std::time::Duration;

use chat_protocol::ids::AttachmentId;
use chat_store::attachments as rows;
use rand::Rng as _;
use tokio_util::sync::CancellationToken;

use super::objects::Part;
use crate::app::App;
use crate::error::ApiError;

/// How many are taken at once.
const BATCH: u32 = 50;
/// How long they are kept from other apis: longer than removing them takes.
const HOLD: Duration = Duration::from_mins(10);
/// How many batches of one kind are taken before the others have their turn.
const MAX_BATCHES: usize = 20;

/// Looks until the stop for what is to be taken away.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) -> anyhow::Result<()> {
    let interval = app.attachments.settings.sweep_interval();
    loop {
        let pause = interval.mul_f64(rand::rng().random_range(0.5..1.5));
        if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return Ok(());
        }
        // What was not taken away now is there next time.
        if let Err(error) = sweep(&app, &stop).await {
            tracing::warn!(%error, "attachments are not taken away now");
        }
    }
}

async fn sweep(app: &App, stop: &CancellationToken) -> Result<(), ApiError> {
    let pool = app.database.pool();
    for _ in 0..MAX_BATCHES {
        if stop.is_cancelled() || app.within(rows::unlink_deleted(pool, BATCH)).await? < u64::from(BATCH) {
            break;
        }
    }
    for _ in 0..MAX_BATCHES {
        let due = app.within(rows::take_due(pool, BATCH, HOLD)).await?;
        remove(app, &due).await?;
        if stop.is_cancelled() || due.len() < BATCH as usize {
            break;
        }
    }
    for _ in 0..MAX_BATCHES {
        let ended = app.within(rows::list_ended_uploads(pool, BATCH)).await?;
        end_uploads(app, &ended).await?;
        if stop.is_cancelled() || ended.len() < BATCH as usize {
            break;
        }
    }
    Ok(())
}

/// Removes the objects and then the rows: whatever ends this in between, no object is without a row.
async fn remove(app: &App, due: &[AttachmentId]) -> Result<(), ApiError> {
    let mut gone = Vec::with_capacity(due.len());
    for id in due {
        match app.attachments.objects.remove_all(*id).await {
            Ok(()) => gone.push(*id),
            Err(error) => tracing::warn!(%error, "an attachment stays in the object store for now"),
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    app.within(rows::forget(app.database.pool(), &gone)).await?;
    metrics::counter!("chat_api_attachments_collected_total").increment(gone.len() as u64);
    Ok(())
}

/// Removes what signed URLs brought after their uploads had been completed.
async fn end_uploads(app: &App, ended: &[AttachmentId]) -> Result<(), ApiError> {
    let mut gone = Vec::with_capacity(ended.len());
    for id in ended {
        if app.attachments.objects.remove(&Part::Upload.key(*id)).await.is_ok() {
            gone.push(*id);
        }
    }
    app.within(rows::end_uploads(app.database.pool(), &gone)).await
}
