//! Whether this process wants traffic: named conditions, all of which must hold, and no stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use crate::backoff::Backoff;

/// Between the first two questions for a condition, at most.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Between any two.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Named conditions; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    conditions: BTreeMap<&'static str, bool>,
    stopping: bool,
}

/// What `/readyz` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadinessSnapshot {
    /// Every condition holds and no stop was asked for.
    pub ready: bool,
    /// The process is on its way down.
    pub stopping: bool,
    /// Each condition by name.
    pub conditions: BTreeMap<&'static str, bool>,
}

impl Readiness {
    /// Says whether the named condition holds; the first call makes it count.
    pub fn set(&self, condition: &'static str, holds: bool) {
        let before = self.0.lock().conditions.insert(condition, holds);
        if before != Some(holds) {
            tracing::debug!(condition, holds, "readiness");
        }
    }

    /// Waits until the named condition holds; asks again with growing pauses.
    pub async fn wait_for<A: Future<Output = bool>>(&self, condition: &'static str, mut holds: impl FnMut() -> A) {
        let mut pauses = Backoff::new(FIRST_PAUSE, LONGEST_PAUSE);
        self.set(condition, false);
        while !holds().await {
            tokio::time::sleep(pauses.next_delay()).await;
        }
        self.set(condition, true);
    }

    /// Whether every condition holds and no stop was asked for.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.0.lock().is_ready()
    }

    /// All of it at one moment.
    #[must_use]
    pub fn snapshot(&self) -> ReadinessSnapshot {
        let state = self.0.lock();
        ReadinessSnapshot { ready: state.is_ready(), stopping: state.stopping, conditions: state.conditions.clone() }
    }

    /// Not ready from now on, whatever the conditions say.
    pub(super) fn stopping(&self) {
        self.0.lock().stopping = true;
    }
}

impl State {
    fn is_ready(&self) -> bool {
        !self.stopping && self.conditions.values().all(|holds| *holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_when_every_condition_holds() {
        let readiness = Readiness::default();
        assert!(readiness.is_ready());
        readiness.set("nats", true);
        readiness.set("database", false);
        assert!(!readiness.is_ready());
        readiness.clone().set("database", true);
        assert!(readiness.is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn condition_is_asked_for_until_it_holds() {
        let (readiness, mut questions) = (Readiness::default(), 0);
        let asked = || {
            assert!(!readiness.is_ready());
            questions += 1;
            std::future::ready(questions == 3)
        };
        readiness.wait_for("schema", asked).await;
        assert!(readiness.is_ready());
        assert_eq!(questions, 3);
    }

    #[test]
    fn stopping_outweighs_the_conditions() {
        let readiness = Readiness::default();
        readiness.set("nats", true);
        readiness.stopping();
        readiness.set("nats", true);
        assert!(!readiness.is_ready());
        let snapshot = readiness.snapshot();
        assert!(snapshot.stopping && !snapshot.ready && snapshot.conditions["nats"]);
    }
}
