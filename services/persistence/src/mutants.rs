//! The mistakes that this service is built to rule out, made on purpose: the tests prove that they would be noticed.
//! Only in the tests' build.

use std::time::Duration;

use chat_runtime::faults;
use chat_store::apply::BatchOutcome;
use chat_store::{apply, partitions};

use crate::batch::Batch;
use crate::storing::{Interruption, Storing};

/// How long the mistake stays open: long enough for a kill to hit it.
const WINDOW: Duration = Duration::from_millis(40);

impl Storing<'_> {
    /// Makes the mistake that is switched on; false if none is.
    pub(crate) async fn go_wrong(&mut self, batch: &Batch) -> Result<bool, Interruption> {
        if faults::on("mutant.ack_before_commit") {
            self.answer_before_commit(batch).await?;
            return Ok(true);
        }
        if faults::on("mutant.position_first") {
            self.move_before_storing(batch).await?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn answer_before_commit(&mut self, batch: &Batch) -> Result<(), Interruption> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.database.connect_for_batches().await?),
        };
        apply::begin(connection).await?;
        let outcome = self.apply(batch).await?;
        let BatchOutcome::Committed(applied) = outcome else { return Err(Interruption::Unsettled) };
        self.answer(batch, &applied).await?;
        tokio::time::sleep(WINDOW).await;
        if let Some(connection) = &mut self.connection {
            apply::commit(connection).await?;
        }
        self.lane.moved(&batch.fences);
        self.announce(batch.clone(), applied).await
    }

    async fn move_before_storing(&mut self, batch: &Batch) -> Result<(), Interruption> {
        let incarnation = self.lane.incarnation();
        for fence in &batch.fences {
            let moved = [(fence.partition, fence.epoch, fence.from_pos)];
            let pool = self.database.pool();
            partitions::advance_idle(pool, self.worker, incarnation, &moved, fence.to_pos, fence.to_command).await?;
        }
        tokio::time::sleep(WINDOW).await;
        let mut late = batch.clone();
        for fence in &mut late.fences {
            fence.from_pos = fence.to_pos;
        }
        let BatchOutcome::Committed(applied) = self.apply(&late).await? else { return Err(Interruption::Unsettled) };
        self.lane.moved(&late.fences);
        self.announce(late, applied).await
    }
}
