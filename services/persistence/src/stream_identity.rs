//! Is the stream of commands still the one in which our positions count? A stream that was made anew or cut (a power
//! cut at lazy sync takes the tail away and gives the numbers out again) is another incarnation.

use chat_bus::streams::{self, CommandStreamState};
use chat_bus::{Bus, BusError};
use chat_store::partitions::OwnedPartition;
use chat_store::{Database, StoreError, partitions};

/// Why the identity could not be established; repeat with backoff.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// NATS did not answer.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Postgres did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The incarnation of the stream as it is now. `owned` is what this worker holds, as it stands in the database.
pub async fn establish(bus: &Bus, database: &Database, owned: &[OwnedPartition]) -> Result<i64, IdentityError> {
    let state = streams::look_at_commands(bus).await?;
    let known = partitions::incarnation_of_stream(database.pool(), &state.created).await?;
    for partition in owned.iter().filter(|partition| partition.incarnation == known) {
        if let Some(reason) = difference(bus, &state, partition).await? {
            let fresh = partitions::start_incarnation(database.pool(), &state.created).await?;
            tracing::error!(
                partition = partition.partition.get(),
                stored_pos = partition.stored_pos,
                last_pos = state.last_pos,
                incarnation = fresh,
                "the stream of commands was cut ({reason}): reading it again from its first message"
            );
            return Ok(fresh);
        }
    }
    if let Some(stale) = owned.iter().find(|partition| partition.incarnation != known && partition.incarnation != 0) {
        tracing::error!(
            was = stale.incarnation,
            incarnation = known,
            created = state.created,
            "the stream of commands is another one: reading it from its first message"
        );
    }
    Ok(known)
}

/// What speaks against the stream being the one in which the partition's position counts.
async fn difference(
    bus: &Bus,
    state: &CommandStreamState,
    owned: &OwnedPartition,
) -> Result<Option<&'static str>, IdentityError> {
    if owned.stored_pos > state.last_pos {
        return Ok(Some("its end lies before what was stored"));
    }
    // What was purged can no longer be compared.
    let (Some(stored), true) = (owned.stored_command, owned.stored_pos >= state.first_pos) else { return Ok(None) };
    let found = streams::command_id_at(bus, owned.stored_pos).await?;
    Ok((found != Some(stored)).then_some("another command stands where one was stored"))
}
