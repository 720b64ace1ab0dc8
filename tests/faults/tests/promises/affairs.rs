//! What people do besides talking, while a worker, a gateway and the api die: changes, marks, counts, searches, files, members, presence.

use anyhow::Result;
use chat_stack::Service;
use chatcheck::affairs::Affairs;
use chatcheck::check::Counts;
use chatcheck::runner::{Arena, Scenario};

/// People who talk a little in two conversations, and those of the affairs beside them.
fn scenario() -> Scenario {
    Scenario::new("affairs").people(2).conversations(2).presence(1).rate(40.0).resends().quiet_acks(40)
}

async fn affairs(arena: &Arena, seed: u64) -> Result<Affairs> {
    Affairs::begin(arena.doors(), arena.stack().api_url()?, arena.recorder(), seed).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_else_that_people_do_survives_deaths_too() -> Result<()> {
    let scenario = scenario();
    let seed = scenario.seed();
    let report = scenario
        .nemesis(async |arena| {
            let affairs = affairs(arena, seed).await?;
            arena.more_acks(200).await?;
            for service in [Service::Persistence, Service::Gateway, Service::Api] {
                let victim = &arena.stack().instances(service)[0].process;
                arena.kill(victim).await?;
                arena.more_acks(40).await?;
                arena.start(victim).await?;
                arena.more_acks(80).await?;
            }
            arena.heal().await?;
            affairs.end().await
        })
        .run()
        .await?;
    report.kept()?;
    let Counts { others, notices, .. } = &report.counts;
    for kind in ["changed", "counted", "searched", "uploaded", "fetched", "refused"] {
        report.demand(others.get(kind).is_some_and(|count| *count > 0), &format!("nothing was {kind}: {others:?}"))?;
    }
    report.demand(*notices > 0, "nothing was told beside the log")
}
