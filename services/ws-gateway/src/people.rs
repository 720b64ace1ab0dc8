//! The people whose own news are followed here: subscribed once, whatever the number of their sockets, and for a while
//! after the last of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chat_bus::rpc::{self, RpcError};
use chat_bus::{Bus, BusError, live};
use chat_protocol::ids::UserId;
use chat_protocol::rpc::{MembershipVersionsRequest, MembershipVersionsResponse};
use chat_protocol::subjects;
use chat_runtime::backoff::Backoff;
use futures_util::StreamExt as _;
use parking_lot::Mutex;
use rand::Rng as _;
use tokio::sync::OnceCell;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::person::Person;

/// How often it is checked whether news were missed: what reveals the loss of the last of them.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);
/// People who are asked about at once.
const VERSIONS_PAGE: usize = 2000;
/// How long one such question may take.
const VERSIONS_TIMEOUT: Duration = Duration::from_secs(2);

/// The people. Cheap to clone.
#[derive(Clone)]
pub struct People(Arc<Inner>);

struct Inner {
    bus: Bus,
    linger: Duration,
    stop: CancellationToken,
    people: Mutex<HashMap<UserId, Slot>>,
}

/// A person, once the subscription has been sent.
type Slot = Arc<OnceCell<Arc<Person>>>;

impl People {
    /// Nobody yet. `stop` ends those who come; somebody without sockets is forgotten after `linger`.
    #[must_use]
    pub fn new(bus: Bus, linger: Duration, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner { bus, linger, stop, people: Mutex::default() }))
    }

    /// The person. When this returns, the subscription was sent: a request that follows on the same connection is
    /// answered after it has begun.
    pub async fn person(&self, id: UserId) -> Result<Arc<Person>, BusError> {
        let slot = self.0.people.lock().entry(id).or_default().clone();
        slot.get_or_try_init(|| self.open(id)).await.cloned()
    }

    async fn open(&self, id: UserId) -> Result<Arc<Person>, BusError> {
        let subscription = self.0.bus.client().subscribe(subjects::user(id)).await;
        let subscription = subscription.map_err(|error| BusError::Client(error.to_string()))?;
        let person = Arc::new(Person::new(id));
        tokio::spawn(self.clone().keep(person.clone(), subscription));
        Ok(person)
    }

    async fn keep(self, person: Arc<Person>, mut subscription: async_nats::Subscriber) {
        let mut look = tokio::time::interval(self.0.linger.max(Duration::from_millis(10)));
        look.tick().await;
        let mut was_empty = false;
        loop {
            tokio::select! {
                () = self.0.stop.cancelled() => break,
                message = subscription.next() => match message {
                    Some(message) => if let Some((_, news)) = live::decode_of_user(&message) {
                        person.tell(news);
                    },
                    None => break,
                },
                _ = look.tick() => {
                    if was_empty && self.forget_if_empty(&person) {
                        return;
                    }
                    was_empty = person.is_empty();
                }
            }
        }
        self.0.people.lock().remove(&person.id);
    }

    /// Takes the person out of the map, unless some socket is on its way in.
    fn forget_if_empty(&self, person: &Arc<Person>) -> bool {
        let mut people = self.0.people.lock();
        let is_slot_unused = people.get(&person.id).is_none_or(|slot| Arc::strong_count(slot) == 1);
        let is_unused = is_slot_unused && person.is_empty() && Arc::strong_count(person) <= 2;
        if is_unused {
            people.remove(&person.id);
        }
        is_unused
    }

    /// Finds out whether news of anybody were missed: now and then, and whenever messages may have been lost.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut disturbances = self.0.bus.disturbances();
        let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
        let mut pause = CHECK_INTERVAL;
        loop {
            tokio::select! {
                () = self.0.stop.cancelled() => return Ok(()),
                changed = disturbances.changed() => changed.map_err(|_| anyhow::anyhow!("the connection is gone"))?,
                () = sleep(pause) => {}
            }
            pause = match self.check_versions().await {
                Ok(()) => {
                    backoff.reset();
                    CHECK_INTERVAL.mul_f64(rand::rng().random_range(0.8..=1.2))
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot find out whether news of people were missed");
                    backoff.next_delay()
                }
            };
        }
    }

    async fn check_versions(&self) -> Result<(), RpcError> {
        let people: Vec<Arc<Person>> = self.0.people.lock().values().filter_map(|slot| slot.get().cloned()).collect();
        for chunk in people.chunks(VERSIONS_PAGE) {
            let request = MembershipVersionsRequest { user_ids: chunk.iter().map(|person| person.id).collect() };
            let answer: MembershipVersionsResponse =
                rpc::call(&self.0.bus, "api", "membership_versions", &request, VERSIONS_TIMEOUT).await?;
            let versions: HashMap<UserId, i64> = answer.versions.into_iter().collect();
            for person in chunk {
                if let Some(version) = versions.get(&person.id) {
                    person.tell_version(*version);
                }
            }
        }
        Ok(())
    }
}
