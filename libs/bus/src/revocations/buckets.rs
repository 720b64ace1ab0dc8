//! The buckets of revocations: an entry for each family, and for each person and moment. What matters stands in the keys.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use chat_protocol::ids::UserId;
use chat_protocol::subjects::{
    REVOKED_FAMILIES_BUCKET, REVOKED_USERS_BUCKET, parse_revoked_user_key, revoked_user_key,
};
use chat_protocol::time::Timestamp;
use futures_util::TryStreamExt as _;
use tokio::time::timeout;

use super::Revocation;
use super::ledger::Ages;
use crate::{Bus, BusError, kv};

/// How long a listing may take.
const LIST_TIMEOUT: Duration = Duration::from_secs(10);

/// What the buckets hold.
pub(super) struct Listing {
    pub(super) revoked: HashSet<Revocation>,
    pub(super) ages: Ages,
}

pub(super) fn told_of_user((user_id, issued_before): (UserId, Timestamp)) -> Revocation {
    Revocation::User { user_id, issued_before }
}

/// Tells every api and gateway what is revoked.
pub async fn tell(bus: &Bus, revoked: &[Revocation]) -> Result<(), BusError> {
    let (mut families, mut users) = (None, None);
    for revocation in revoked {
        let (bucket, store, key) = match revocation {
            Revocation::Family(family) => (REVOKED_FAMILIES_BUCKET, &mut families, family.to_string()),
            Revocation::User { user_id, issued_before } => {
                (REVOKED_USERS_BUCKET, &mut users, revoked_user_key(*user_id, *issued_before))
            }
        };
        if store.is_none() {
            *store = Some(kv::open(bus, bucket).await?);
        }
        if let Some(store) = store {
            kv::within(store.put(key, Bytes::new())).await?;
        }
    }
    Ok(())
}

/// Everything of which everybody has been told.
pub async fn told(bus: &Bus) -> Result<HashSet<Revocation>, BusError> {
    Ok(list(bus).await?.revoked)
}

pub(super) async fn list(bus: &Bus) -> Result<Listing, BusError> {
    let listing = async {
        let (families, families_age) =
            keys(bus, REVOKED_FAMILIES_BUCKET, |key| key.parse().ok().map(Revocation::Family)).await?;
        let (users, users_age) =
            keys(bus, REVOKED_USERS_BUCKET, |key| parse_revoked_user_key(key).map(told_of_user)).await?;
        let revoked = families.into_iter().chain(users).collect();
        Ok(Listing { revoked, ages: Ages { families: families_age, users: users_age } })
    };
    timeout(LIST_TIMEOUT, listing).await.map_err(BusError::jetstream)?
}

/// What the keys of a bucket say, and how long it holds what it was told.
async fn keys(
    bus: &Bus,
    bucket: &'static str,
    read: impl Fn(&str) -> Option<Revocation>,
) -> Result<(Vec<Revocation>, Duration), BusError> {
    let store = kv::open(bus, bucket).await?;
    let max_age = store.stream.cached_info().config.max_age;
    let keys = store.keys().await.map_err(BusError::jetstream)?.map_err(BusError::jetstream);
    let revoked = keys.try_filter_map(async |key| Ok(read(&key))).try_collect().await?;
    Ok((revoked, max_age))
}
