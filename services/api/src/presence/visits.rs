//! When people were last here: gathered from what the presence service says, and written down about each second. Each
//! statement reaches one api; what that cannot write in time is lost with it, and the next visit is written again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chat_bus::Bus;
use chat_protocol::ids::UserId;
use chat_protocol::presence::{DIFFS_WILDCARD, PresenceDiff, UserPresence};
use chat_protocol::time::Timestamp;
use chat_runtime::backoff::Backoff;
use chat_store::presence;
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::error::ApiError;

/// The queue group: each statement is written by one api.
const GROUP: &str = "api";
/// How often visits are written.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);
/// The visits of one statement.
const BATCH: usize = 2000;
/// Visits that may wait for the database; further people's are dropped.
const CAPACITY: usize = 100_000;

/// Gathers and writes until the stop, and what is left then.
pub(crate) async fn note_visits(app: Arc<App>, bus: Bus, stop: CancellationToken) -> anyhow::Result<()> {
    let mut diffs = bus.client().queue_subscribe(DIFFS_WILDCARD, GROUP.to_owned()).await.context("diffs")?;
    let mut visits = Visits::default();
    let mut backoff = Backoff::new(WRITE_INTERVAL, Duration::from_secs(10));
    let mut write_at = Instant::now() + WRITE_INTERVAL;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = sleep_until(write_at), if !visits.is_empty() => {
                let pause = match visits.write(&app).await {
                    Ok(()) => { backoff.reset(); WRITE_INTERVAL }
                    Err(error) => {
                        tracing::warn!("last visits cannot be written yet: {error}");
                        WRITE_INTERVAL + backoff.next_delay()
                    }
                };
                write_at = Instant::now() + pause;
            }
            diff = diffs.next() => match diff.map(|message| serde_json::from_slice::<PresenceDiff>(&message.payload)) {
                Some(Ok(diff)) => visits.gather(&diff.users),
                Some(Err(error)) => tracing::warn!(%error, "malformed statements about presence"),
                None => anyhow::bail!("the subscription has ended"),
            },
        }
    }
    visits.write(&app).await.context("last visits")
}

/// Visits that are not written yet: the last of each person.
#[derive(Debug, Default)]
struct Visits(BTreeMap<UserId, Timestamp>);

impl Visits {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn gather(&mut self, statements: &[UserPresence]) {
        for statement in statements {
            let Some(at) = statement.last_seen.filter(|_| !statement.status.is_online()) else { continue };
            if self.0.len() < CAPACITY || self.0.contains_key(&statement.user_id) {
                let last = self.0.entry(statement.user_id).or_insert(at);
                *last = at.max(*last);
            } else {
                metrics::counter!("chat_api_visits_dropped_total").increment(1);
            }
        }
    }

    /// Writes all of them; those that could not be written stay.
    async fn write(&mut self, app: &App) -> Result<(), ApiError> {
        while !self.is_empty() {
            let later = self.0.keys().nth(BATCH).copied().map(|first| self.0.split_off(&first)).unwrap_or_default();
            app.within(presence::note_last_seen(app.database.pool(), &self.0)).await.inspect_err(|_| {
                self.0.extend(&later);
            })?;
            self.0 = later;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::presence::PresenceStatus;

    use super::*;

    fn user(id: i64) -> UserId {
        UserId::new(id).unwrap()
    }

    fn at(secs: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(secs, 0).unwrap().into()
    }

    fn said(id: i64, status: PresenceStatus, last_seen: Option<i64>) -> UserPresence {
        UserPresence { user_id: user(id), status, last_seen: last_seen.map(at), as_of: at(1) }
    }

    #[test]
    fn last_departure_of_each_person_is_kept() {
        let mut visits = Visits::default();
        visits.gather(&[
            said(1, PresenceStatus::Offline, Some(5)),
            said(2, PresenceStatus::Online, None),
            said(3, PresenceStatus::Offline, None),
        ]);
        visits.gather(&[said(1, PresenceStatus::Offline, Some(4)), said(4, PresenceStatus::Offline, Some(2))]);
        assert_eq!(visits.0, BTreeMap::from([(user(1), at(5)), (user(4), at(2))]));
        visits.gather(&[said(1, PresenceStatus::Offline, Some(6))]);
        assert_eq!(visits.0[&user(1)], at(6));
    }

    #[test]
    fn visits_that_wait_are_bounded() {
        let mut visits = Visits::default();
        let count = i64::try_from(CAPACITY).unwrap();
        let many: Vec<_> = (1..=count + 10).map(|id| said(id, PresenceStatus::Offline, Some(1))).collect();
        visits.gather(&many);
        visits.gather(&[said(1, PresenceStatus::Offline, Some(9))]);
        assert_eq!((visits.0.len(), visits.0[&user(1)]), (CAPACITY, at(9)));
    }
}
