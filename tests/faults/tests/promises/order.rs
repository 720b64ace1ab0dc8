//! One order for everybody.

use anyhow::Result;
use chatcheck::history::Via;
use chatcheck::people::Order;
use chatcheck::runner::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_senders_on_two_gateways_see_one_order() -> Result<()> {
    let scenario = Scenario::new("eight_senders").people(8).conversations(2).rate(300.0).resends();
    let report = scenario
        .nemesis(async |arena| {
            arena.await_commits_of_all().await?;
            arena.more_acks(200).await?;
            // Some come late to what the others see live.
            for seat in arena.seats().iter().step_by(3) {
                seat.tell(Order::Cut);
            }
            arena.more_acks(400).await
        })
        .run()
        .await?;
    report.kept()?;
    let ways = [&Via::LISTS[..], &[Via::Live, Via::Resume]].concat();
    report.demand(ways.iter().all(|way| report.counts.deliveries.contains_key(way)), "something was not seen")?;
    report.demand(report.counts.refused == 0, "something was refused")
}
