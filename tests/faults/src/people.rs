//! The load: people with devices, each device with a socket for every conversation. They send, answer nothing, come back when they are
//! cut off, and note everything.

mod outgoing;
mod position;
mod seat;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use crate::client::{Api, Person};
use crate::history::Recorder;

pub use outgoing::{Draft, Outgoing};
pub use position::Position;
use seat::Seat;

/// How people behave.
#[derive(Debug, Clone)]
pub struct Habits {
    /// Messages a second, all people together; 0 for those who speak only when told to.
    pub rate: f64,
    /// How many messages of one socket may wait for their answer before it waits too.
    pub window: usize,
    /// How many of a hundred messages have no `client_id`.
    pub nameless_percent: u32,
    /// How many of a hundred messages go over REST.
    pub rest_percent: u32,
    /// How many of a hundred answered messages are sent once more, at once, over REST, or after the next reconnect.
    pub repeat_percent: u32,
    /// Whether what got no answer is sent again after a reconnect, as a client library does. Otherwise nobody resends by hand.
    pub resends: bool,
    /// Length of the contents, bytes.
    pub content_bytes: Range<usize>,
    /// What every message says, for failpoints that look for it.
    pub saying: &'static str,
    /// The kernel's buffer for what the first seat's first socket receives, if not its own choice.
    pub narrow_seat: Option<u32>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            rate: 200.0,
            window: 200,
            nameless_percent: 0,
            rest_percent: 0,
            repeat_percent: 0,
            resends: false,
            content_bytes: 40..200,
            saying: "",
            narrow_seat: None,
        }
    }
}

/// What all people are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Connect, and say nothing.
    Silent,
    /// Send.
    Talking,
    /// Close everything and go.
    Leaving,
}

/// What one seat is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Send so many messages at once.
    Burst(usize),
    /// Read nothing any more.
    Hold,
    /// Read again.
    Release,
    /// Cut the connection.
    Cut,
}

/// How a seat stands.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Whether its socket is open, with everything that was missed.
    pub is_open: bool,
    /// Which gateway the socket is on.
    pub gateway: usize,
    /// Everything up to here has been received.
    pub position: i64,
    /// Messages without an answer, on the socket.
    pub unanswered: usize,
    /// Messages without an answer, elsewhere: over REST, or waiting to be sent again.
    pub elsewhere: usize,
    /// How many messages were acknowledged.
    pub acked: u64,
    /// How many sockets it has had.
    pub sockets: u64,
    /// The close code that told it to stay away.
    pub turned_away: Option<u16>,
}

/// Where a device listens to a conversation, seen from outside.
#[derive(Debug)]
pub struct SeatHandle {
    /// Whose.
    pub user: u64,
    /// Which conversation.
    pub conv: Uuid,
    orders: mpsc::UnboundedSender<Order>,
    standing: watch::Receiver<Standing>,
}

impl SeatHandle {
    /// Tells it something.
    pub fn tell(&self, order: Order) {
        // One that has left needs no orders.
        let _ = self.orders.send(order);
    }

    /// How it stands now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Waits until it stands so.
    pub async fn wait_for(&self, limit: Duration, wanted: impl FnMut(&Standing) -> bool) -> Result<Standing> {
        let mut standing = self.standing.clone();
        match timeout(limit, standing.wait_for(wanted)).await {
            Ok(reached) => Ok(reached.context("the seat is gone")?.clone()),
            Err(_) => anyhow::bail!(
                "not within {} s: user {} in {} stands at {:?}",
                limit.as_secs(),
                self.user,
                self.conv,
                self.standing()
            ),
        }
    }
}

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Doors {
    /// REST.
    pub api: Api,
    /// The gateways, `ws://…`.
    pub gateways: Arc<[String]>,
}

/// Everybody.
#[derive(Debug)]
pub struct Crowd {
    mood: watch::Sender<Mood>,
    seats: Vec<SeatHandle>,
    tasks: JoinSet<()>,
}

impl Crowd {
    /// Sits everybody down in every conversation, with so many devices each; they connect and are silent.
    #[must_use]
    pub fn gather(
        seed: u64,
        habits: &Habits,
        doors: &Doors,
        people: &[Person],
        devices: u32,
        conversations: &[Uuid],
        recorder: &Arc<Recorder>,
    ) -> Self {
        let mood = watch::Sender::new(Mood::Silent);
        let (mut seats, mut tasks) = (Vec::new(), JoinSet::new());
        let places = people.iter().flat_map(|person| (0..devices).map(move |dev| (person, dev)));
        let places = places.flat_map(|place| conversations.iter().map(move |conv| (place, *conv)));
        let count = people.len() * conversations.len() * usize::try_from(devices).unwrap_or(1);
        for (number, ((person, dev), conv)) in places.enumerate() {
            let (orders, inbox) = mpsc::unbounded_channel();
            let (told, standing) = watch::channel(Standing::default());
            seats.push(SeatHandle { user: person.id, conv, orders, standing });
            let seat = Seat::new(seat::Place {
                // Every number its own stream of chances, the same for the same seed.
                seed: seed.wrapping_mul(1_000_003).wrapping_add(number as u64),
                number,
                share: 1.0 / f64::from(u32::try_from(count).unwrap_or(u32::MAX)),
                person: person.clone(),
                dev,
                conv,
                habits: habits.clone(),
                doors: doors.clone(),
                recorder: Arc::clone(recorder),
                mood: mood.subscribe(),
                orders: inbox,
                standing: told,
            });
            tasks.spawn(seat.run());
        }
        Self { mood, seats, tasks }
    }

    /// Tells everybody.
    pub fn set_mood(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// All seats.
    #[must_use]
    pub fn seats(&self) -> &[SeatHandle] {
        &self.seats
    }

    /// The seats of a conversation.
    pub fn seats_in(&self, conv: Uuid) -> impl Iterator<Item = &SeatHandle> {
        self.seats.iter().filter(move |seat| seat.conv == conv)
    }

    /// Messages without an answer.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.seats.iter().map(|seat| seat.standing.borrow().unanswered).sum()
    }

    /// Messages acknowledged so far.
    #[must_use]
    pub fn acked(&self) -> u64 {
        self.seats.iter().map(|seat| seat.standing.borrow().acked).sum()
    }

    /// Everybody closes their sockets and goes.
    pub async fn leave(mut self, limit: Duration) -> Result<()> {
        self.set_mood(Mood::Leaving);
        let gone = timeout(limit, async {
            while let Some(ended) = self.tasks.join_next().await {
                ended.context("a seat's task has failed")?;
            }
            anyhow::Ok(())
        });
        gone.await.context("not everybody left in time")?
    }
}
