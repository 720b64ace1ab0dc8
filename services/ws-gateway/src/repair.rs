//! Fills holes in a ring from the log: an event that was lost on its way, or one whose successor came first.

use std::time::Duration;

use chat_bus::Bus;
use chat_bus::rpc::{self, RpcError};
use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::rpc::{EventsAfterRequest, EventsAfterResponse};
use chat_runtime::backoff::Backoff;
use tokio::time::{Instant, sleep_until};

use crate::room::Room;

/// How long a hole may be nothing but two events on their way.
const HOLE_PATIENCE: Duration = Duration::from_millis(20);
/// Events fetched at once to fill a hole.
const FILL_PAGE: u32 = 500;
/// How long one request for missing events may take.
const FILL_TIMEOUT: Duration = Duration::from_secs(2);

/// The filling of holes: which, since when, and when to try next.
pub struct Repair {
    timeout: Duration,
    hole: Option<Hole>,
    backoff: Backoff,
}

#[derive(Clone, Copy)]
struct Hole {
    after: Seq,
    since: Instant,
    next_try: Instant,
}

/// The hole could not be filled in time.
pub struct Unfilled;

impl Repair {
    /// Gives up on a hole after `timeout`.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(500));
        Self { timeout, hole: None, backoff }
    }

    /// Returns when a hole should be filled; never while there is none.
    pub async fn due(&mut self, room: &Room) {
        let after = loop {
            match room.hole_after() {
                Some(after) => break after,
                None => room.holes.notified().await,
            }
        };
        let hole = match self.hole {
            Some(hole) if hole.after == after => hole,
            _ => {
                self.backoff.reset();
                let since = Instant::now();
                *self.hole.insert(Hole { after, since, next_try: since + HOLE_PATIENCE })
            }
        };
        sleep_until(hole.next_try).await;
    }

    /// Fetches what is missing.
    pub async fn fill(&mut self, bus: &Bus, room: &Room) -> Result<(), Unfilled> {
        let Some(hole) = &mut self.hole else { return Ok(()) };
        if room.hole_after() != Some(hole.after) {
            return Ok(());
        }
        metrics::counter!("chat_gateway_holes_total").increment(1);
        match fetch(bus, room.id, hole.after).await {
            Ok(missing) => {
                for event in missing.events {
                    room.insert(event.into());
                }
            }
            Err(error) => tracing::warn!(%error, conversation_id = %room.id, "cannot fetch missing events"),
        }
        if hole.since.elapsed() > self.timeout && room.hole_after() == Some(hole.after) {
            tracing::error!(conversation_id = %room.id, "missing events cannot be had: its sockets must resume");
            return Err(Unfilled);
        }
        hole.next_try = Instant::now() + self.backoff.next_delay();
        Ok(())
    }
}

async fn fetch(bus: &Bus, conversation_id: ConversationId, after_seq: Seq) -> Result<EventsAfterResponse, RpcError> {
    let request = EventsAfterRequest { conversation_id, user_id: None, after_seq, limit: FILL_PAGE };
    rpc::call(bus, "api", "events_after", &request, FILL_TIMEOUT).await
}
