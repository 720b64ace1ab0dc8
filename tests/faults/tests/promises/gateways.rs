//! A gateway dies, is halted, or is asked to stop: its people come back elsewhere and miss nothing.

use std::time::Duration;

use anyhow::Result;
use chat_stack::{Instance, Service};
use chatcheck::check;
use chatcheck::history::Event;
use chatcheck::runner::{Arena, Scenario};

/// A gateway that is asked to stop is gone after this.
const DRAIN: Duration = Duration::from_secs(10);

fn victim(arena: &Arena) -> Result<&Instance> {
    arena.stack().instance(Service::Gateway, 0)
}

/// How many seats have their socket on a gateway, and unanswered messages on it.
fn load_of(arena: &Arena, gateway: usize) -> (usize, usize) {
    let standings = arena.seats().iter().map(chatcheck::people::SeatHandle::standing);
    let there: Vec<_> = standings.filter(|standing| standing.is_open && standing.gateway == gateway).collect();
    (there.len(), there.iter().map(|standing| standing.unanswered).sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_a_killed_gateway_come_back_and_miss_nothing() -> Result<()> {
    let mut load = (0, 0);
    let report = Scenario::new("killed_gateway")
        .resends()
        .nameless(10)
        .nemesis(async |arena| {
            arena.burst(60).await?;
            arena.until("the victim holds unanswered messages", async || Ok(load_of(arena, 0).1 > 0)).await?;
            load = load_of(arena, 0);
            arena.kill(&victim(arena)?.process).await?;
            arena.more_acks(300).await?;
            arena.start(&victim(arena)?.process).await?;
            arena.more_acks(200).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(load.0 > 0 && load.1 > 0, "the victim was not in the path")?;
    let check::Counts { unknown, repeats, resumes, .. } = report.counts;
    report.demand(unknown > 0 && repeats > 0 && resumes >= load.0, "nobody had to come back")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_of_a_halted_gateway_wait_and_miss_nothing() -> Result<()> {
    let mut halts = Vec::new();
    let report = Scenario::new("halted_gateway")
        .rate(100.0)
        .nemesis(async |arena| {
            for pause in [2, 10] {
                arena.burst(20).await?;
                halts.push(arena.halt_for(&victim(arena)?.process, Duration::from_secs(pause)).await?);
                arena.more_acks(200).await?;
            }
            Ok(())
        })
        .run()
        .await?;
    report.kept()?;
    let everywhere: Vec<_> = report.conversations();
    report.demand(halts.into_iter().all(|at| report.in_flight_at(at, &everywhere) > 0), "nothing was on its way")?;
    report.demand_nobody_resends()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gateway_that_is_asked_to_stop_sends_its_people_away_and_loses_nothing() -> Result<()> {
    let (mut load, mut took) = ((0, 0), None);
    let report = Scenario::new("drained_gateway")
        .resends()
        .nemesis(async |arena| {
            arena.burst(10).await?;
            load = load_of(arena, 0);
            took = arena.terminate(&victim(arena)?.process, DRAIN).await?;
            arena.more_acks(200).await?;
            arena.start(&victim(arena)?.process).await?;
            arena.more_acks(100).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(took.is_some(), "it did not stop by itself in time")?;
    let draining = |event: &Event| match event {
        Event::Closed { code: Some(4001), reason } => reason.starts_with("reconnect_after_ms="),
        _ => false,
    };
    let told = report.lines().iter().filter(|line| draining(&line.event)).count();
    report.demand(load.0 > 0 && told >= load.0, "not all were told to come back elsewhere")?;
    report.demand(report.broken_sockets() == told, "sockets ended without a word")
}
