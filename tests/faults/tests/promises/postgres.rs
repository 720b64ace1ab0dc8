//! The database is halted or dies: open sockets stay open, what is said on them is stored and answered, in order, when it is back.

use std::time::Duration;

use anyhow::Result;
use chatcheck::runner::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halted_database_is_waited_for_and_nobody_resends() -> Result<()> {
    let mut halted_at = 0;
    let report = Scenario::new("halted_postgres")
        .rate(100.0)
        .nameless(20)
        .nemesis(async |arena| {
            arena.burst(10).await?;
            halted_at = arena.halt_for(arena.stack().postgres(), Duration::from_secs(10)).await?;
            arena.more_acks(500).await
        })
        .run()
        .await?;
    report.kept()?;
    let everywhere = report.conversations();
    report.demand(report.in_flight_at(halted_at, &everywhere) > 0, "nothing was on its way")?;
    // What was committed just before may still be on its way.
    let halted = Duration::from_secs(1)..Duration::from_secs(9);
    report.demand(report.answers_within(halted_at, halted) == 0, "something was answered without a database")?;
    report.demand_nobody_resends()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_database_is_waited_for_and_nobody_resends() -> Result<()> {
    let mut killed_at = 0;
    let report = Scenario::new("killed_postgres")
        .nemesis(async |arena| {
            arena.burst(20).await?;
            killed_at = arena.kill(arena.stack().postgres()).await?;
            arena.load_for(Duration::from_secs(1)).await;
            arena.start(arena.stack().postgres()).await?;
            arena.more_acks(500).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(report.in_flight_at(killed_at, &report.conversations()) > 0, "nothing was on its way")?;
    report.demand_nobody_resends()
}
