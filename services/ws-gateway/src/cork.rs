//! How soon after each other the readers of a conversation are woken: at once after a rest; then not before a moment has passed, so
//! that what comes in quick succession reaches each of them in one write.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::sleep_until;

/// The rest between two wakings.
const REST: Duration = Duration::from_millis(3);

/// The cork of one conversation.
#[derive(Debug, Default)]
pub struct Cork {
    state: Mutex<State>,
    /// Notified when somebody has to be woken later.
    waits: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// When the readers may be woken again.
    free_at: Option<Instant>,
    is_waiting: bool,
}

impl Cork {
    /// There is something new: wakes the readers now, or has it done when [`due`](Self::due) returns.
    pub fn pull(&self, wake: impl FnOnce()) {
        if self.take(Instant::now()) {
            wake();
        }
    }

    fn take(&self, now: Instant) -> bool {
        let mut state = self.state.lock();
        if state.free_at.is_some_and(|free_at| now < free_at) {
            if !std::mem::replace(&mut state.is_waiting, true) {
                self.waits.notify_one();
            }
            return false;
        }
        *state = State { free_at: Some(now + REST), is_waiting: false };
        true
    }

    /// Returns when those have to be woken who were not woken at once; never while there are none. Safe to cancel: they are
    /// still to be woken until [`out`](Self::out).
    pub async fn due(&self) {
        loop {
            let until = {
                let state = self.state.lock();
                state.free_at.filter(|_| state.is_waiting)
            };
            match until {
                Some(until) => return sleep_until(until.into()).await,
                None => self.waits.notified().await,
            }
        }
    }

    /// The readers are being woken.
    pub fn out(&self) {
        *self.state.lock() = State { free_at: Some(Instant::now() + REST), is_waiting: false };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_wakes_at_once_and_what_follows_wakes_once() {
        let (cork, now) = (Cork::default(), Instant::now());
        assert!(cork.take(now));
        assert!(!cork.take(now + REST / 3) && !cork.take(now + REST / 2));
        assert!(cork.state.lock().is_waiting);
        cork.out();
        assert!(!cork.state.lock().is_waiting);
        assert!(cork.take(Instant::now() + REST));
    }
}
