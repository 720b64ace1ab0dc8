//! What breaks a stack on purpose: each fault injects itself, heals itself, and shows evidence that it bit.

mod disks;
mod fault;
mod herd;
mod nats;
mod network;
mod people;
mod postgres;
mod processes;

use std::time::Duration;

use anyhow::{Context, Result};
use chat_stack::Process;
use rand::rngs::StdRng;
use uuid::Uuid;

pub use fault::{Abilities, Cut, Fault, Group, Hit, Kind, Pair, Promise, Victim, catalogue};

use crate::runner::Arena;

/// How many messages each seat sends at once, right before something is broken.
const BURST: usize = 4;
/// How many acknowledgements in each conversation show that messages flow again.
const FLOWS: u64 = 3;

/// A fault that was injected and healed.
#[derive(Debug, Clone)]
pub struct Strike {
    /// Which.
    pub fault: Fault,
    /// When, in the history's time.
    pub at_ns: u64,
    /// When everything was mended.
    pub healed_ns: u64,
    /// When messages flowed again in every conversation.
    pub flows_ns: u64,
    /// Whether it bit, and how that shows.
    pub bite: Bite,
    /// Where what is promised is to be measured.
    pub scope: Scope,
}

/// Whether a fault hit what it was meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bite {
    /// Whether it did.
    pub bit: bool,
    /// How that shows.
    pub evidence: String,
}

impl Bite {
    fn when(bit: bool, evidence: impl Into<String>) -> Self {
        Self { bit, evidence: evidence.into() }
    }
}

/// Where a deadline is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Until these conversations' messages are answered again.
    Sends(Vec<Uuid>),
    /// Until the people of a gateway are back.
    Clients {
        /// Which, counted from 0.
        gateway: usize,
    },
    /// Measured by the fault itself.
    Measured(Duration),
}

/// What an injection tells: when it was, whether it bit, where to measure.
struct Blow {
    at_ns: u64,
    bite: Bite,
    scope: Scope,
}

/// Breaks something and mends it; returns when messages flow again.
pub async fn strike(fault: Fault, arena: &Arena, rng: &mut StdRng) -> Result<Strike> {
    arena.burst(BURST).await?;
    let blow = inject(fault, arena, rng).await.with_context(|| fault.to_string())?;
    arena.heal().await.with_context(|| format!("healing after {fault}"))?;
    let healed_ns = arena.recorder().note_nemesis("healed", &fault.to_string());
    await_flow(arena).await.with_context(|| format!("after {fault}"))?;
    let Blow { at_ns, bite, scope } = blow;
    Ok(Strike { fault, at_ns, healed_ns, flows_ns: arena.recorder().now_ns(), bite, scope })
}

async fn inject(fault: Fault, arena: &Arena, rng: &mut StdRng) -> Result<Blow> {
    match fault {
        Fault::Kill(victim) => processes::kill(arena, victim, rng).await,
        Fault::KillTogether(group) => processes::kill_together(arena, group).await,
        Fault::Halt(victim, seconds) => processes::halt(arena, victim, Duration::from_secs(seconds), rng).await,
        Fault::Restart(victim) => processes::restart(arena, victim, rng).await,
        Fault::Roll(kind) => processes::roll(arena, kind).await,
        Fault::StepDown => nats::step_down(arena).await,
        Fault::Outage(seconds) => postgres::outage(arena, Duration::from_secs(seconds)).await,
        Fault::FailOver => postgres::fail_over(arena).await,
        Fault::Cut(cut, pair) => network::cut(arena, cut, pair, rng).await,
        Fault::Split => network::split_nats(arena).await,
        Fault::Lose(victim, percent) => network::lose(arena, victim, percent, rng).await,
        Fault::Narrow(victim, kbit) => network::narrow(arena, victim, kbit, rng).await,
        Fault::DiskFull(victim) => disks::fill(arena, victim, rng).await,
        Fault::PowerCut(hit) => disks::cut_power(arena, hit).await,
        Fault::StopReading => people::stop_reading(arena).await,
        Fault::Herd(size) => herd::herd(arena, size).await,
        Fault::Clock(victim, seconds) => people::jump_clock(arena, victim, seconds, rng).await,
        Fault::NoObjects => people::take_objects_away(arena).await,
    }
}

/// Waits until so many more messages of each conversation are answered.
async fn await_flow(arena: &Arena) -> Result<()> {
    let acked = |conv: Uuid| arena.crowd().seats_in(conv).map(|seat| seat.standing().acked).sum::<u64>();
    let wanted: Vec<(Uuid, u64)> = arena.conversations().iter().map(|conv| (*conv, acked(*conv) + FLOWS)).collect();
    let flows = async || Ok(wanted.iter().all(|(conv, wanted)| acked(*conv) >= *wanted));
    arena.until("messages flow in every conversation", flows).await
}

/// The process that a fault is for, now.
async fn find<'a>(arena: &'a Arena, victim: Victim, rng: &mut StdRng) -> Result<&'a Process> {
    use rand::Rng;
    let stack = arena.stack();
    if let Some(service) = victim.service() {
        let instances = stack.instances(service);
        if victim == Victim::Worker {
            let conv = arena.conversations()[rng.random_range(0..arena.conversations().len())];
            return Ok(&arena.owner(conv).await?.process);
        }
        return Ok(&instances[rng.random_range(0..instances.len())].process);
    }
    match victim {
        Victim::Primary => Ok(stack.postgres()),
        Victim::Standby => stack.standby().context("Postgres has no standby"),
        Victim::NatsLeader => nats::leader(arena).await,
        _ => {
            let leader = nats::leader(arena).await?;
            let mut others = stack.nats_servers().iter().filter(|server| server.name() != leader.name());
            others.next().context("NATS has no follower")
        }
    }
}

/// Where the deadline of this victim's death is measured.
async fn scope_of(arena: &Arena, victim: Victim, process: &Process) -> Result<Scope> {
    let stack = arena.stack();
    let is_it = |instance: &chat_stack::Instance| instance.process.name() == process.name();
    match victim.service() {
        Some(service @ chat_stack::Service::Gateway) => {
            let gateway = stack.instances(service).iter().position(is_it).context("which gateway is it?")?;
            Ok(Scope::Clients { gateway })
        }
        Some(service @ chat_stack::Service::Persistence) => {
            let worker = stack.instances(service).iter().find(|instance| is_it(instance));
            Ok(Scope::Sends(arena.conversations_of(worker.context("which worker is it?")?).await?))
        }
        _ => Ok(everywhere(arena)),
    }
}

fn everywhere(arena: &Arena) -> Scope {
    Scope::Sends(arena.conversations().to_vec())
}

fn in_flight(arena: &Arena) -> usize {
    arena.crowd().unanswered()
}
