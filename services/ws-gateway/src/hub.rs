//! Every conversation that this gateway holds: subscribed once, whatever the number of its sockets, and for a while
//! after the last of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat_bus::rpc::{self, RpcError};
use chat_bus::{Bus, BusError, events};
use chat_protocol::close::CloseCode;
use chat_protocol::ids::{ConversationId, Seq};
use chat_protocol::rpc::{EventsAfterRequest, EventsAfterResponse};
use chat_protocol::subjects;
use chat_runtime::backoff::Backoff;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

use crate::config::SocketSection;
use crate::ring::RingLimits;
use crate::room::Room;

/// How long a hole may be nothing but two events on their way.
const HOLE_PATIENCE: Duration = Duration::from_millis(20);
/// Events fetched at once to fill a hole.
const FILL_PAGE: u32 = 500;
/// How long one request for missing events may take.
const FILL_TIMEOUT: Duration = Duration::from_secs(2);

/// The rooms. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    bus: Bus,
    config: SocketSection,
    stop: CancellationToken,
    rooms: Mutex<HashMap<ConversationId, Slot>>,
}

/// A room, once its subscription has been sent.
type Slot = Arc<OnceCell<Arc<Room>>>;

impl Hub {
    /// No rooms yet. `stop` ends those that come.
    #[must_use]
    pub fn new(bus: Bus, config: SocketSection, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner { bus, config, stop, rooms: Mutex::default() }))
    }

    /// The room of a conversation. When this returns, the subscription was sent: a request that follows on the same
    /// connection is answered after it has begun.
    pub async fn room(&self, id: ConversationId) -> Result<Arc<Room>, BusError> {
        let slot = self.0.rooms.lock().entry(id).or_default().clone();
        slot.get_or_try_init(|| self.open(id)).await.cloned()
    }

    async fn open(&self, id: ConversationId) -> Result<Arc<Room>, BusError> {
        let subject = subjects::conversation_all(id);
        let subscription =
            self.0.bus.client().subscribe(subject).await.map_err(|error| BusError::Client(error.to_string()))?;
        let limits = RingLimits { events: self.0.config.ring_events as usize, bytes: self.0.config.ring_bytes };
        let room = Arc::new(Room::new(id, limits));
        metrics::gauge!("chat_gateway_rooms").increment(1);
        tokio::spawn(self.clone().keep(room.clone(), subscription));
        Ok(room)
    }

    /// Feeds the room from its subscription until nobody has needed it for a while.
    async fn keep(self, room: Arc<Room>, mut subscription: async_nats::Subscriber) {
        let linger = self.0.config.room_linger();
        let mut look = tokio::time::interval(linger.max(Duration::from_millis(10)));
        look.tick().await;
        let mut was_empty = false;
        let mut repair = Repair::new(self.0.config.hole_timeout());
        loop {
            tokio::select! {
                () = self.0.stop.cancelled() => break,
                message = subscription.next() => match message {
                    Some(message) => take_in(&room, message),
                    None => break,
                },
                () = repair.due(&room) => if repair.fill(&self.0.bus, &room).await.is_err() {
                    room.close(CloseCode::Resync);
                    break;
                },
                _ = look.tick() => {
                    if was_empty && self.forget_if_empty(&room) {
                        break;
                    }
                    was_empty = room.is_empty();
                }
            }
        }
        self.forget(&room);
        metrics::gauge!("chat_gateway_rooms").decrement(1);
    }

    /// Takes the room out of the map, unless somebody has it: then it is kept.
    fn forget_if_empty(&self, room: &Arc<Room>) -> bool {
        let mut rooms = self.0.rooms.lock();
        // The map's slot and this task hold it; anybody else is a socket on its way in.
        let is_slot_unused = rooms.get(&room.id).is_none_or(|slot| Arc::strong_count(slot) == 1);
        let is_unused = is_slot_unused && room.is_empty() && Arc::strong_count(room) <= 2;
        if is_unused {
            rooms.remove(&room.id);
        }
        is_unused
    }

    fn forget(&self, room: &Arc<Room>) {
        let mut rooms = self.0.rooms.lock();
        let is_this = rooms.get(&room.id).and_then(|slot| slot.get()).is_some_and(|other| Arc::ptr_eq(other, room));
        if is_this {
            rooms.remove(&room.id);
        }
    }
}

fn take_in(room: &Room, message: async_nats::Message) {
    let Some(event) = events::decode(message) else { return };
    match Utf8Bytes::try_from(event.frame) {
        Ok(frame) => room.insert(event.seq, frame),
        Err(error) => tracing::error!(%error, conversation_id = %room.id, "an event is no UTF-8"),
    }
}

/// The filling of holes: which, since when, and when to try next.
struct Repair {
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
struct Unfilled;

impl Repair {
    fn new(timeout: Duration) -> Self {
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_millis(500));
        Self { timeout, hole: None, backoff }
    }

    /// Returns when a hole should be filled; never while there is none.
    async fn due(&mut self, room: &Room) {
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

    async fn fill(&mut self, bus: &Bus, room: &Room) -> Result<(), Unfilled> {
        let Some(hole) = &mut self.hole else { return Ok(()) };
        if room.hole_after() != Some(hole.after) {
            return Ok(());
        }
        metrics::counter!("chat_gateway_holes_total").increment(1);
        match fetch(bus, room.id, hole.after).await {
            Ok(missing) => {
                for event in missing.events {
                    room.insert(event.seq, event.frame.get().into());
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
