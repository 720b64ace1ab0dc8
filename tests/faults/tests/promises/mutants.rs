//! The proof of the judge: the services with one mistake each, made on purpose, under the same load and the same faults. The right ones are
//! kept to be right, each mistake is noticed, and so is a client that lies. Too long for every day: `scripts/mutants`.

mod lies;
mod list;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chat_stack::Service;
use chatcheck::affairs::Affairs;
use chatcheck::check::Invariant;
use chatcheck::people::Order;
use chatcheck::runner::{Arena, Report, Scenario};
use list::{Course, MUTANTS, Mistake, Mutant};

/// How often a mistake is tried before it counts as not noticed.
const TRIES: u64 = 3;
/// Until somebody who left is gone for everybody, though the gateway died that knew it.
const GONE_FOR_ALL: Duration = Duration::from_secs(62);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour: scripts/mutants"]
async fn every_mistake_is_noticed() -> Result<()> {
    let only = std::env::var_os("ONLY").unwrap_or_default().to_string_lossy().into_owned();
    let mut missed = Vec::new();
    for mutant in MUTANTS.iter().filter(|mutant| only.is_empty() || only.split(' ').any(|name| name == mutant.name)) {
        let begun = Instant::now();
        let (mut tries, mut noticed) = (0, String::new());
        let most = if matches!(mutant.mistake, Mistake::None) { 1 } else { TRIES };
        while tries < most && noticed.is_empty() {
            tries += 1;
            noticed = how_it_is_noticed(mutant, tries).await?;
        }
        let is_right = matches!(mutant.mistake, Mistake::None) == noticed.is_empty();
        if !is_right {
            missed.push(mutant.name);
        }
        let verdict = if noticed.is_empty() { "nothing" } else { noticed.as_str() };
        let seconds = begun.elapsed().as_secs();
        println!("MUTANT | {} | {verdict} | {tries} | {seconds} s |", mutant.name);
    }
    ensure!(missed.is_empty(), "judged wrongly: {missed:?}");
    Ok(())
}

/// By which invariants, how often each.
async fn how_it_is_noticed(mutant: &Mutant, attempt: u64) -> Result<String> {
    let scenario = scenario(mutant);
    let seed = scenario.seed().wrapping_add(attempt);
    let course = mutant.course;
    let ran = scenario
        .seeded(seed)
        .nemesis(async |arena| {
            if let Mistake::Sql(changes) = mutant.mistake {
                for change in changes {
                    list::make(arena.database(), change).await?;
                }
            }
            run(arena, course, seed).await
        })
        .run()
        .await;
    let report = match ran {
        Ok(report) => report,
        // A stack that cannot go on is noticed too, though not by the judge.
        Err(error) if !matches!(mutant.mistake, Mistake::None) => return Ok(format!("the run itself ({error})")),
        Err(error) => return Err(error),
    };
    if matches!(mutant.mistake, Mistake::None) && course == Course::Usual {
        lies::are_noticed(&report)?;
    }
    if matches!(mutant.mistake, Mistake::None) {
        report.kept()?;
    }
    Ok(summary(&report))
}

fn summary(report: &Report) -> String {
    let mut counts: BTreeMap<Invariant, usize> = BTreeMap::new();
    for violation in &report.violations {
        *counts.entry(violation.invariant).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(invariant, count)| format!("{invariant:?} {count}")).collect();
    counts.join(", ")
}

fn scenario(mutant: &Mutant) -> Scenario {
    let usual = Scenario::new(mutant.name).people(3).conversations(2).presence(1).rate(120.0).quiet_acks(40);
    let usual = usual.repeats(15).over_rest(10).nameless(20).saying(mutant.saying).resends();
    // Small rings are overtaken; nobody waits long for a hole.
    let usual = usual.env(Service::Gateway, "RING_EVENTS", "8").env(Service::Gateway, "HOLE_TIMEOUT_MS", "3000");
    mutant.env.iter().fold(usual, |scenario, (service, name, value)| scenario.env(*service, name, *value))
}

async fn run(arena: &Arena, course: Course, seed: u64) -> Result<()> {
    let affairs = Affairs::begin(arena.doors(), arena.stack().api_url()?, arena.recorder(), seed).await?;
    arena.more_acks(150).await?;
    match course {
        Course::Usual => usual(arena).await?,
        Course::Leaving => leaving(arena, &affairs).await?,
    }
    arena.heal().await?;
    affairs.end().await
}

/// Cut sockets, bursts, and deaths of workers and of a gateway.
async fn usual(arena: &Arena) -> Result<()> {
    for _ in 0..3 {
        for seat in arena.seats().iter().step_by(2) {
            seat.tell(Order::Cut);
        }
        let worker = arena.owner(arena.conversations()[0]).await?;
        // The last answers before the death are those that count.
        arena.burst(20).await?;
        arena.kill(&worker.process).await?;
        arena.more_acks(40).await?;
        arena.start(&worker.process).await?;
        arena.more_acks(80).await?;
    }
    let gateway = arena.stack().instances(Service::Gateway).first().context("no gateway")?;
    arena.kill(&gateway.process).await?;
    arena.more_acks(40).await?;
    arena.start(&gateway.process).await?;
    arena.more_acks(150).await
}

/// Somebody leaves as the gateways die, and nobody hears it from them.
async fn leaving(arena: &Arena, affairs: &Affairs) -> Result<()> {
    affairs.send_home(3);
    for gateway in arena.stack().instances(Service::Gateway) {
        arena.kill(&gateway.process).await?;
        arena.more_acks(20).await?;
        arena.start(&gateway.process).await?;
        arena.more_acks(20).await?;
    }
    arena.load_for(GONE_FOR_ALL).await;
    Ok(())
}
