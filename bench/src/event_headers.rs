//! What the attributes of CloudEvents cost the worker that publishes: bytes of headers of one event, and time to encode it.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use chat_bus::attributes::Attributes;
use chat_bus::events::EncodedEvent;
use chat_protocol::event::{Event, EventFacts, MessageFacts, MessageReceived};
use chat_protocol::ids::UserId;
use clap::Args;

/// A message as it is published: the same file that the wire is tested with.
const MESSAGE: &str = include_str!("../../libs/protocol/tests/golden/v1/message_received.json");
/// Rounds of each kind, in turn; the median counts.
const ROUNDS: usize = 9;

/// The job.
#[derive(Debug, Args)]
pub struct EventHeaders {
    /// Events that are encoded in one round
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    events: u32,
}

impl EventHeaders {
    /// Measures and prints.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        let event = Event::Message(Box::new(serde_json::from_str::<MessageReceived>(MESSAGE)?));
        let (all, few) = (Attributes::of(Some("/chat")), Attributes::of(None));
        let (mut times_all, mut times_few) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            times_all.push(self.encode(&event, &all)?);
            times_few.push(self.encode(&event, &few)?);
        }
        let one = encoded(&event, &all)?;
        println!("payload                      {:>6} B", one.frame_len());
        println!(
            "headers, EVENTS_ATTRIBUTES=on  {:>4} B  {:>6.2} µs to encode the event",
            one.headers_len(),
            median(times_all)
        );
        let one = encoded(&event, &few)?;
        println!("headers, EVENTS_ATTRIBUTES=off {:>4} B  {:>6.2} µs", one.headers_len(), median(times_few));
        Ok(ExitCode::SUCCESS)
    }

    /// Microseconds for one event.
    fn encode(&self, event: &Event, attributes: &Attributes) -> anyhow::Result<f64> {
        let started = Instant::now();
        for _ in 0..self.events {
            black_box(encoded(black_box(event), attributes)?);
        }
        Ok(started.elapsed().as_secs_f64() * 1e6 / f64::from(self.events))
    }
}

fn encoded(event: &Event, attributes: &Attributes) -> anyhow::Result<EncodedEvent> {
    let message = MessageFacts { number: 41, sender_id: UserId::new(1), sent_count: 20 };
    let facts = EventFacts { message: Some(message), ..EventFacts::default() };
    Ok(EncodedEvent::new(uuid::Uuid::from_u128(7), event, facts, attributes)?)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
