//! Every conversation that this gateway holds: subscribed once, whatever the number of its sockets, and for a while
//! after the last of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_bus::revocations::{Revocations, Stretch};
use chat_bus::rpc::{self, RpcError};
use chat_bus::{Bus, BusError, events, live};
use chat_protocol::close::CloseCode;
use chat_protocol::heads::{Heads, HeadsRequest, Standpoints};
use chat_protocol::ids::ConversationId;
use chat_protocol::partition::Bucket;
use chat_protocol::subjects::{self, ConversationSubject};
use chat_runtime::backoff::Backoff;
use chat_runtime::faults;
use chat_websocket::Frame;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use tokio::sync::{Notify, OnceCell};
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::arrival::Arrival;
use crate::config::SocketSection;
use crate::heads_watch::HeadsWatch;
use crate::repair::Repair;
use crate::ring::{Entry, RingLimits};
use crate::room::{Closed, Room};

/// What the frames contain that the failpoint `gateway.lose_event` loses.
const LOST: &[u8] = b"lost on its way";
/// How late the failpoint `gateway.late_standpoints` makes the answer.
const LATE: Duration = Duration::from_millis(700);
/// Conversations of which it is asked at once how they stand.
const HEADS_PAGE: usize = 1000;
/// How long one such question may take.
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
    revocations: Revocations,
    /// Notified when it has to be asked how a conversation stands.
    doubted: Arc<Notify>,
}

/// A room, once its subscription has been sent.
type Slot = Arc<OnceCell<Arc<Room>>>;

impl Hub {
    /// No rooms yet. `stop` ends those that come.
    #[must_use]
    pub fn new(bus: Bus, config: SocketSection, revocations: Revocations, stop: CancellationToken) -> Self {
        let heads = HeadsWatch::new(bus.clone());
        let (rooms, doubted) = (Mutex::default(), Arc::default());
        Self(Arc::new(Inner { bus, config, stop, rooms, heads, revocations, doubted }))
    }

    /// The present stretch of undisturbed hearing.
    #[must_use]
    pub fn stretch(&self) -> Stretch {
        self.0.revocations.stretch()
    }

    /// Whenever messages may have been lost on their way here, every conversation is suspect until it is known how it stands;
    /// and one alone, when it may have changed who may hear whom.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        loop {
            let stretch = self.stretch();
            let confirmed = self.confirm(stretch).await;
            let is_suspect = confirmed.is_err();
            match confirmed {
                Ok(()) => backoff.reset(),
                Err(error) => tracing::warn!(%error, "it is not known yet how the conversations held here stand"),
            }
            tokio::select! {
                () = self.0.stop.cancelled() => return Ok(()),
                () = self.0.revocations.ended(stretch) => {}
                () = self.0.doubted.notified() => {}
                () = sleep(backoff.next_delay()), if is_suspect => {}
            }
        }
    }

    /// Asks how those conversations stand of which it is not known. One that is not there any more is over.
    async fn confirm(&self, stretch: Stretch) -> Result<(), RpcError> {
        let rooms: Vec<Arc<Room>> = self.0.rooms.lock().values().filter_map(|slot| slot.get().cloned()).collect();
        let question = |room: Arc<Room>| room.question(stretch).map(|doubt| (room, doubt));
        let asked: Vec<_> = rooms.into_iter().filter_map(question).collect();
        for chunk in asked.chunks(HEADS_PAGE) {
            let request = HeadsRequest { conversation_ids: chunk.iter().map(|(room, _)| room.id).collect() };
            let answer: Standpoints = rpc::call(&self.0.bus, "api", "heads", &request, HEADS_TIMEOUT).await?;
            if faults::on("gateway.late_standpoints") {
                sleep(LATE).await;
            }
            let standpoints: HashMap<_, _> = answer.heads.iter().map(|one| (one.conversation_id, one)).collect();
            for (room, doubt) in chunk {
                match standpoints.get(&room.id) {
                    Some(standpoint) => room.confirm(standpoint, *doubt, stretch),
                    None => room.close(Closed { code: CloseCode::NoSuchConversation, frame: None }),
                }
            }
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
        let room = slot.get_or_try_init(|| self.open(id)).await?;
        if room.question(self.stretch()).is_some() {
            // It may have come too late for the question that is under way.
            self.0.doubted.notify_one();
        }
        Ok(room.clone())
    }

    async fn open(&self, id: ConversationId) -> Result<Arc<Room>, BusError> {
        let (subject, stretch) = (subjects::conversation_all(id), self.stretch());
        let subscription =
            self.0.bus.client().subscribe(subject).await.map_err(|error| BusError::Client(error.to_string()))?;
        let limits = RingLimits { events: self.0.config.ring_events as usize, bytes: self.0.config.ring_bytes };
        let room = Arc::new(Room::new(id, limits, self.0.doubted.clone()));
        room.begin_in(stretch);
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
                () = room.cork.due() => {
                    room.cork.out();
                    room.wake_all();
                }
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
    let (arrival, span) = Arrival::note(&event, || room.reader_count());
    match std::str::from_utf8(&event.frame).map(Frame::text) {
        Ok(frame) => room.insert(Entry { seq: event.seq, kind: event.kind, facts: event.facts, frame, arrival }),
        Err(error) => tracing::error!(%error, conversation_id = %room.id, "an event is no UTF-8"),
    }
    drop(span);
}
