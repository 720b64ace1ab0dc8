//! A worker dies or is halted: another takes over, nothing is lost, doubled or reordered, nobody resends by hand.

use std::time::Duration;

use anyhow::Result;
use chatcheck::runner::Scenario;

use crate::deadline;

/// From a worker's death to the next answer in its conversations.
const TAKE_OVER: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_worker_is_replaced_within_three_seconds() -> Result<()> {
    let (mut killed_at, mut orphans) = (0, Vec::new());
    let report = Scenario::new("killed_worker")
        .nemesis(async |arena| {
            arena.await_commits_of_all().await?;
            let victim = arena.owner(arena.conversations()[0]).await?;
            orphans = arena.conversations_of(victim).await?;
            arena.burst_in(&orphans, 20).await?;
            killed_at = arena.kill(&victim.process).await?;
            arena.more_acks(800).await
        })
        .run()
        .await?;
    report.kept()?;
    assert!(report.in_flight_at(killed_at, &orphans) > 0, "nothing was on its way to the victim");
    let gap = report.gap_after(killed_at, &orphans)?;
    assert!(gap <= deadline(TAKE_OVER), "the take-over took {gap:?}");
    assert_eq!((report.counts.unknown, report.counts.refused, report.broken_sockets()), (0, 0, 0));
    Ok(())
}
