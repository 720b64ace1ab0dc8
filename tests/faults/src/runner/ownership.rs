//! Which worker owns which conversation, as the partitions' rows say: for choosing victims, not for judging.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How long the workers may take to share the partitions.
const SHARE_LIMIT: Duration = Duration::from_secs(20);
/// How often they are looked at meanwhile.
const LOOK: Duration = Duration::from_millis(50);

/// A small pool; Postgres is killed under it.
pub async fn connect(url: &str) -> Result<PgPool> {
    let options = PgPoolOptions::new().max_connections(2).acquire_timeout(Duration::from_secs(10));
    options.connect(url).await.context("the nemesis cannot reach the database")
}

/// Waits until so many workers own partitions.
pub async fn await_shares(database: &PgPool, workers: usize) -> Result<()> {
    let deadline = Instant::now() + SHARE_LIMIT;
    while by_partition(database).await?.values().collect::<std::collections::BTreeSet<_>>().len() < workers {
        if Instant::now() > deadline {
            bail!("not all workers own partitions after {} s", SHARE_LIMIT.as_secs());
        }
        sleep(LOOK).await;
    }
    Ok(())
}

/// The conversations of each worker.
pub async fn owners(database: &PgPool, conversations: &[Uuid]) -> Result<BTreeMap<String, Vec<Uuid>>> {
    let partitions = by_partition(database).await?;
    let mut owners: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for conv in conversations {
        if let Some(owner) = partitions.get(&partition(*conv)) {
            owners.entry(owner.clone()).or_default().push(*conv);
        }
    }
    Ok(owners)
}

async fn by_partition(database: &PgPool) -> Result<BTreeMap<i16, String>> {
    let rows = sqlx::query_as::<_, (i16, String)>("select id, owner from partitions where owner is not null");
    let rows = rows.fetch_all(database).await.context("cannot read who owns what")?;
    Ok(rows.into_iter().map(|(partition, owner)| (partition, instance(&owner).to_owned())).collect())
}

/// The instance in an owner's name, which goes on with what is the process' own: `persistence-2` of `persistence-2-0baffd16`.
fn instance(owner: &str) -> &str {
    owner.match_indices('-').nth(1).map_or(owner, |(end, _)| &owner[..end])
}

/// FNV-1a of the id's bytes, modulo 4096, modulo 64: fixed for ever.
fn partition(conv: Uuid) -> i16 {
    let hash =
        conv.as_bytes().iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    i16::try_from(hash % 4096 % 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_is_an_instance() {
        assert_eq!((instance("persistence-2-0baffd16"), instance("persistence-2")), ("persistence-2", "persistence-2"));
    }

    #[test]
    fn partition_is_where_it_always_was() {
        assert_eq!(partition("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()), 19);
    }
}
