//! Partitions, loss, and narrow wires.

use std::time::Duration;

use anyhow::{Context, Result};
use chat_stack::Process;
use rand::Rng;
use rand::rngs::StdRng;

use super::{Bite, Blow, Cut, Pair, Victim, everywhere, find, nats};
use crate::runner::Arena;
use crate::site::Network;

/// How long a wire is cut or bad.
const SPAN: Duration = Duration::from_secs(6);

pub async fn cut(arena: &Arena, cut: Cut, pair: Pair, rng: &mut StdRng) -> Result<Blow> {
    let (ones, others) = sides(arena, pair, rng).await?;
    let (there, back) = match cut {
        Cut::Both => (true, true),
        Cut::OneWay => {
            let there = rng.random_bool(0.5);
            (there, !there)
        }
    };
    let mut wires = Vec::new();
    for one in &ones {
        for other in &others {
            wires.extend(there.then_some((one.name(), other.name())));
            wires.extend(back.then_some((other.name(), one.name())));
        }
    }
    cut_wires(arena, &wires).await
}

/// None of the servers hears another: there is no majority.
pub async fn split_nats(arena: &Arena) -> Result<Blow> {
    let servers = arena.stack().nats_servers();
    let from = |one: &'static str| {
        servers.iter().map(Process::name).filter(move |other| *other != one).map(move |other| (one, other))
    };
    let wires: Vec<(&str, &str)> = ["nats-1", "nats-2", "nats-3"].into_iter().flat_map(from).collect();
    cut_wires(arena, &wires).await
}

async fn cut_wires(arena: &Arena, wires: &[(&str, &str)]) -> Result<Blow> {
    let network = network(arena)?;
    let at_ns = arena.recorder().note_nemesis("cut", &format!("{wires:?}"));
    for (from, to) in wires {
        network.cut(from, to)?;
    }
    arena.load_for(SPAN).await;
    let hosts: std::collections::BTreeSet<&str> = wires.iter().map(|(_, to)| *to).collect();
    let dropped = hosts.into_iter().map(|host| network.dropped(host)).sum::<Result<u64>>()?;
    Ok(Blow { at_ns, bite: Bite::when(dropped > 0, format!("{dropped} packets kept away")), scope: everywhere(arena) })
}

async fn sides<'a>(arena: &'a Arena, pair: Pair, rng: &mut StdRng) -> Result<(Vec<&'a Process>, Vec<&'a Process>)> {
    let stack = arena.stack();
    let all_nats = || stack.nats_servers().iter();
    let one = match pair {
        Pair::WithNats(victim) | Pair::WithPrimary(victim) | Pair::Alone(victim) => find(arena, victim, rng).await?,
        Pair::PrimaryStandby => stack.postgres(),
        Pair::LeaderFromOthers => nats::leader(arena).await?,
    };
    let others: Vec<&Process> = match pair {
        Pair::WithNats(_) | Pair::LeaderFromOthers => all_nats().collect(),
        Pair::WithPrimary(_) => vec![stack.postgres()],
        Pair::PrimaryStandby => stack.standby().into_iter().collect(),
        Pair::Alone(_) => arena.processes().collect(),
    };
    Ok((vec![one], others.into_iter().filter(|other| other.name() != one.name()).collect()))
}

pub async fn lose(arena: &Arena, victim: Victim, percent: u32, rng: &mut StdRng) -> Result<Blow> {
    let (network, host) = (network(arena)?, find(arena, victim, rng).await?.name());
    let at_ns = arena.recorder().note_nemesis("lose", host);
    network.lose(host, percent)?;
    arena.load_for(SPAN).await;
    let dropped = network.dropped(host)?;
    Ok(Blow { at_ns, bite: Bite::when(dropped > 0, format!("{dropped} packets lost")), scope: everywhere(arena) })
}

pub async fn narrow(arena: &Arena, victim: Victim, kbit: u32, rng: &mut StdRng) -> Result<Blow> {
    let (network, host) = (network(arena)?, find(arena, victim, rng).await?.name());
    let at_ns = arena.recorder().note_nemesis("narrow", host);
    network.narrow(host, kbit)?;
    arena.load_for(SPAN).await;
    let waited = network.waited(host)?;
    Ok(Blow { at_ns, bite: Bite::when(waited > 0, format!("packets waited {waited} times")), scope: everywhere(arena) })
}

fn network(arena: &Arena) -> Result<&Network> {
    arena.site().network.as_deref().context("there are no hosts to cut off")
}
