//! Whose tokens are revoked: a copy of two buckets in each api and gateway, of families of tokens and of whole people. What is
//! written there is heard as it is told; what was not heard is listed, after each disturbance and every half minute.

mod buckets;
mod hearing;
mod ledger;
mod origin;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::Statistics;
use chat_protocol::ids::UserId;
use chat_protocol::rpc::{RevocationsRequest, RevocationsResponse};
use chat_protocol::time::Timestamp;
use rand::Rng as _;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::buckets::list;
pub use self::buckets::{tell, told};
use self::hearing::Told;
use self::ledger::Ledger;
pub use self::ledger::RevocationWatch;
pub use self::origin::{Origin, Revocation};
use crate::pulse::Pulse;
use crate::{Bus, BusError, rpc};

/// How often the buckets are listed when nothing has happened.
const LIST_INTERVAL: Duration = Duration::from_secs(30);
/// After a listing that failed: at least and at most, in milliseconds.
const RETRY_DELAY_MS: (u64, u64) = (100, 500);
/// How long an api may take to bring the buckets up to date.
const ASK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long somebody who wants to be let in waits for the copy to be whole.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Whom a copy asks before it lists the buckets after a disturbance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upstream {
    /// Any api: it makes sure that the buckets hold what the database does.
    Api,
    /// Nobody: the copy of an api, which compares the buckets itself.
    Nobody,
}

/// A time in which everything was heard. It ends with each disturbance of the connection, and when NATS was silent for too
/// long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    disturbances: u64,
    connects: u64,
    lapses: u64,
}

/// What is revoked, as far as it is known here. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Revocations {
    bus: Bus,
    disturbances: watch::Receiver<u64>,
    statistics: Arc<Statistics>,
    ledger: Ledger,
    hearing: Arc<Hearing>,
}

#[derive(Debug)]
struct Hearing {
    upstream: Upstream,
    /// The connection on which the copy is whole, counted from 1, and one more; 0 while it is not. Each delivery looks at it.
    whole_on: AtomicU64,
    pulse: Pulse,
    /// How often NATS was silent for too long.
    lapses: watch::Sender<u64>,
    /// The stretch in which the newest listing began.
    listed: watch::Sender<Option<Stretch>>,
    has_lapsed: AtomicBool,
}

impl Revocations {
    /// Hears of revocations until `stop`. Returns at once, whether NATS is there or not.
    pub async fn start(bus: &Bus, upstream: Upstream, stop: CancellationToken) -> Result<Self, BusError> {
        let told = Told::listen(bus).await?;
        let hearing = Hearing {
            upstream,
            whole_on: AtomicU64::new(0),
            pulse: Pulse::new(Instant::now()),
            lapses: watch::Sender::default(),
            listed: watch::Sender::default(),
            has_lapsed: AtomicBool::new(true),
        };
        let revocations = Self {
            bus: bus.clone(),
            disturbances: bus.disturbances(),
            statistics: bus.client().statistics(),
            ledger: Ledger::default(),
            hearing: Arc::new(hearing),
        };
        tokio::spawn(revocations.clone().hear(told, stop.clone()));
        tokio::spawn(revocations.clone().keep_listing(stop));
        Ok(revocations)
    }

    /// Whether this token is known to be revoked.
    #[must_use]
    pub fn is_revoked(&self, origin: &Origin) -> bool {
        self.ledger.is_revoked(origin)
    }

    /// Whether the copy is whole: nothing can have been missed since the buckets were listed, up to two seconds ago.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let whole_on = self.hearing.whole_on.load(Ordering::Acquire);
        whole_on == self.connects() + 1 && self.hearing.pulse.is_fresh(Instant::now())
    }

    /// How often there was a connection: counted before the first message on it is read.
    fn connects(&self) -> u64 {
        self.statistics.connects.load(Ordering::Acquire)
    }

    /// Whether NATS is there and says what it has to say.
    #[must_use]
    pub fn hears(&self) -> bool {
        self.bus.is_connected() && self.hearing.pulse.is_fresh(Instant::now())
    }

    /// Waits until the copy is whole.
    pub async fn completed(&self) {
        let mut listed = self.hearing.listed.subscribe();
        loop {
            listed.mark_unchanged();
            // The sender lives as long as this copy does.
            if self.is_complete() || listed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether the buckets have been listed at all: before, nothing is known.
    #[must_use]
    pub fn has_listed(&self) -> bool {
        self.hearing.listed.borrow().is_some()
    }

    /// The present stretch of undisturbed hearing.
    #[must_use]
    pub fn stretch(&self) -> Stretch {
        Stretch {
            disturbances: *self.disturbances.borrow(),
            connects: self.connects(),
            lapses: *self.hearing.lapses.borrow(),
        }
    }

    /// Returns when a stretch is over.
    pub async fn ended(&self, stretch: Stretch) {
        let (mut disturbances, mut lapses) = (self.disturbances.clone(), self.hearing.lapses.subscribe());
        loop {
            disturbances.mark_unchanged();
            lapses.mark_unchanged();
            if self.stretch() != stretch {
                return;
            }
            tokio::select! {
                changed = disturbances.changed() => if changed.is_err() { return },
                changed = lapses.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Whether this token is revoked, once the copy is whole.
    ///
    /// # Errors
    /// It was not in time.
    pub async fn look_up(&self, origin: &Origin) -> Result<bool, BusError> {
        if self.is_revoked(origin) {
            return Ok(true);
        }
        let whole = timeout(WHOLE_TIMEOUT, self.completed()).await;
        whole.map_err(|_| BusError::Interrupted("revocations may have been missed".to_owned()))?;
        Ok(self.is_revoked(origin))
    }

    /// Takes in what is revoked, from wherever it is known.
    pub fn learn(&self, revoked: impl IntoIterator<Item = Revocation>) {
        self.ledger.learn(revoked);
    }

    /// Everything that is revoked as far as it is known here.
    #[must_use]
    pub fn known(&self) -> HashSet<Revocation> {
        self.ledger.known()
    }

    /// Revokes every token of a person that was issued before a moment: here at once, and everywhere else.
    ///
    /// # Errors
    /// It could not be told; it counts here all the same.
    pub async fn revoke_user(&self, user_id: UserId, issued_before: Timestamp) -> Result<(), BusError> {
        self.revoke(Revocation::of_user(user_id, issued_before)).await
    }

    /// Revokes: here at once, and everywhere else.
    ///
    /// # Errors
    /// It could not be told; it counts here all the same.
    pub async fn revoke(&self, revocation: Revocation) -> Result<(), BusError> {
        self.learn([revocation]);
        tell(&self.bus, &[revocation]).await
    }

    /// Watches a token.
    #[must_use]
    pub fn watch(&self, origin: Origin) -> RevocationWatch {
        self.ledger.watch(origin)
    }

    async fn keep_listing(self, stop: CancellationToken) {
        loop {
            let stretch = self.stretch();
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.keep_listing_in(stretch) => {}
                () = self.ended(stretch) => self.hearing.whole_on.store(0, Ordering::Release),
            }
        }
    }

    /// Lists, and waits until it has to be listed again.
    async fn keep_listing_in(&self, stretch: Stretch) {
        let pause = match self.list_in(stretch).await {
            Ok(()) => LIST_INTERVAL,
            Err(error) => {
                if self.has_listed() {
                    tracing::warn!(%error, "what is revoked could not be listed");
                } else {
                    tracing::info!(%error, "waiting for the list of what is revoked");
                }
                Duration::from_millis(rand::rng().random_range(RETRY_DELAY_MS.0..=RETRY_DELAY_MS.1))
            }
        };
        tokio::time::sleep(pause).await;
    }

    async fn list_in(&self, stretch: Stretch) -> Result<(), BusError> {
        let is_known = *self.hearing.listed.borrow() == Some(stretch);
        if self.hearing.upstream == Upstream::Api && !is_known {
            let asked = rpc::call(&self.bus, "api", "revocations", &RevocationsRequest {}, ASK_TIMEOUT).await;
            let RevocationsResponse {} = asked.map_err(|error| BusError::Interrupted(error.to_string()))?;
        }
        let listing = list(&self.bus).await?;
        self.ledger.learn_all(&listing.revoked, listing.ages);
        if self.stretch() == stretch {
            self.hearing.whole_on.store(stretch.connects + 1, Ordering::Release);
        }
        self.hearing.listed.send_replace(Some(stretch));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::ids::FamilyId;

    use super::*;
    use crate::NatsOptions;

    #[tokio::test]
    async fn without_nats_the_copy_is_not_whole_and_what_is_known_counts() {
        let options = NatsOptions { url: "nats://127.0.0.1:1".into(), user: None, password: None, name: "test".into() };
        let bus = Bus::connect(&options).await.unwrap();
        let revocations = Revocations::start(&bus, Upstream::Nobody, CancellationToken::new()).await.unwrap();
        let family = FamilyId::generate();
        let token = Origin { user_id: UserId::new(7).unwrap(), issued_at: None, family: Some(family) };
        assert!(!revocations.is_complete() && !revocations.has_listed() && !revocations.hears());
        revocations.learn([Revocation::Family(family)]);
        assert!(revocations.look_up(&token).await.unwrap());
        assert!(revocations.look_up(&Origin { family: None, ..token }).await.is_err());
    }
}
