//! One order for everybody.

use anyhow::Result;
use chatcheck::runner::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_senders_on_two_gateways_see_one_order() -> Result<()> {
    let scenario = Scenario::new("eight_senders").people(8).conversations(2).rate(300.0).repeats(10).over_rest(5);
    let report = scenario
        .nemesis(async |arena| {
            arena.await_commits_of_all().await?;
            arena.more_acks(600).await
        })
        .run()
        .await?;
    report.kept()?;
    assert!(report.counts.repeats > 0 && report.counts.unknown == 0);
    assert_eq!(report.broken_sockets(), 0);
    Ok(())
}
