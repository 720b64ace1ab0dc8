//! Hashing and checking passwords off the request threads, and only a few at a time: each takes tens of milliseconds of
//! a core and 19 MiB.

use std::sync::Arc;
use std::time::Duration;

use chat_auth::password::{self, PasswordError};
use tokio::sync::Semaphore;

use crate::error::ApiError;

/// How long a log-in waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

/// The few places at which passwords are worked on.
#[derive(Debug)]
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    /// One place a core.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(cores)))
    }
}

impl Passwords {
    /// The hash to store.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.work(move || password::hash(&password)).await
    }

    /// Whether the password is the one behind the hash; without a hash, no, after the same work.
    pub(crate) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        self.work(move || password::verify(&password, hash.as_deref())).await
    }

    async fn work<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = tokio::time::timeout(TURN_TIMEOUT, Arc::clone(&self.0).acquire_owned()).await;
        let Ok(Ok(place)) = turn else { return Err(ApiError::Unavailable("too many log-ins at once")) };
        let done = tokio::task::spawn_blocking(move || {
            let done = job();
            drop(place);
            done
        });
        let done = done.await.map_err(|_| ApiError::Unavailable("hashing was cut short"))?;
        done.map_err(ApiError::Password)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hash_is_verified() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }
}
