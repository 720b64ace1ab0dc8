//! What the status page draws, out of what is measured anyway.

use std::collections::HashMap;

use serde::Serialize;

use self::From::{Gauge, Max, Quantile, Rate};

/// How a point is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// The sum of a gauge's series; of those alone whose labels have this in them.
    Gauge(&'static str, &'static str),
    /// The highest of a gauge's series.
    Max(&'static str),
    /// How much a counter grew, a second.
    Rate(&'static str),
    /// A quantile of what a histogram has observed since the last point, in milliseconds.
    Quantile(&'static str, f64),
}

/// One plot.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Plot {
    title: &'static str,
    unit: &'static str,
    #[serde(skip)]
    from: From,
    #[serde(skip)]
    of: &'static [&'static str],
}

const ALL: &[&str] = &["api", "ws-gateway", "persistence", "presence"];
const PUBLIC: &[&str] = &["api", "ws-gateway"];
const STORED: &[&str] = &["api", "persistence"];
const GATEWAY: &[&str] = &["ws-gateway"];
const WORKER: &[&str] = &["persistence"];

#[rustfmt::skip]
const PLOTS: &[Plot] = &[
    Plot { title: "Open sockets", unit: "", from: Gauge("chat_gateway_sockets", ""), of: GATEWAY },
    Plot { title: "Deliveries", unit: "/s", from: Rate("chat_gateway_deliveries_total"), of: GATEWAY },
    Plot { title: "Delivery, 99 %", unit: "ms", from: Quantile("chat_gateway_delivery_seconds", 0.99), of: GATEWAY },
    Plot { title: "Requests", unit: "/s", from: Rate("chat_api_http_requests_total"), of: &["api"] },
    Plot { title: "Request, 99 %", unit: "ms", from: Quantile("chat_api_http_request_duration_seconds", 0.99), of: &["api"] },
    Plot { title: "Answer to a command, 99 %", unit: "ms", from: Quantile("chat_commands_answer_seconds", 0.99), of: PUBLIC },
    Plot { title: "Commands unanswered", unit: "", from: Gauge("chat_commands_unanswered", ""), of: PUBLIC },
    Plot { title: "Commands answered", unit: "/s", from: Rate("chat_persistence_commands_total"), of: WORKER },
    Plot { title: "Statement and commit, 99 %", unit: "ms", from: Quantile("chat_persistence_batch_seconds", 0.99), of: WORKER },
    Plot { title: "Highest lag of a partition", unit: "messages", from: Max("chat_persistence_partition_lag_messages"), of: WORKER },
    Plot { title: "Partitions owned", unit: "of 64", from: Gauge("chat_persistence_partitions", ""), of: WORKER },
    Plot { title: "Events not published yet", unit: "", from: Gauge("chat_persistence_unpublished_events", ""), of: WORKER },
    Plot { title: "People online", unit: "", from: Gauge("chat_presence_online_users", ""), of: &["presence"] },
    Plot { title: "Gateways heard", unit: "", from: Gauge("chat_presence_leases", ""), of: &["presence"] },
    Plot { title: "Postgres connections in use", unit: "", from: Gauge("chat_database_connections", "state=\"used\""), of: STORED },
    Plot { title: "Memory", unit: "bytes", from: Gauge("chat_process_memory_bytes", ""), of: ALL },
];

/// The plots of a service.
pub(super) fn of(service: &str) -> Vec<Plot> {
    PLOTS.iter().filter(|plot| plot.of.contains(&service)).copied().collect()
}

/// All series of one moment: by name their labels and values.
#[derive(Debug, Default)]
pub(super) struct Reading(HashMap<String, Vec<(String, f64)>>);

impl Reading {
    /// Reads the text format of Prometheus.
    pub(super) fn parse(text: &str) -> Self {
        let mut series: HashMap<String, Vec<(String, f64)>> = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            let (name, labels) = name.split_once('{').unwrap_or((name, ""));
            let Ok(value) = value.parse() else { continue };
            series.entry(name.to_owned()).or_default().push((labels.to_owned(), value));
        }
        Self(series)
    }

    /// The series of a name.
    pub(super) fn series(&self, name: &str) -> &[(String, f64)] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn sum(&self, name: &str, label: &str) -> f64 {
        self.series(name).iter().filter(|(labels, _)| labels.contains(label)).map(|(_, value)| value).sum()
    }

    /// The buckets of a histogram, added up over its series: bound and count up to it, ascending.
    fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for (labels, value) in self.series(&format!("{name}_bucket")) {
            let bound = labels.split("le=\"").nth(1).and_then(|rest| rest.split('"').next());
            let Some(bound) = bound.and_then(|bound| bound.replace("+Inf", "inf").parse::<f64>().ok()) else {
                continue;
            };
            match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
                Some((_, count)) => *count += value,
                None => buckets.push((bound, *value)),
            }
        }
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        buckets
    }
}

impl Plot {
    /// The point of now; none where nothing was observed.
    pub(super) fn point(&self, before: &Reading, now: &Reading, seconds: f64) -> Option<f64> {
        match self.from {
            Gauge(name, label) => Some(now.sum(name, label)),
            Max(name) => now.series(name).iter().map(|(_, value)| *value).reduce(f64::max),
            Rate(name) => Some((now.sum(name, "") - before.sum(name, "")).max(0.0) / seconds),
            Quantile(name, quantile) => {
                let (old, new) = (before.buckets(name), now.buckets(name));
                let count_before = |bound: f64| {
                    old.iter().find(|(known, _)| known.total_cmp(&bound).is_eq()).map_or(0.0, |(_, count)| *count)
                };
                let grown: Vec<_> = new.iter().map(|(bound, count)| (*bound, count - count_before(*bound))).collect();
                Some(within(&grown, quantile)? * 1000.0)
            }
        }
    }
}

/// The quantile of cumulated buckets, by straight lines within a bucket; the last bound for what is beyond it.
fn within(buckets: &[(f64, f64)], quantile: f64) -> Option<f64> {
    let rank = buckets.last().map(|(_, all)| all * quantile).filter(|rank| *rank > 0.0)?;
    let (mut low, mut below) = (0.0, 0.0);
    for (bound, count) in buckets {
        if *count >= rank {
            let is_open = bound.is_infinite();
            return Some(if is_open { low } else { low + (bound - low) * (rank - below) / (count - below) });
        }
        (low, below) = (*bound, *count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "# TYPE a_total counter\na_total{x=\"1\"} 2\nb{y=\"z\"} 7\nh_bucket{le=\"0.1\"} 0\nh_bucket{le=\"1\"} 0\nh_bucket{le=\"+Inf\"} 0\n";
    const NOW: &str = "a_total{x=\"1\"} 6\na_total{x=\"2\"} 2\nb{y=\"z\"} 7\nb{y=\"w\"} 9\nh_bucket{le=\"0.1\"} 50\nh_bucket{le=\"1\"} 100\nh_bucket{le=\"+Inf\"} 100\n";

    fn point(from: From) -> Option<f64> {
        let plot = Plot { title: "", unit: "", from, of: &[] };
        plot.point(&Reading::parse(BEFORE), &Reading::parse(NOW), 2.0)
    }

    #[test]
    fn points_are_sums_highest_values_rates_and_quantiles() {
        assert_eq!(point(Gauge("b", "")), Some(16.0));
        assert_eq!(point(Gauge("b", "y=\"z\"")), Some(7.0));
        assert_eq!(point(Max("b")), Some(9.0));
        assert_eq!(point(Rate("a_total")), Some(3.0));
        assert_eq!(point(Quantile("h", 0.75)), Some(550.0));
    }

    #[test]
    fn nothing_observed_is_no_point() {
        assert_eq!(point(Quantile("none", 0.99)), None);
        assert_eq!(point(Max("none")), None);
        let same = Reading::parse(NOW);
        let plot = Plot { title: "", unit: "", from: Quantile("h", 0.5), of: &[] };
        assert_eq!(plot.point(&same, &Reading::parse(NOW), 1.0), None);
    }

    #[test]
    fn what_is_drawn_is_measured_by_the_services_that_draw_it() {
        for plot in PLOTS {
            let (Gauge(name, _) | Max(name) | Rate(name) | Quantile(name, _)) = plot.from;
            let metric = crate::telemetry::METRICS.iter().find(|metric| metric.name == name).expect(name);
            assert!(plot.of.iter().all(|service| metric.of.contains(service)), "{name}");
        }
    }
}
