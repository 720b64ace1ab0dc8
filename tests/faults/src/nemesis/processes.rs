//! Processes that die, stand still, or are restarted as an operator does.

use std::time::Duration;

use anyhow::{Context, Result};
use chat_stack::{Process, Service, Signal};
use futures_util::future::try_join_all;
use rand::Rng;
use rand::rngs::StdRng;

use super::{Bite, Blow, Group, Kind, Victim, everywhere, find, in_flight, nats, scope_of};
use crate::runner::Arena;

/// What is killed stays away at most so long.
const LONGEST_ABSENCE_MS: u64 = 3_000;
/// How long a process may take to stop when it is asked to.
const GRACE: Duration = Duration::from_secs(30);

pub async fn kill(arena: &Arena, victim: Victim, rng: &mut StdRng) -> Result<Blow> {
    let process = find(arena, victim, rng).await?;
    let scope = scope_of(arena, victim, process).await?;
    let (waiting, pid) = (in_flight(arena), process.pid());
    let at_ns = arena.kill(process).await?;
    let bite = Bite::when(waiting > 0, format!("{} {pid:?} died with {waiting} messages in flight", process.name()));
    arena.load_for(Duration::from_millis(rng.random_range(0..LONGEST_ABSENCE_MS))).await;
    Ok(Blow { at_ns, bite, scope })
}

pub async fn kill_together(arena: &Arena, group: Group) -> Result<Blow> {
    let of = |service| arena.stack().instances(service).iter().map(|instance| &instance.process);
    let victims: Vec<&Process> = match group {
        Group::Gateways => of(Service::Gateway).collect(),
        Group::Workers => of(Service::Persistence).collect(),
        Group::Apis => of(Service::Api).collect(),
        Group::Nats => arena.stack().nats_servers().iter().collect(),
        Group::LeaderAndWorkers => of(Service::Persistence).chain([nats::leader(arena).await?]).collect(),
        Group::PrimaryAndGateway => of(Service::Gateway).take(1).chain([arena.stack().postgres()]).collect(),
        Group::Everything => arena.processes().collect(),
    };
    let waiting = in_flight(arena);
    let times = try_join_all(victims.iter().map(|victim| arena.kill(victim))).await?;
    let bite = Bite::when(waiting > 0, format!("{} died with {waiting} messages in flight", victims.len()));
    arena.load_for(Duration::from_secs(1)).await;
    Ok(Blow { at_ns: times.into_iter().min().context("nobody was killed")?, bite, scope: everywhere(arena) })
}

pub async fn halt(arena: &Arena, victim: Victim, pause: Duration, rng: &mut StdRng) -> Result<Blow> {
    let process = find(arena, victim, rng).await?;
    let scope = scope_of(arena, victim, process).await?;
    let waiting = in_flight(arena);
    let at_ns = arena.signal(process, Signal::SIGSTOP).await?;
    arena.load_for(pause).await;
    let still = process.is_halted();
    arena.signal(process, Signal::SIGCONT).await?;
    let bite =
        Bite::when(still && waiting > 0, format!("{} stood still, {waiting} messages in flight", process.name()));
    Ok(Blow { at_ns, bite, scope })
}

pub async fn restart(arena: &Arena, victim: Victim, rng: &mut StdRng) -> Result<Blow> {
    let process = find(arena, victim, rng).await?;
    let waiting = in_flight(arena);
    let (at_ns, took) = restart_one(arena, process).await?;
    let bite = Bite::when(waiting > 0, format!("{} was restarted in {} ms", process.name(), took.as_millis()));
    Ok(Blow { at_ns, bite, scope: everywhere(arena) })
}

pub async fn roll(arena: &Arena, kind: Kind) -> Result<Blow> {
    let victims: Vec<&Process> = match kind {
        Kind::Service(service) => arena.stack().instances(service).iter().map(|one| &one.process).collect(),
        Kind::Nats => arena.stack().nats_servers().iter().collect(),
    };
    let waiting = in_flight(arena);
    let mut first = None;
    for victim in &victims {
        let (at_ns, _) = restart_one(arena, victim).await?;
        first.get_or_insert(at_ns);
    }
    let bite = Bite::when(waiting > 0, format!("{} were restarted", victims.len()));
    Ok(Blow { at_ns: first.context("nobody was restarted")?, bite, scope: everywhere(arena) })
}

async fn restart_one(arena: &Arena, process: &Process) -> Result<(u64, Duration)> {
    // The fast shutdown of Postgres; the others take it for the same.
    let signal = if process.name().starts_with("postgres") { Signal::SIGINT } else { Signal::SIGTERM };
    let at_ns = arena.recorder().note_nemesis(signal.as_str(), process.name());
    let begun = std::time::Instant::now();
    process.stop(signal, GRACE).await?;
    arena.start(process).await?;
    Ok((at_ns, begun.elapsed()))
}
