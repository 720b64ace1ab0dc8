//! The same `client_id` again: at once, after a reconnect, over REST, after a worker's death. One message, one answer.

use anyhow::Result;
use chatcheck::people::Order;
use chatcheck::runner::Scenario;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_client_id_is_one_message_with_one_answer() -> Result<()> {
    let report = Scenario::new("repeats")
        .repeats(60)
        .over_rest(20)
        .nameless(10)
        .resends()
        .nemesis(async |arena| {
            let victim = arena.owner(arena.conversations()[0]).await?;
            for seat in arena.seats().iter().step_by(2) {
                seat.tell(Order::Cut);
            }
            arena.more_acks(200).await?;
            arena.burst(10).await?;
            arena.kill(&victim.process).await?;
            arena.more_acks(300).await?;
            arena.start(&victim.process).await?;
            // What was answered before the death is repeated after it.
            for seat in arena.seats() {
                seat.tell(Order::Cut);
            }
            arena.more_acks(300).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(report.counts.repeats > 100, "too little was repeated")
}
