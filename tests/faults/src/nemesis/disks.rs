//! Disks without room, and power that fails.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use chat_stack::Process;
use futures_util::future::try_join_all;
use rand::rngs::StdRng;

use super::{Bite, Blow, Hit, Victim, everywhere, find, nats};
use crate::runner::Arena;
use crate::site::Disks;

/// What a server says that has no room.
const COMPLAINTS: [&str; 3] = ["No space left on device", "no space left on device", "nsufficient storage"];
/// How long the load goes on without room.
const SPAN: Duration = Duration::from_secs(4);

/// No room, and after a while room again. The server is restarted then, as an operator would: Postgres has stopped, NATS has closed its
/// streams.
pub async fn fill(arena: &Arena, victim: Victim, rng: &mut StdRng) -> Result<Blow> {
    let process = find(arena, victim, rng).await?;
    let disks = disks(arena)?;
    let before = complaints(process);
    let at_ns = arena.recorder().note_nemesis("fill the disk", process.name());
    disks.fill(process.name())?;
    // It may take a while to need room; what it says then is looked at below.
    let _ = arena.until("a complaint", async || Ok(complaints(process) > before)).await;
    arena.load_for(SPAN).await;
    let more = complaints(process) - before;
    disks.make_room()?;
    if process.pid().is_some() {
        arena.kill(process).await?;
    }
    Ok(Blow { at_ns, bite: Bite::when(more > 0, format!("{more} lines about a full disk")), scope: everywhere(arena) })
}

pub async fn cut_power(arena: &Arena, hit: Hit) -> Result<Blow> {
    let victims: Vec<&Process> = match hit {
        Hit::NatsLeader => vec![nats::leader(arena).await?],
        Hit::Nats => arena.stack().nats_servers().iter().collect(),
        Hit::Primary => vec![arena.stack().postgres()],
    };
    let waiting = super::in_flight(arena);
    let times = try_join_all(victims.iter().map(|victim| arena.kill(victim))).await?;
    let names: Vec<&str> = victims.iter().map(|victim| victim.name()).collect();
    arena.recorder().note_nemesis("power cut", &names.join(", "));
    let cut = disks(arena)?.cut(&names)?;
    let files = cut.differing_files;
    let evidence = format!("{files} files lost what had not been synced; {waiting} messages in flight");
    let bite = Bite::when(waiting > 0 && files > 0, evidence);
    Ok(Blow { at_ns: times.into_iter().min().context("nobody was hit")?, bite, scope: everywhere(arena) })
}

fn complaints(process: &Process) -> usize {
    let log = String::from_utf8_lossy(&fs::read(process.log_path()).unwrap_or_default()).into_owned();
    log.lines().filter(|line| COMPLAINTS.iter().any(|text| line.contains(text))).count()
}

fn disks(arena: &Arena) -> Result<&Disks> {
    arena.site().disks.as_deref().context("there are no disks of their own")
}
