//! Which families of tokens are revoked: a copy of their bucket in each api and gateway. What is written into the bucket
//! is heard as it is told; what was not heard is listed, after each disturbance and every half minute.

mod families;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::Subscriber;
use async_nats::jetstream::kv::Operation;
use bytes::Bytes;
use chat_protocol::ids::FamilyId;
use chat_protocol::subjects::{REVOKED_FAMILIES_BUCKET, REVOKED_FAMILIES_WILDCARD, parse_revoked_family};
use futures_util::{StreamExt as _, TryStreamExt as _};
use rand::Rng as _;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::families::Families;
pub use self::families::FamilyWatch;
use crate::{Bus, BusError, kv};

/// How often the bucket is listed when nothing has happened.
const LIST_INTERVAL: Duration = Duration::from_secs(30);
/// After a listing that failed: at least and at most, in milliseconds.
const RETRY_DELAY_MS: (u64, u64) = (100, 500);
/// How long a listing may take.
const LIST_TIMEOUT: Duration = Duration::from_secs(10);

/// The revoked families as far as they are known here. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Revocations {
    bus: Bus,
    disturbances: watch::Receiver<u64>,
    /// How many disturbances the last listing came after, and one more; 0 before the first.
    listed: Arc<AtomicU64>,
    families: Families,
}

/// What the bucket holds.
struct Listing {
    families: HashSet<FamilyId>,
    /// How long it holds what it was told.
    max_age: Duration,
}

impl Revocations {
    /// Hears of revocations until `stop`. Returns at once, whether NATS is there or not.
    pub async fn start(bus: &Bus, stop: CancellationToken) -> Result<Self, BusError> {
        let told = bus.client().subscribe(REVOKED_FAMILIES_WILDCARD).await.map_err(BusError::client)?;
        let revocations = Self {
            bus: bus.clone(),
            disturbances: bus.disturbances(),
            listed: Arc::default(),
            families: Families::default(),
        };
        tokio::spawn(revocations.clone().hear(told, stop.clone()));
        tokio::spawn(revocations.clone().keep_listing(stop));
        Ok(revocations)
    }

    /// Whether this family is known to be revoked.
    #[must_use]
    pub fn is_revoked(&self, family: FamilyId) -> bool {
        self.families.is_revoked(family)
    }

    /// Whether the copy is whole: nothing can have been missed since the bucket was listed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let disturbances = *self.disturbances.borrow();
        self.listed.load(Ordering::Acquire) == disturbances + 1 && self.bus.is_connected()
    }

    /// Whether the bucket has been listed at all: before, nothing is known.
    #[must_use]
    pub fn has_listed(&self) -> bool {
        self.listed.load(Ordering::Acquire) > 0
    }

    /// Whether this family is revoked: from the copy if it is whole, otherwise from the bucket.
    ///
    /// # Errors
    /// The bucket had to be asked and did not answer.
    pub async fn look_up(&self, family: FamilyId) -> Result<bool, BusError> {
        if self.is_revoked(family) {
            return Ok(true);
        }
        if self.is_complete() {
            return Ok(false);
        }
        let store = kv::open(&self.bus, REVOKED_FAMILIES_BUCKET).await?;
        let entry = kv::within(store.entry(family.to_string())).await?;
        let is_revoked = entry.is_some_and(|entry| entry.operation == Operation::Put);
        self.learn(is_revoked.then_some(family));
        Ok(is_revoked)
    }

    /// Takes families in that are revoked, from wherever it is known.
    pub fn learn(&self, revoked: impl IntoIterator<Item = FamilyId>) {
        self.families.learn(revoked);
    }

    /// Watches a family; without one there is nothing to be revoked.
    #[must_use]
    pub fn watch(&self, family: Option<FamilyId>) -> FamilyWatch {
        family.map_or_else(FamilyWatch::of_nothing, |family| self.families.watch(family))
    }

    async fn hear(self, mut told: Subscriber, stop: CancellationToken) {
        while let Some(Some(message)) = stop.run_until_cancelled(told.next()).await {
            self.learn(parse_revoked_family(&message.subject));
        }
    }

    async fn keep_listing(mut self, stop: CancellationToken) {
        loop {
            let disturbances = *self.disturbances.borrow_and_update();
            let pause = match list(&self.bus).await {
                Ok(listing) => {
                    self.families.learn_all(&listing.families, listing.max_age);
                    self.listed.store(disturbances + 1, Ordering::Release);
                    LIST_INTERVAL
                }
                Err(error) => {
                    if self.has_listed() {
                        tracing::warn!(%error, "revoked token families could not be listed");
                    } else {
                        tracing::info!(%error, "waiting for the list of revoked token families");
                    }
                    Duration::from_millis(rand::rng().random_range(RETRY_DELAY_MS.0..=RETRY_DELAY_MS.1))
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
                changed = self.disturbances.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// Tells every api and gateway that these families are revoked.
pub async fn tell(bus: &Bus, families: &[FamilyId]) -> Result<(), BusError> {
    if families.is_empty() {
        return Ok(());
    }
    let store = kv::open(bus, REVOKED_FAMILIES_BUCKET).await?;
    for family in families {
        kv::within(store.put(family.to_string(), Bytes::new())).await?;
    }
    Ok(())
}

/// The families of which everybody has been told.
pub async fn told(bus: &Bus) -> Result<HashSet<FamilyId>, BusError> {
    Ok(list(bus).await?.families)
}

async fn list(bus: &Bus) -> Result<Listing, BusError> {
    let store = kv::open(bus, REVOKED_FAMILIES_BUCKET).await?;
    let max_age = store.stream.cached_info().config.max_age;
    let listing = async {
        let keys = store.keys().await.map_err(BusError::jetstream)?.map_err(BusError::jetstream);
        let families = keys.try_filter_map(async |key| Ok(key.parse::<FamilyId>().ok())).try_collect().await?;
        Ok(Listing { families, max_age })
    };
    tokio::time::timeout(LIST_TIMEOUT, listing).await.map_err(BusError::jetstream)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NatsOptions;

    #[tokio::test]
    async fn without_nats_the_copy_is_not_whole_and_what_is_known_counts() {
        let options = NatsOptions { url: "nats://127.0.0.1:1".into(), user: None, password: None, name: "test".into() };
        let bus = Bus::connect(&options).await.unwrap();
        let revocations = Revocations::start(&bus, CancellationToken::new()).await.unwrap();
        let family = FamilyId::generate();
        assert!(!revocations.is_complete() && !revocations.has_listed());
        revocations.learn([family]);
        assert!(revocations.look_up(family).await.unwrap());
    }
}
