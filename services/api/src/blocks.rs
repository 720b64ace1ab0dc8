//! What gateways are told when a block comes or goes, so that it holds on open sockets at once.

use std::time::Duration;

use chat_bus::{BusError, live};
use chat_protocol::ids::{ConversationId, UserId};
use chat_protocol::live::{LiveNews, UserNews};
use chat_store::blocks;

use crate::app::App;
use crate::error::ApiError;

/// How often it is told anew because it has changed meanwhile.
const MAX_TELLINGS: usize = 4;
/// The conversations of two people that are read at once.
const PAGE: u32 = 500;
/// How long telling may take in all.
const TELL_TIMEOUT: Duration = Duration::from_secs(5);

/// Why it could not be told.
#[derive(Debug, thiserror::Error)]
enum TellError {
    #[error(transparent)]
    Read(#[from] ApiError),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("not told in time")]
    TimedOut,
}

/// Tells the gateways of two people how it is between them now. It is written, told or not: gateways read it when their
/// connection is disturbed, as ours must be, and with each new socket.
pub(crate) async fn tell(app: &App, one: UserId, other: UserId) {
    let told = tokio::time::timeout(TELL_TIMEOUT, tell_all(app, one, other)).await;
    if let Err(error) = told.unwrap_or(Err(TellError::TimedOut)) {
        tracing::warn!(%error, "a block could not be told");
    }
}

/// Whoever tells last of several requests at once has looked after it was told: so what was told last is true.
async fn tell_all(app: &App, one: UserId, other: UserId) -> Result<(), TellError> {
    let bus = app.asker.bus();
    let mut told = None;
    for _ in 0..MAX_TELLINGS {
        let is_blocked = app.within(blocks::stands_between(app.database.pool(), one, other)).await?;
        if told == Some(is_blocked) {
            break;
        }
        for person in [one, other] {
            live::publish_to_user(bus, person, &UserNews::Acquaintances).await?;
        }
        tell_conversations(app, one, other, is_blocked).await?;
        bus.flush().await?;
        told = Some(is_blocked);
    }
    Ok(())
}

async fn tell_conversations(app: &App, one: UserId, other: UserId, is_blocked: bool) -> Result<(), TellError> {
    let mut after: Option<ConversationId> = None;
    loop {
        let page = blocks::conversations_of(app.database.pool(), one, other, after, PAGE);
        let page = app.within(page).await?;
        for id in &page {
            live::publish_to_conversation(app.asker.bus(), *id, &LiveNews::Blocked { is_blocked }).await?;
        }
        after = page.last().copied();
        if page.len() < PAGE as usize {
            return Ok(());
        }
    }
}
