//! As long as `FAULTS_SECONDS` says: one fault after the other, drawn from the seed. Without it, it does nothing.

use std::time::Duration;

use anyhow::Result;
use chat_stack::{Process, Service};
use chatcheck::people::Order;
use chatcheck::runner::{Arena, Scenario, Settings};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::Instant;

/// Halts last at most so long.
const LONGEST_HALT_MS: u64 = 10_000;
/// What is killed stays away at most so long.
const LONGEST_ABSENCE_MS: u64 = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_drawn_from_the_seed_break_nothing() -> Result<()> {
    let settings = Settings::read();
    let Some(seconds) = settings.faults_seconds else { return Ok(()) };
    let scenario = Scenario::new("campaign").people(6).repeats(10).over_rest(5).nameless(5).resends();
    let mut rng = StdRng::seed_from_u64(scenario.seed());
    let report = scenario
        .nemesis(async |arena| {
            let end = Instant::now() + Duration::from_secs(seconds);
            while Instant::now() < end {
                strike(arena, &mut rng).await?;
                arena.more_acks(rng.random_range(50..400)).await?;
            }
            Ok(())
        })
        .run()
        .await?;
    report.kept()
}

async fn strike(arena: &Arena, rng: &mut StdRng) -> Result<()> {
    let stack = arena.stack();
    let services = Service::ALL.into_iter().flat_map(|service| stack.instances(service));
    let mut victims: Vec<&Process> = services.map(|instance| &instance.process).collect();
    victims.extend([stack.nats(), stack.postgres()]);
    let victim = victims[rng.random_range(0..victims.len())];
    arena.burst(rng.random_range(1..10)).await?;
    match rng.random_range(0..3) {
        0 => {
            arena.kill(victim).await?;
            arena.load_for(Duration::from_millis(rng.random_range(0..LONGEST_ABSENCE_MS))).await;
            arena.start(victim).await?;
        }
        1 => {
            arena.halt_for(victim, Duration::from_millis(rng.random_range(100..LONGEST_HALT_MS))).await?;
        }
        _ => {
            for seat in arena.seats() {
                if rng.random_range(0..3) == 0 {
                    seat.tell(Order::Cut);
                }
            }
        }
    }
    Ok(())
}
