//! Every conversation that this gateway holds: subscribed once, whatever the number of its sockets, and for a while
//! after the last of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_bus::rpc::{self, RpcError};
use chat_bus::{Bus, BusError, events, live};
use chat_protocol::close::CloseCode;
use chat_protocol::heads::{Heads, HeadsRequest};
use chat_protocol::ids::ConversationId;
use chat_protocol::partition::Bucket;
use chat_protocol::subjects::{self, ConversationSubject};
use chat_runtime::backoff::Backoff;
use chat_runtime::faults;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use tokio::time::{sleep, sleep_until};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

use crate::config::SocketSection;
use crate::heads_watch::HeadsWatch;
use crate::repair::Repair;
use crate::ring::{Entry, RingLimits};
use crate::room::{Closed, Room};

/// What the frames contain that the failpoint `gateway.lose_event` loses.
const LOST: &[u8] = b"lost on its way";
/// Conversations whose heads are asked for at once.
const HEADS_PAGE: usize = 1000;
/// How long one request for heads may take.
const HEADS_TIMEOUT: Duration = Duration::from_secs(2);

/// The rooms. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    bus: Bus,
    config: SocketSection,
    stop: CancellationToken,
    rooms: Mutex<HashMap<ConversationId, Slot>>,
    heads: HeadsWatch,
}

/// A room, once its subscription has been sent.
type Slot = Arc<OnceCell<Arc<Room>>>;

impl Hub {
    /// No rooms yet. `stop` ends those that come.
    #[must_use]
    pub fn new(bus: Bus, config: SocketSection, stop: CancellationToken) -> Self {
        let heads = HeadsWatch::new(bus.clone());
        Self(Arc::new(Inner { bus, config, stop, rooms: Mutex::default(), heads }))
    }

    /// Whenever messages may have been lost on their way here, every conversation is suspect until its head is known.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut disturbances = self.0.bus.disturbances();
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        let mut is_suspect = false;
        loop {
            let retry = async {
                if is_suspect {
                    sleep(backoff.next_delay()).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = self.0.stop.cancelled() => return Ok(()),
                changed = disturbances.changed() => changed.map_err(|_| anyhow::anyhow!("the connection is gone"))?,
                () = retry => {}
            }
            is_suspect = match self.confirm_heads().await {
                Ok(()) => {
                    backoff.reset();
                    false
                }
                Err(error) => {
                    tracing::warn!(%error, "the heads of the conversations held here are not confirmed yet");
                    true
                }
            };
        }
    }

    async fn confirm_heads(&self) -> Result<(), RpcError> {
        let rooms: Vec<Arc<Room>> = self.0.rooms.lock().values().filter_map(|slot| slot.get().cloned()).collect();
        for chunk in rooms.chunks(HEADS_PAGE) {
            let request = HeadsRequest { conversation_ids: chunk.iter().map(|room| room.id).collect() };
            let answer: Heads = rpc::call(&self.0.bus, "api", "heads", &request, HEADS_TIMEOUT).await?;
            self.note_heads(&answer);
        }
        Ok(())
    }

    fn note_heads(&self, heads: &Heads) {
        if faults::on("mutant.no_heads") {
            return;
        }
        for head in &heads.heads {
            let room = self.0.rooms.lock().get(&head.conversation_id).and_then(|slot| slot.get().cloned());
            if let Some(room) = room {
                room.note_head(head.last_seq);
            }
        }
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
        let hub = self.clone();
        self.0.heads.add(Bucket::of_conversation(id), move |heads| hub.note_heads(heads));
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
                    room.close(Closed { code: CloseCode::Resync, frame: None });
                },
                () = typing_over(&room) => room.expire_typing(Instant::now()),
                _ = look.tick() => {
                    if was_empty && self.forget_if_empty(&room) {
                        break;
                    }
                    was_empty = room.is_empty();
                }
            }
            if room.is_closed() {
                break;
            }
        }
        self.forget(&room);
        self.0.heads.remove(Bucket::of_conversation(room.id));
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

/// Returns when somebody's typing may be over; never while nobody types.
async fn typing_over(room: &Room) {
    loop {
        let Some(deadline) = room.typing_deadline() else {
            room.typing.notified().await;
            continue;
        };
        return sleep_until(deadline.into()).await;
    }
}

fn take_in(room: &Room, message: async_nats::Message) {
    match subjects::parse_conversation(&message.subject) {
        Some(ConversationSubject::Log(_)) => take_in_event(room, message),
        Some(ConversationSubject::Live(_)) => {
            if let Some((_, news)) = live::decode_of_conversation(&message) {
                room.hear(news, Instant::now());
            }
        }
        None => {}
    }
}

fn take_in_event(room: &Room, message: async_nats::Message) {
    let Some(event) = events::decode(message) else { return };
    if faults::on("gateway.lose_event") && event.frame.windows(LOST.len()).any(|part| part == LOST) {
        return;
    }
    match Utf8Bytes::try_from(event.frame) {
        Ok(frame) => room.insert(Entry { seq: event.seq, kind: event.kind, facts: event.facts, frame }),
        Err(error) => tracing::error!(%error, conversation_id = %room.id, "an event is no UTF-8"),
    }
}
