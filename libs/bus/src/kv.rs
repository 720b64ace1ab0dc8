//! Small state that all instances share, in buckets of NATS KV. In memory: what matters of it stands in Postgres too, or
//! is over in a minute. The api declares the buckets, and again after NATS has lost them.

use std::time::Duration;

use async_nats::jetstream::kv::{Config, Store};
use async_nats::jetstream::stream::StorageType;
use chat_protocol::subjects::{REVOKED_FAMILIES_BUCKET, REVOKED_USERS_BUCKET, USED_TICKETS_BUCKET};
use tokio::time::timeout;

use crate::{Bus, BusError};

/// How long one call of a bucket may take.
pub(crate) const CALL: Duration = Duration::from_secs(2);
/// How long the use of a ticket is remembered: its own life, and as much again for clocks that differ.
const USED_TICKETS_AGE: Duration = Duration::from_mins(1);

/// What an operator decides about the buckets.
#[derive(Debug, Clone, Copy)]
pub struct BucketSettings {
    /// Copies of each entry: 1 on a single server, 3 in production.
    pub replicas: usize,
    /// How long the revocation of a family is remembered: as long as an access token of ours may be good.
    pub families_age: Duration,
    /// How long that of a whole person is: as long as anybody's token may be good.
    pub users_age: Duration,
}

/// Creates the buckets or brings their settings up to date, where that is needed.
pub async fn declare(bus: &Bus, settings: BucketSettings) -> Result<(), BusError> {
    let buckets = [
        (REVOKED_FAMILIES_BUCKET, settings.families_age),
        (REVOKED_USERS_BUCKET, settings.users_age),
        (USED_TICKETS_BUCKET, USED_TICKETS_AGE),
    ];
    for (bucket, max_age) in buckets {
        // A change is an affair of the whole cluster; a look is not.
        if open(bus, bucket).await.is_ok_and(|store| is_as_asked(&store, settings.replicas, max_age)) {
            continue;
        }
        let config = Config {
            bucket: bucket.to_owned(),
            history: 1,
            max_age,
            storage: StorageType::Memory,
            num_replicas: settings.replicas,
            ..Config::default()
        };
        within(bus.jetstream().create_or_update_key_value(config)).await?;
    }
    Ok(())
}

fn is_as_asked(store: &Store, replicas: usize, max_age: Duration) -> bool {
    let config = &store.stream.cached_info().config;
    (config.num_replicas, config.max_age) == (replicas, max_age)
}

/// The bucket as it is now.
pub(crate) async fn open(bus: &Bus, bucket: &'static str) -> Result<Store, BusError> {
    within(bus.jetstream().get_key_value(bucket)).await
}

/// Waits for a call, but not for long.
pub(crate) async fn within<T, E: std::fmt::Display>(call: impl Future<Output = Result<T, E>>) -> Result<T, BusError> {
    timeout(CALL, call).await.map_err(BusError::jetstream)?.map_err(BusError::jetstream)
}
