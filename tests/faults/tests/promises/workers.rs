//! A worker dies or is halted: another takes over, nothing is lost, doubled or reordered, nobody resends by hand.

use std::time::Duration;

use anyhow::Result;
use chatcheck::runner::{Arena, Scenario};
use uuid::Uuid;

use crate::deadline;

/// From a worker's death to the next answer in its conversations.
const TAKE_OVER: Duration = Duration::from_secs(3);
/// The same, when the worker was asked to stop and hands over by itself.
const HAND_OVER: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_worker_is_replaced_within_three_seconds() -> Result<()> {
    let (mut killed_at, mut orphans) = (0, Vec::new());
    let report = Scenario::new("killed_worker")
        .nameless(20)
        .nemesis(async |arena| {
            arena.await_commits_of_all().await?;
            let victim = arena.owner(arena.conversations()[0]).await?;
            orphans = arena.conversations_of(victim).await?;
            arena.burst_in(&orphans, 20).await?;
            killed_at = arena.kill(&victim.process).await?;
            arena.more_acks(600).await?;
            arena.start(&victim.process).await?;
            arena.more_acks(100).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(report.in_flight_at(killed_at, &orphans) > 0, "nothing was on its way to the victim")?;
    let gap = report.gap_after(killed_at, &orphans)?;
    report.demand(gap <= deadline(TAKE_OVER), &format!("the take-over took {gap:?}"))?;
    report.demand_nobody_resends()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halted_worker_wakes_and_commits_nothing() -> Result<()> {
    let (mut halts, mut unfenced) = (Vec::new(), Vec::new());
    let report = Scenario::new("halted_worker")
        .rate(100.0)
        .nemesis(async |arena| {
            arena.await_commits_of_all().await?;
            for pause in [2, 10] {
                let victim = arena.owner(arena.conversations()[0]).await?;
                let orphans = arena.conversations_of(victim).await?;
                let epoch = epoch(arena).await?;
                arena.burst_in(&orphans, 20).await?;
                let at = arena.halt_for(&victim.process, Duration::from_secs(pause)).await?;
                // Whoever writes after a take-over does so under a new epoch: what the sleeper still holds is worthless.
                if pause == 10 && self::epoch(arena).await? <= epoch {
                    unfenced.push(victim.process.name().to_owned());
                }
                halts.push((pause, at, orphans));
                arena.more_acks(200).await?;
            }
            assert_eq!(misplaced_rows(arena).await?, 0);
            Ok(())
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(unfenced.is_empty(), &format!("nobody took over from {unfenced:?}"))?;
    for (pause, at, orphans) in halts {
        report.demand(report.in_flight_at(at, &orphans) > 0, "nothing was on its way to the victim")?;
        let gap = report.gap_after(at, &orphans)?;
        report.demand(gap <= deadline(TAKE_OVER), &format!("the take-over took {gap:?} of a halt of {pause} s"))?;
    }
    report.demand_nobody_resends()
}

/// How often partitions changed hands.
async fn epoch(arena: &Arena) -> Result<i64> {
    Ok(sqlx::query_scalar("select sum(epoch)::bigint from partitions").fetch_one(arena.database()).await?)
}

/// Messages that stand before one whose command came earlier: a sleeper that stored what it had read long ago.
async fn misplaced_rows(arena: &Arena) -> Result<i64> {
    let sql = "select count(*) from (select command_pos, lag(command_pos) over (partition by conversation_id order by seq) as before
               from messages) as rows where command_pos <= before";
    Ok(sqlx::query_scalar(sql).fetch_one(arena.database()).await?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_that_is_asked_to_stop_hands_over() -> Result<()> {
    let (mut asked_at, mut orphans, mut took) = (0, Vec::<Uuid>::new(), None);
    let report = Scenario::new("stopped_worker")
        .nemesis(async |arena| {
            arena.await_commits_of_all().await?;
            let victim = arena.owner(arena.conversations()[0]).await?;
            orphans = arena.conversations_of(victim).await?;
            arena.burst_in(&orphans, 20).await?;
            asked_at = arena.recorder().now_ns();
            took = arena.terminate(&victim.process, Duration::from_secs(10)).await?;
            arena.more_acks(200).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(took.is_some(), "it had to be killed")?;
    let gap = report.gap_after(asked_at, &orphans)?;
    report.demand(gap <= deadline(HAND_OVER), &format!("the hand-over took {gap:?}"))?;
    report.demand_nobody_resends()
}
