//! Tickets are used once: whoever is first to write a ticket's id into the bucket has used it, on whatever gateway.

use async_nats::jetstream::kv::CreateErrorKind;
use bytes::Bytes;
use chat_protocol::ids::TokenId;
use chat_protocol::subjects::USED_TICKETS_BUCKET;
use chat_protocol::time::Timestamp;

use crate::{Bus, BusError, kv};

/// Uses a ticket; false if it was used before.
///
/// # Errors
/// Nobody knows: the bucket cannot be asked, or it is younger than the ticket, because NATS has lost the one before.
pub async fn use_ticket(bus: &Bus, ticket: TokenId, issued_at: Timestamp) -> Result<bool, BusError> {
    let store = kv::open(bus, USED_TICKETS_BUCKET).await?;
    let created_ms = store.stream.cached_info().created.unix_timestamp_nanos() / 1_000_000;
    if created_ms > i128::from(issued_at.datetime().timestamp_millis()) {
        return Err(BusError::Interrupted("used tickets were forgotten after this one was made".to_owned()));
    }
    // By its value a first use is known again whose answer was lost.
    let attempt = Bytes::from(TokenId::generate().to_string());
    let created = tokio::time::timeout(kv::CALL, store.create(ticket.to_string(), attempt.clone())).await;
    match created.map_err(BusError::jetstream)? {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == CreateErrorKind::AlreadyExists => {
            let first = kv::within(store.get(ticket.to_string())).await?;
            Ok(first.is_some_and(|first| first == attempt))
        }
        Err(error) => Err(BusError::jetstream(error)),
    }
}
