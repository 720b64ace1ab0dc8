//! The last minutes of this process: points of its plots, and when its conditions changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::plots::{self, Plot, Reading};
use crate::lifecycle::{Readiness, ReadinessSnapshot};

/// How often a point is made.
pub(super) const STEP: Duration = Duration::from_secs(2);
/// How many points are kept: ten minutes.
const KEPT: usize = 300;
/// How many changes are kept.
const CHANGES: usize = 100;

/// What is shown of this process; clones share it.
#[derive(Clone)]
pub(super) struct History(Arc<Mutex<Inner>>);

struct Inner {
    service: &'static str,
    instance: Option<String>,
    readiness: Readiness,
    started: u128,
    plots: Vec<Plot>,
    points: Vec<VecDeque<Option<f64>>>,
    last: (Instant, Reading),
    conditions: BTreeMap<String, bool>,
    changes: VecDeque<Change>,
}

/// A condition began or ceased to hold.
#[derive(Debug, Clone, Serialize)]
struct Change {
    at: u128,
    what: String,
    holds: bool,
}

impl History {
    /// Begins empty.
    pub(super) fn new(service: &'static str, instance: Option<String>, readiness: Readiness) -> Self {
        let plots = plots::of(service);
        Self(Arc::new(Mutex::new(Inner {
            service,
            instance,
            readiness,
            started: now_millis(),
            points: vec![VecDeque::with_capacity(KEPT); plots.len()],
            plots,
            last: (Instant::now(), Reading::default()),
            conditions: BTreeMap::new(),
            changes: VecDeque::new(),
        })))
    }

    /// Makes the points of now out of what is measured.
    pub(super) fn note(&self, metrics: &str) {
        let reading = Reading::parse(metrics);
        let mut inner = self.0.lock();
        let Inner { plots, points, last, .. } = &mut *inner;
        let seconds = last.0.elapsed().as_secs_f64().max(0.001);
        for (plot, points) in plots.iter().zip(points) {
            if points.len() == KEPT {
                points.pop_front();
            }
            points.push_back(plot.point(&last.1, &reading, seconds));
        }
        inner.last = (Instant::now(), reading);
        inner.note_changes();
    }

    /// All of it: with the points and the changes, or what is so now alone.
    pub(super) fn show(&self, is_whole: bool) -> Value {
        let inner = self.0.lock();
        let now: Vec<_> = inner.points.iter().map(|points| points.back().copied().flatten()).collect();
        let mut shown = json!({
            "service": inner.service,
            "instance": inner.instance,
            "version": env!("CARGO_PKG_VERSION"),
            "at": now_millis(),
            "started": inner.started,
            "readiness": inner.readiness.snapshot(),
            "nats": inner.nats(),
            "plots": inner.plots,
            "now": now,
        });
        if is_whole {
            shown["points"] = json!(inner.points);
            shown["step"] = json!(STEP.as_millis());
            shown["changes"] = json!(inner.changes);
            shown["lags"] = json!(inner.lags());
        }
        shown
    }
}

impl Inner {
    fn nats(&self) -> Option<bool> {
        self.last.1.series("chat_nats_connected").first().map(|(_, value)| *value > 0.0)
    }

    /// The lag of each partition.
    fn lags(&self) -> BTreeMap<u16, f64> {
        let series = self.last.1.series("chat_persistence_partition_lag_messages");
        let number = |labels: &str| labels.split('"').nth(1)?.parse().ok();
        series.iter().filter_map(|(labels, value)| Some((number(labels)?, *value))).collect()
    }

    fn note_changes(&mut self) {
        let ReadinessSnapshot { ready, stopping, conditions } = self.readiness.snapshot();
        let mut found: BTreeMap<_, _> = conditions.into_iter().map(|(name, holds)| (name.to_owned(), holds)).collect();
        found.extend([("ready".to_owned(), ready), ("stopping".to_owned(), stopping)]);
        found.extend(self.nats().map(|holds| ("connected to NATS".to_owned(), holds)));
        for (what, holds) in &found {
            if self.conditions.get(what).is_some_and(|before| before != holds) {
                self.changes.push_front(Change { at: now_millis(), what: what.clone(), holds: *holds });
            }
        }
        self.changes.truncate(CHANGES);
        self.conditions = found;
    }
}

fn now_millis() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_changes_are_kept_and_old_ones_go() {
        let readiness = Readiness::default();
        let history = History::new("presence", Some("p-1".into()), readiness.clone());
        readiness.set("leases", false);
        history.note("chat_presence_online_users 3\nchat_nats_connected 1\n");
        readiness.set("leases", true);
        history.note("chat_presence_online_users 4\nchat_nats_connected 0\n");
        let shown = history.show(true);
        let online =
            shown["plots"].as_array().unwrap().iter().position(|plot| plot["title"] == "People online").unwrap();
        assert_eq!(shown["points"][online], json!([3.0, 4.0]));
        assert_eq!((&shown["now"][online], &shown["nats"]), (&json!(4.0), &json!(false)));
        let changes: Vec<_> =
            shown["changes"].as_array().unwrap().iter().map(|change| (&change["what"], &change["holds"])).collect();
        for expected in [("leases", true), ("ready", true), ("connected to NATS", false)] {
            assert!(changes.contains(&(&json!(expected.0), &json!(expected.1))), "{changes:?}");
        }
        for _ in 0..KEPT {
            history.note("");
        }
        assert_eq!(history.show(true)["points"][online].as_array().unwrap().len(), KEPT);
        assert!(history.show(false)["points"].is_null());
    }
}
