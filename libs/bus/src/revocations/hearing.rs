//! What is heard of revocations, and the words to oneself that tell whether anything is.

use std::sync::atomic::Ordering;
use std::time::Instant;

use async_nats::Subscriber;
use chat_protocol::ids::TokenId;
use chat_protocol::subjects::{
    self, REVOKED_FAMILIES_WILDCARD, REVOKED_USERS_WILDCARD, parse_revoked_family, parse_revoked_user,
};
use futures_util::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::buckets::told_of_user;
use super::{Revocation, Revocations};
use crate::{Bus, BusError, pulse};

/// What is heard.
pub(super) struct Told {
    families: Subscriber,
    users: Subscriber,
    pulse: Subscriber,
    pulse_subject: String,
}

impl Told {
    pub(super) async fn listen(bus: &Bus) -> Result<Self, BusError> {
        let pulse_subject = subjects::pulse(TokenId::generate());
        let subscribe = async |subject: String| bus.client().subscribe(subject).await.map_err(BusError::client);
        Ok(Self {
            families: subscribe(REVOKED_FAMILIES_WILDCARD.to_owned()).await?,
            users: subscribe(REVOKED_USERS_WILDCARD.to_owned()).await?,
            pulse: subscribe(pulse_subject.clone()).await?,
            pulse_subject,
        })
    }
}

impl Revocations {
    /// What was told before a word to oneself is heard before it.
    pub(super) async fn hear(self, mut told: Told, stop: CancellationToken) {
        let mut beats = interval(pulse::INTERVAL);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(message) = told.families.next() => {
                    self.learn(parse_revoked_family(&message.subject).map(Revocation::Family));
                }
                Some(message) = told.users.next() => self.learn(parse_revoked_user(&message.subject).map(told_of_user)),
                Some(message) = told.pulse.next() => self.on_pulse(&message.payload),
                _ = beats.tick() => self.beat(&told.pulse_subject).await,
                else => return,
            }
        }
    }

    async fn beat(&self, subject: &str) {
        self.note_lapse();
        // What cannot be said now would all be said at once later.
        if self.bus.is_connected() {
            let word = self.hearing.pulse.word(Instant::now());
            if let Err(error) = self.bus.client().publish(subject.to_owned(), word.into()).await {
                tracing::debug!(%error, "a word to oneself could not be said");
            }
        }
    }

    /// If nothing was heard for too long, the stretch is over, also if something is heard again right now.
    fn note_lapse(&self) {
        if !self.hearing.pulse.is_fresh(Instant::now()) && !self.hearing.has_lapsed.swap(true, Ordering::AcqRel) {
            tracing::warn!("nothing is heard from NATS");
            self.hearing.whole_on.store(0, Ordering::Release);
            self.hearing.lapses.send_modify(|lapses| *lapses += 1);
        }
    }

    fn on_pulse(&self, word: &[u8]) {
        self.note_lapse();
        self.hearing.pulse.hear(word);
        if self.hears() && self.hearing.has_lapsed.swap(false, Ordering::AcqRel) {
            // Whoever waits for the copy to be whole looks again.
            self.hearing.listed.send_modify(|_| ());
        }
    }
}
