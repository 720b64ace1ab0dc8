//! Listens to the heads of those buckets of which conversations are held here, each once.

use std::collections::HashMap;

use chat_bus::Bus;
use chat_protocol::heads::Heads;
use chat_protocol::partition::Bucket;
use chat_protocol::subjects;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The buckets that are listened to.
pub struct HeadsWatch {
    bus: Bus,
    buckets: Mutex<HashMap<Bucket, Listening>>,
}

struct Listening {
    conversations: usize,
    _until_dropped: DropGuard,
}

impl HeadsWatch {
    /// Nothing yet.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus, buckets: Mutex::default() }
    }

    /// One more conversation of this bucket is held; the first of them starts the listening.
    pub fn add(&self, bucket: Bucket, on_heads: impl Fn(&Heads) + Send + 'static) {
        let mut buckets = self.buckets.lock();
        if let Some(listening) = buckets.get_mut(&bucket) {
            listening.conversations += 1;
            return;
        }
        let stop = CancellationToken::new();
        tokio::spawn(listen(self.bus.clone(), bucket, on_heads, stop.clone()));
        buckets.insert(bucket, Listening { conversations: 1, _until_dropped: stop.drop_guard() });
    }

    /// One conversation less of this bucket; the last of them ends the listening.
    pub fn remove(&self, bucket: Bucket) {
        let mut buckets = self.buckets.lock();
        if let Some(listening) = buckets.get_mut(&bucket) {
            listening.conversations -= 1;
            if listening.conversations == 0 {
                buckets.remove(&bucket);
            }
        }
    }
}

async fn listen(bus: Bus, bucket: Bucket, on_heads: impl Fn(&Heads), stop: CancellationToken) {
    let mut told = match bus.client().subscribe(subjects::heads(bucket)).await {
        Ok(told) => told,
        Err(error) => return tracing::error!(%error, "cannot listen to heads"),
    };
    while let Some(Some(message)) = stop.run_until_cancelled(told.next()).await {
        match serde_json::from_slice(&message.payload) {
            Ok(heads) => on_heads(&heads),
            Err(error) => tracing::error!(%error, "unreadable heads"),
        }
    }
}
