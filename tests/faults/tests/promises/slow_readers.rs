//! Who does not read is cut off, comes back, and misses nothing; nobody else is kept waiting.

use std::time::Duration;

use anyhow::Result;
use chat_stack::Service;
use chatcheck::people::Order;
use chatcheck::runner::Scenario;

/// How long a reader may take to notice and come back.
const BACK: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_reader_is_cut_off_and_resumes_without_loss() -> Result<()> {
    let report = Scenario::new("slow_reader")
        .conversations(1)
        .workers(1)
        .rate(150.0)
        .content_bytes(8_000..12_000)
        .narrow_seat(4096)
        .resends()
        .env(Service::Gateway, "RING_EVENTS", "64")
        .env(Service::Gateway, "WRITE_TIMEOUT_MS", "1000")
        .nemesis(async |arena| {
            let sleeper = &arena.seats()[0];
            sleeper.tell(Order::Hold);
            let before = sleeper.standing();
            // Far more than the ring and all buffers on the way hold.
            arena.more_acks(600).await?;
            sleeper.tell(Order::Release);
            sleeper.wait_for(BACK, |now| now.is_open && now.sockets > before.sockets).await?;
            arena.more_acks(100).await
        })
        .run()
        .await?;
    report.kept()?;
    report.demand(report.broken_sockets() == 1, "another number of sockets than one was cut off")
}
