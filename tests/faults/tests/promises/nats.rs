//! The broker dies or is halted: what was said waits, and nothing is lost, doubled or reordered.

use std::time::Duration;

use anyhow::Result;
use chatcheck::runner::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_broker_loses_nothing_and_nobody_resends() -> Result<()> {
    let mut kills = Vec::new();
    let report = Scenario::new("killed_nats")
        .nameless(20)
        .nemesis(async |arena| {
            for pause in [1, 2] {
                arena.burst(10).await?;
                let nats = arena.stack().nats();
                kills.push(arena.kill(nats).await?);
                arena.load_for(Duration::from_secs(pause)).await;
                arena.start(nats).await?;
                arena.more_acks(300).await?;
            }
            Ok(())
        })
        .run()
        .await?;
    report.kept()?;
    let everywhere = report.conversations();
    report.demand(kills.into_iter().all(|at| report.in_flight_at(at, &everywhere) > 0), "nothing was on its way")?;
    report.demand_nobody_resends()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halted_broker_loses_nothing_and_nobody_resends() -> Result<()> {
    let mut halts = Vec::new();
    let report = Scenario::new("halted_nats")
        .rate(100.0)
        .nemesis(async |arena| {
            for pause in [2, 10] {
                arena.burst(10).await?;
                halts.push(arena.halt_for(arena.stack().nats(), Duration::from_secs(pause)).await?);
                arena.more_acks(200).await?;
            }
            Ok(())
        })
        .run()
        .await?;
    report.kept()?;
    let everywhere = report.conversations();
    report.demand(halts.into_iter().all(|at| report.in_flight_at(at, &everywhere) > 0), "nothing was on its way")?;
    report.demand_nobody_resends()
}
