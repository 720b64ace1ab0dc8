//! Commands as an operator gives them: on the stream like everybody's, decided by the one writer.

use std::time::Duration;

use anyhow::{anyhow, bail};
use chat_bus::Bus;
use chat_bus::asker::{AskError, Asker};
use chat_protocol::command::{Command, CommandBody};
use chat_protocol::ids::{CommandId, InstanceId};
use chat_protocol::reply::Outcome;
use chat_protocol::time::Timestamp;
use chrono::Utc;
use tokio_util::sync::CancellationToken;

/// How long an answer is waited for.
const WAIT: Duration = Duration::from_secs(20);

/// Gives commands and waits for their answers.
pub(crate) struct Asking {
    asker: Asker,
    instance: InstanceId,
}

impl Asking {
    pub(crate) async fn start(bus: Bus) -> anyhow::Result<Self> {
        let instance: InstanceId =
            format!("chatctl-{:08x}", rand::random::<u32>()).parse().map_err(|_| anyhow!("no name"))?;
        let asker = Asker::start(bus, instance.clone(), CancellationToken::new()).await?;
        Ok(Self { asker, instance })
    }

    /// Asks for it once; what was not answered may still be done, and may be asked for again.
    pub(crate) async fn ask(&self, body: impl FnOnce(Timestamp) -> CommandBody) -> anyhow::Result<Outcome> {
        let not_after = Timestamp::from(Utc::now() + WAIT + Duration::from_secs(2));
        let command = Command { id: CommandId::generate(), reply_to: self.instance.clone(), body: body(not_after) };
        match self.asker.ask(command, None, WAIT).await {
            Ok(outcome) => Ok(outcome),
            Err(AskError::Unavailable) => bail!("the stream of commands does not take it: chatctl doctor says why"),
            Err(AskError::Unknown) => bail!("no worker has answered: chatctl doctor says why"),
        }
    }
}
