//! Choices may have been missed with a disturbed connection: those of everyone here are read again from the api.

use std::time::Duration;

use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::UserId;
use chat_protocol::presence::{ChoicesRequest, ChoicesResponse, MAX_CHOICES};
use chat_runtime::backoff::Backoff;
use tokio_util::sync::CancellationToken;

use super::Lease;

/// How long one page may take.
const PAGE_TIMEOUT: Duration = Duration::from_secs(5);

impl Lease {
    /// Reads them whenever they are in doubt, until the stop.
    pub(in crate::presence) async fn confirm_choices(self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
        while stop.run_until_cancelled(self.0.doubts.notified()).await.is_some() {
            backoff.reset();
            while let Some(Err(error)) = stop.run_until_cancelled(self.read_choices()).await {
                tracing::warn!(%error, "what people chose to show cannot be read yet");
                stop.run_until_cancelled(tokio::time::sleep(backoff.next_delay())).await;
            }
        }
        Ok(())
    }

    async fn read_choices(&self) -> Result<(), RpcError> {
        let here: Vec<UserId> = self.0.desk.lock().book.people().collect();
        for page in here.chunks(MAX_CHOICES) {
            let request = ChoicesRequest { user_ids: page.to_vec() };
            let answer: ChoicesResponse = rpc::call(&self.0.bus, "api", "choices", &request, PAGE_TIMEOUT).await?;
            answer.choices.into_iter().for_each(|choice| self.choose(choice));
        }
        Ok(())
    }
}
