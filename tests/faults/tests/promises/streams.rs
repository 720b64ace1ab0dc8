//! The stream of commands loses its end, or is made anew: it is noticed and said, and nothing that was acknowledged is skipped or done twice.

use anyhow::Result;
use chat_stack::Service;
use chatcheck::runner::{Arena, Report, Scenario};

/// What the workers say about a stream that lost its end.
const CUT: &str = "the stream of commands was cut";
/// What the workers say about a stream that was made anew.
const ANOTHER: &str = "the stream of commands is another one";

fn demand_said(report: &Report) -> Result<()> {
    let said = [CUT, ANOTHER].map(|text| report.logs_with(Service::Persistence, text));
    report.demand(said.into_iter().sum::<usize>() > 0, "nobody noticed")
}

async fn go_on(arena: &Arena) -> Result<()> {
    arena.more_acks(400).await?;
    arena.await_commits_of_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stream_put_back_to_an_older_copy_is_noticed_and_repeats_nothing() -> Result<()> {
    let mut lost_at = 0;
    let report = Scenario::new("older_stream")
        .nameless(20)
        .nemesis(async |arena| {
            let copy = arena.copy_nats_store().await?;
            arena.more_acks(200).await?;
            arena.burst(10).await?;
            lost_at = arena.put_back_nats_store(&copy).await?;
            go_on(arena).await
        })
        .run()
        .await?;
    report.kept()?;
    demand_said(&report)?;
    report.demand(report.in_flight_at(lost_at, &report.conversations()) > 0, "nothing was on its way")?;
    report.demand_nobody_resends()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_stream_is_noticed_and_repeats_nothing() -> Result<()> {
    let mut lost_at = 0;
    let report = Scenario::new("deleted_stream")
        .nameless(20)
        .nemesis(async |arena| {
            arena.burst(10).await?;
            lost_at = arena.delete_stream("CHAT_COMMANDS").await?;
            go_on(arena).await
        })
        .run()
        .await?;
    report.kept()?;
    demand_said(&report)?;
    report.demand(report.in_flight_at(lost_at, &report.conversations()) > 0, "nothing was on its way")?;
    report.demand_nobody_resends()
}
