//! What is aimed at, and how far it is: figure, target, and the floor of the same run. Nothing here is asserted.

use self::Reach::{AtLeast, AtMost};
use super::results::Results;

/// What is reached when.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reach {
    AtLeast(f64),
    AtMost(f64),
}

/// One aim.
pub(super) struct Target {
    pub(super) work: &'static str,
    pub(super) unit: &'static str,
    pub(super) reach: Reach,
    pub(super) figure: fn(&Results) -> Option<f64>,
    /// The floor beside it, in its own words.
    pub(super) floor: fn(&Results) -> Option<String>,
}

const fn aim(
    work: &'static str,
    unit: &'static str,
    reach: Reach,
    figure: fn(&Results) -> Option<f64>,
    floor: fn(&Results) -> Option<String>,
) -> Target {
    Target { work, unit, reach, figure, floor }
}

impl Target {
    pub(super) fn is_reached(&self, figure: f64) -> bool {
        match self.reach {
            AtLeast(least) => figure >= least,
            AtMost(most) => figure <= most,
        }
    }
}

const NO_FLOOR: fn(&Results) -> Option<String> = |_| None;

/// In the order of the page.
#[rustfmt::skip]
pub(super) const TARGETS: &[Target] = &[
    aim("fan-out to 1,000 receivers, paced: gateway CPU a delivery against the raw floor", "×", AtMost(1.25),
        |all| all.get("fanout-paced", "figures.ratio"), |all| floor_cpu(all, "fanout-paced")),
    aim("the same in bursts of ten", "×", AtMost(1.5),
        |all| all.get("fanout-bursts", "figures.ratio"), |all| floor_cpu(all, "fanout-bursts")),
    aim("the same, saturated", "×", AtMost(1.5),
        |all| all.get("fanout-saturated", "figures.ratio"), |all| floor_cpu(all, "fanout-saturated")),
    aim("the same, saturated: deliveries a second", "/s", AtLeast(1_000_000.0),
        |all| all.get("fanout-saturated", "figures.deliveries_per_s"), floor_rate),
    aim("two gateways instead of one: CPU a delivery, both against their floors", "×", AtMost(1.1),
        |all| ratio(all, ("fanout-two-gateways", "figures.ratio"), ("fanout-paced", "figures.ratio")), NO_FLOOR),
    aim("many conversations of 10: acknowledged messages a second against the Django original", "×", AtLeast(50.0),
        |all| against(all, "django", "acked_per_s"), insert_floor),
    aim("the same: deliveries a second", "×", AtLeast(50.0),
        |all| against(all, "django", "deliveries_per_s"), NO_FLOOR),
    aim("many conversations of 10: acknowledged messages a second against Socket.IO on Node", "×", AtLeast(2.5),
        |all| against(all, "socketio", "acked_per_s"), insert_floor),
    aim("the same: deliveries a second", "×", AtLeast(2.5),
        |all| against(all, "socketio", "deliveries_per_s"), NO_FLOOR),
    aim("stored and acknowledged, saturated", "/s", AtLeast(10_000.0), saturation, insert_floor),
    aim("send to acknowledgement at 1,000/s, p50", "ms", AtMost(2.5),
        |all| all.get("ack-rates", "steps.1.ack_ms.p50"), single_insert),
    aim("send to acknowledgement at 1,000/s, p99", "ms", AtMost(10.0),
        |all| all.get("ack-rates", "steps.1.ack_ms.p99"), NO_FLOOR),
    aim("the same at half the saturation or the measured rate below it, p99", "ms", AtMost(25.0), late_at_half, NO_FLOOR),
    aim("marks of nine readers of each message: their CPU against the message's", "×", AtMost(1.0),
        |all| all.get("marks", "figures.marks_ratio"), NO_FLOOR),
    aim("the slowest of history page, resume of 50 and unread at 50 million messages, warm, p99", "ms", AtMost(5.0),
        |all| slowest_read(all, "reads-50m", "messages_50000000"), NO_FLOOR),
    aim("the same against 1 million, of the same run", "×", AtMost(1.2),
        |all| Some(slowest_read(all, "reads-50m", "messages_50000000")? / slowest_read(all, "reads-50m", "messages_1000000")?), NO_FLOOR),
    aim("an idle socket of 19,000: user memory", "bytes", AtMost(4096.0),
        |all| all.get("idle", "figures.anonymous_bytes_per_socket"), NO_FLOOR),
    aim("5,000 sockets cut at once: all resumed after", "s", AtMost(5.0),
        |all| all.get("reconnect", "figures.all_resumed_s"), NO_FLOOR),
    aim("the same: transactions of Postgres for each resumed socket", "", AtMost(0.2),
        |all| all.get("reconnect", "figures.postgres_transactions_per_socket"), NO_FLOOR),
];

/// What people read that must not feel how much there is.
const READS: [&str; 4] = ["history_newest", "history_older", "resume", "unread"];

/// The rates of `ack-rates`, in order.
const ACK_RATES: [f64; 5] = [200.0, 1000.0, 2500.0, 4000.0, 5000.0];

/// Acknowledged messages a second, with the best window.
fn saturation(all: &Results) -> Option<f64> {
    all.get("pairs-saturated", "figures.acked_per_s")
}

fn ratio(all: &Results, one: (&str, &str), other: (&str, &str)) -> Option<f64> {
    Some(all.get(one.0, one.1)? / all.get(other.0, other.1)?)
}

/// The answer of the api, nothing cold.
fn slowest_read(all: &Results, scenario: &str, size: &str) -> Option<f64> {
    let p99 = |read| all.get(scenario, &format!("figures.{size}.warm.{read}.answer_ms.p99"));
    READS.into_iter().filter_map(p99).reduce(f64::max)
}

fn floor_rate(all: &Results) -> Option<String> {
    Some(format!("{:.0}/s raw writes", all.get("fanout-saturated", "floor.deliveries_per_s")?))
}

fn late_at_half(all: &Results) -> Option<f64> {
    let half = saturation(all)? / 2.0;
    let step = ACK_RATES.iter().rposition(|rate| *rate <= half)?;
    all.get("ack-rates", &format!("steps.{step}.ack_ms.p99"))
}

/// Of the original the better of its two ways to run.
fn against(all: &Results, peer: &str, figure: &str) -> Option<f64> {
    let own = ["many", "many-two-gateways"].into_iter();
    let own = own.filter_map(|name| all.get(name, &format!("figures.{figure}"))).reduce(f64::max)?;
    let theirs = all.scenarios.keys().filter(|name| name.starts_with(&format!("many@{peer}")));
    let theirs = theirs.filter_map(|name| all.get(name, &format!("figures.{figure}"))).reduce(f64::max)?;
    Some(own / theirs)
}

fn floor_cpu(all: &Results, scenario: &str) -> Option<String> {
    Some(format!("{:.2} µs a delivery", all.get(scenario, "floor.cpu_us_per_delivery")?))
}

fn insert_floor(all: &Results) -> Option<String> {
    Some(format!("{:.0} rows/s inserted", all.get("floor-insert", "figures.rows_per_s")?))
}

fn single_insert(all: &Results) -> Option<String> {
    Some(format!("{:.2} ms for one row", all.get("floor-insert", "figures.batch_1.insert_ms.p50")?))
}
