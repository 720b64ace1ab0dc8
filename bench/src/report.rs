//! The result, as a table for people and as JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use crate::cpu::{OWN, Usage};
use crate::latency::{Latencies, Summary};
use crate::socket::Seen;

/// From this share of a core on, the load program may be what is measured.
const OWN_LIMIT_PERCENT: f64 = 80.0;

/// How the load was made.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Setup {
    pub(crate) seconds: u64,
    pub(crate) sockets: usize,
    pub(crate) connections: u32,
    pub(crate) conversations: u32,
    pub(crate) members: u32,
    pub(crate) content_bytes: u32,
    pub(crate) spacing: String,
}

/// One rate.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Step {
    rate: u32,
    sent: u64,
    acked: u64,
    refused: BTreeMap<String, u64>,
    unanswered: u64,
    received: u64,
    /// Deliveries of acknowledged messages to other participants that did not come.
    missing: u64,
    ack_ms: Summary,
    received_ms: Summary,
    /// From the intended time to the hand-over to the socket: the load program's own part in the latencies.
    send_delay_ms: Summary,
    /// Of one core.
    own_cpu_percent: f64,
    cpu_us_per_message: BTreeMap<String, f64>,
}

/// The whole run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    setup: Setup,
    pub(crate) steps: Vec<Step>,
    out_of_order: u64,
    closed: Vec<String>,
}

impl Step {
    pub(crate) fn new(rate: u32, members: u32, sent: u64, seen: Vec<Seen>, took: Duration, used: &Usage) -> Self {
        let mut step = Self { rate, sent, ..Self::default() };
        let (mut acks, mut receipts, mut delays) = <(Latencies, Latencies, Latencies)>::default();
        for one in seen {
            step.acked += one.acked;
            step.received += one.received;
            for (code, count) in one.refused {
                *step.refused.entry(code).or_default() += count;
            }
            acks.extend(one.acks);
            receipts.extend(one.receipts);
            delays.extend(one.send_delays);
        }
        (step.ack_ms, step.received_ms, step.send_delay_ms) = (acks.summary(), receipts.summary(), delays.summary());
        step.unanswered = sent.saturating_sub(step.acked + step.refused.values().sum::<u64>());
        step.missing = (step.acked * (u64::from(members) - 1)).saturating_sub(step.received);
        let own = used.get(OWN).copied().unwrap_or_default();
        step.own_cpu_percent = rounded(100.0 * own.as_secs_f64() / took.as_secs_f64());
        let messages = f64::from(u32::try_from(step.acked.max(1)).unwrap_or(u32::MAX));
        let each = |used: &Duration| rounded(used.as_secs_f64() * 1e6 / messages);
        step.cpu_us_per_message = used.iter().map(|(name, used)| ((*name).to_owned(), each(used))).collect();
        step
    }
}

impl Report {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, steps: Vec::new(), out_of_order: 0, closed: Vec::new() }
    }

    pub(crate) fn note_socket(&mut self, out_of_order: u64, closed: Option<String>) {
        self.out_of_order += out_of_order;
        self.closed.extend(closed);
    }

    /// Whether everything that was sent was answered, and what was acknowledged came to everybody, once and in order.
    pub(crate) fn is_clean(&self) -> bool {
        let is_whole = |step: &Step| step.unanswered == 0 && step.missing == 0;
        self.out_of_order == 0 && self.closed.is_empty() && self.steps.iter().all(is_whole)
    }

    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        let Setup { seconds, sockets, connections, conversations, members, content_bytes, spacing } = &self.setup;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{seconds} s a rate, {connections} senders among {sockets} sockets, {conversations} conversations of \
             {members}, {content_bytes} bytes, {spacing} spacing"
        );
        let _ = writeln!(text, "\nms from the intended time     p50      p90      p99    p99.9      max");
        for step in &self.steps {
            let rows = [("acked", step.ack_ms), ("received", step.received_ms), ("handed over", step.send_delay_ms)];
            for (name, row) in rows {
                let Summary { p50, p90, p99, p999, max } = row;
                let _ =
                    writeln!(text, "{:>7}/s  {name:<13}{p50:>9.2}{p90:>9.2}{p99:>9.2}{p999:>9.2}{max:>9.2}", step.rate);
            }
        }
        self.write_counts(&mut text);
        self.write_cpu(&mut text);
        self.write_trouble(&mut text);
        text
    }

    fn write_counts(&self, text: &mut String) {
        let _ = writeln!(text, "\nmessages       sent    acked  refused  unanswered  received  missing");
        for step in &self.steps {
            let refused: u64 = step.refused.values().sum();
            let _ = writeln!(
                text,
                "{:>7}/s {:>9}{:>9}{refused:>9}{:>12}{:>10}{:>9}",
                step.rate, step.sent, step.acked, step.unanswered, step.received, step.missing
            );
        }
        for step in self.steps.iter().filter(|step| !step.refused.is_empty()) {
            let _ = writeln!(text, "{:>7}/s refused: {:?}", step.rate, step.refused);
        }
    }

    fn write_cpu(&self, text: &mut String) {
        let Some(first) = self.steps.first() else { return };
        let _ = write!(text, "\nCPU µs/message");
        for name in first.cpu_us_per_message.keys() {
            let _ = write!(text, "{name:>12}");
        }
        let _ = writeln!(text, "   load, % of a core");
        for step in &self.steps {
            let _ = write!(text, "{:>12}/s", step.rate);
            for each in step.cpu_us_per_message.values() {
                let _ = write!(text, "{each:>12.0}");
            }
            let _ = writeln!(text, "{:>20.0}", step.own_cpu_percent);
        }
    }

    fn write_trouble(&self, text: &mut String) {
        if self.steps.iter().any(|step| step.own_cpu_percent > OWN_LIMIT_PERCENT) {
            let _ = writeln!(text, "\nThe load program used most of a core: its own limits are in these figures.");
        }
        if self.out_of_order > 0 {
            let _ = writeln!(text, "\n{} events did not follow the one before.", self.out_of_order);
        }
        let mut reasons: BTreeMap<&str, u32> = BTreeMap::new();
        for reason in &self.closed {
            *reasons.entry(reason).or_default() += 1;
        }
        for (reason, count) in reasons {
            let _ = writeln!(text, "\n{count} sockets were closed: {reason}");
        }
    }
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        Setup {
            seconds: 1,
            sockets: 3,
            connections: 1,
            conversations: 1,
            members: 3,
            content_bytes: 1,
            spacing: "even".to_owned(),
        }
    }

    fn step(acked: u64, received: u64, refused: u64) -> Step {
        let refused = BTreeMap::from([("unavailable".to_owned(), refused)]);
        let seen = vec![Seen { acked, received, refused, ..Seen::default() }];
        let used = Usage::from([(OWN, Duration::from_millis(500))]);
        Step::new(10, 3, 10, seen, Duration::from_secs(1), &used)
    }

    #[test]
    fn what_did_not_come_is_counted() {
        let step = step(7, 12, 2);
        assert_eq!((step.unanswered, step.missing), (1, 2));
    }

    #[test]
    fn refusals_are_no_fault_but_losses_are() {
        let mut report = Report::new(setup());
        report.steps.push(step(8, 16, 2));
        assert!(report.is_clean());
        report.note_socket(0, Some("4002 too slow".to_owned()));
        assert!(!report.is_clean());
        assert!(report.table().contains("1 sockets were closed: 4002 too slow"));
    }

    #[test]
    fn own_share_is_told() {
        assert!((step(8, 16, 2).own_cpu_percent - 50.0).abs() < 0.1);
    }
}
