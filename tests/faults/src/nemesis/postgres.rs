//! Postgres goes away, or hands over to its standby.

use std::time::Duration;

use anyhow::Result;
use chat_stack::Signal;

use super::{Bite, Blow, everywhere, in_flight};
use crate::runner::Arena;

/// How long a fast shutdown may take.
const GRACE: Duration = Duration::from_secs(30);

pub async fn outage(arena: &Arena, pause: Duration) -> Result<Blow> {
    let postgres = arena.stack().postgres();
    let at_ns = arena.recorder().note_nemesis("SIGINT", postgres.name());
    postgres.stop(Signal::SIGINT, GRACE).await?;
    arena.load_for(pause).await;
    let waiting = in_flight(arena);
    let bite = Bite::when(waiting > 0, format!("{waiting} messages waited for Postgres"));
    Ok(Blow { at_ns, bite, scope: everywhere(arena) })
}

/// The old primary is never started again: it does not know that it was replaced.
pub async fn fail_over(arena: &Arena) -> Result<Blow> {
    let stack = arena.stack();
    let waiting = in_flight(arena);
    let at_ns = arena.kill(stack.postgres()).await?;
    arena.fence(stack.postgres());
    stack.promote_standby().await?;
    arena.recorder().note_nemesis("promoted", "postgres-standby");
    let bite = Bite::when(waiting > 0, format!("the standby was promoted with {waiting} messages in flight"));
    Ok(Blow { at_ns, bite, scope: everywhere(arena) })
}
