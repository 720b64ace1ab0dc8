//! The keys that count at this moment. A token of a key that nobody has heard of waits for the next look at what its
//! issuer publishes, so that the first token of a new key is good at once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chat_auth::{Claims, TokenError, Verifier};
use chat_runtime::lifecycle::Lifecycle;
use chrono::{DateTime, Utc};
use parking_lot::RwLock;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::config::AuthSection;
use crate::refreshing::{Refreshing, Rounds};

/// How long a token may wait for its key: until a look may begin, and as long as that takes.
const KEY_WAIT: Duration = Duration::from_secs(4);
/// How many tokens may wait at once; further ones are refused at once.
const MAX_WAITING: usize = 1024;

/// Why a token does not let its bearer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// It is not good.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// Nobody can say yet: the keys have not been fetched since the start.
    #[error("the keys have not been fetched yet")]
    NotReady,
}

/// The keys that count at this moment. Clones share them.
#[derive(Clone)]
pub struct Keyring(Arc<Shared>);

struct Shared {
    current: RwLock<Current>,
    rounds: Option<Arc<Rounds>>,
    waiting: Semaphore,
}

struct Current {
    verifier: Arc<Verifier>,
    is_complete: bool,
}

impl Keyring {
    /// Keys that never change.
    #[must_use]
    pub fn fixed(verifier: Verifier) -> Self {
        Self::new(verifier, true, None)
    }

    /// Checks the settings and reads the keys, then and from time to time. A file must be there; a key set that cannot
    /// be had keeps the service from being ready until it can.
    pub async fn start(section: &AuthSection, lifecycle: &Lifecycle) -> anyhow::Result<Self> {
        section.check()?;
        let Some(mut source) = section.source()? else { return Ok(Self::fixed(section.verifier(None))) };
        let mut keys = source.none_yet();
        let is_file = source.is_file();
        if is_file {
            let loaded = source.load().await.with_context(|| source.describe())?;
            keys = loaded.map_or(keys, |loaded| loaded.keys);
            source.report(&keys);
        }
        let rounds = Arc::new(Rounds::default());
        let keyring = Self::new(section.verifier(Some(keys)), is_file, Some(Arc::clone(&rounds)));
        lifecycle.ready().set("keys", is_file);
        let ready = lifecycle.ready().clone();
        let refreshing = Refreshing { keyring: keyring.clone(), section: section.clone(), source, rounds, ready };
        lifecycle.spawn("keys", refreshing.run(lifecycle.stop()));
        Ok(keyring)
    }

    fn new(verifier: Verifier, is_complete: bool, rounds: Option<Arc<Rounds>>) -> Self {
        let current = RwLock::new(Current { verifier: Arc::new(verifier), is_complete });
        Self(Arc::new(Shared { current, rounds, waiting: Semaphore::new(MAX_WAITING) }))
    }

    /// What the token says, if it is good by the keys that are known at this moment.
    pub fn verify_now(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, VerifyError> {
        let (verifier, is_complete) = {
            let current = self.0.current.read();
            (Arc::clone(&current.verifier), current.is_complete)
        };
        match verifier.verify(token, now) {
            Err(TokenError::UnknownKey) if !is_complete => Err(VerifyError::NotReady),
            verdict => Ok(verdict?),
        }
    }

    /// What the token says. If its key is unknown, its issuer's keys are looked at once more, for which it waits a few
    /// seconds at the most.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, VerifyError> {
        let verdict = self.verify_now(token, now);
        let Some(rounds) = self.0.rounds.as_ref().filter(|_| is_undecided(&verdict)) else { return verdict };
        let Ok(_place) = self.0.waiting.try_acquire() else { return verdict };
        metrics::counter!("chat_identity_unknown_keys_total").increment(1);
        let waited = timeout(KEY_WAIT, async {
            let mut finished = rounds.finished();
            let wanted = rounds.want_next();
            // It ends with the service.
            while finished.changed().await.is_ok() {
                let round = *finished.borrow_and_update();
                let verdict = self.verify_now(token, now);
                if round >= wanted || !is_undecided(&verdict) {
                    return verdict;
                }
            }
            verdict.clone()
        });
        waited.await.unwrap_or(verdict)
    }

    pub(crate) fn replace(&self, verifier: Verifier) {
        *self.0.current.write() = Current { verifier: Arc::new(verifier), is_complete: true };
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}

/// Whether other keys may change it.
fn is_undecided(verdict: &Result<Claims, VerifyError>) -> bool {
    matches!(verdict, Err(VerifyError::NotReady | VerifyError::Refused(TokenError::UnknownKey)))
}

#[cfg(test)]
mod tests;
