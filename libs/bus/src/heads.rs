//! Heads on the wire: published by persistence for each bucket, heard by the gateways that hold conversations of it.

use std::collections::BTreeMap;

use chat_protocol::heads::{Head, Heads};
use chat_protocol::partition::Bucket;
use chat_protocol::subjects;

use crate::{Bus, BusError};

/// Tells the heads, one message a bucket.
pub async fn publish(bus: &Bus, heads: impl IntoIterator<Item = Head>) -> Result<(), BusError> {
    let mut by_bucket: BTreeMap<Bucket, Heads> = BTreeMap::new();
    for head in heads {
        by_bucket.entry(Bucket::of_conversation(head.conversation_id)).or_default().heads.push(head);
    }
    for (bucket, heads) in by_bucket {
        let payload = serde_json::to_vec(&heads)?;
        bus.client().publish(subjects::heads(bucket), payload.into()).await.map_err(BusError::client)?;
    }
    Ok(())
}
