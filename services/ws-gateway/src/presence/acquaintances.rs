//! Whom a person may see, read from the api page by page.

use std::time::Duration;

use chat_bus::Bus;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::UserId;
use chat_protocol::presence::{Acquaintance, AcquaintancesRequest, AcquaintancesResponse};
use chat_runtime::backoff::Backoff;
use tokio::sync::Semaphore;

/// People whose acquaintances are read at once; further ones wait.
pub(super) const READS_AT_ONCE: usize = 16;
/// The most acquaintances of one person that are watched.
const MAX_ACQUAINTANCES: usize = 20_000;
/// How long one page may take.
const PAGE_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads until it has succeeded.
pub(super) async fn read(bus: &Bus, places: &Semaphore, user_id: UserId) -> Vec<Acquaintance> {
    let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(5));
    loop {
        match read_once(bus, places, user_id).await {
            Ok(people) => return people,
            Err(error) => tracing::warn!(%error, %user_id, "acquaintances cannot be read yet"),
        }
        tokio::time::sleep(backoff.next_delay()).await;
    }
}

async fn read_once(bus: &Bus, places: &Semaphore, user_id: UserId) -> Result<Vec<Acquaintance>, RpcError> {
    let _place = places.acquire().await.map_err(|_| RpcError::Unavailable("stopping".to_owned()))?;
    let mut people: Vec<Acquaintance> = Vec::new();
    let mut after = None;
    loop {
        let request = AcquaintancesRequest { user_id, after };
        let page: AcquaintancesResponse = rpc::call(bus, "api", "acquaintances", &request, PAGE_TIMEOUT).await?;
        people.extend(page.people);
        if people.len() > MAX_ACQUAINTANCES {
            tracing::warn!(%user_id, MAX_ACQUAINTANCES, "not all acquaintances are watched");
            people.truncate(MAX_ACQUAINTANCES);
            return Ok(people);
        }
        match page.next {
            Some(next) if Some(next) > after => after = Some(next),
            _ => return Ok(people),
        }
    }
}
