//! The rules with an hour made a minute: what lasts in operation must not last in a test. Durations are divided by 60, and those
//! thresholds that take long to reach are made small. Nothing else is changed.

use std::fmt::Write as _;
/// By how much.
const FACTOR: u64 = 60;
/// The shortest stretch that is looked at: several scrapes.
const SHORTEST: u64 = 5;
/// Thresholds that take long to reach.
const THRESHOLDS: [(&str, &str, &str); 6] = [
    ("ChatSendersWait", "> 10", "> 3"),
    ("ChatSearchBehind", "> 60", "> 2"),
    ("ChatWebhooksLate", "> 300", "> 3"),
    ("ChatPersistenceLag", "> 10 or", "> 1 or"),
    ("ChatDatabaseAway", "> 2", "> 0"),
    ("ChatKeysStale", "> 900", "> 5"),
];

/// The rules as tests use them.
pub fn rules(text: &str) -> String {
    let mut alert = "";
    let mut lines = Vec::new();
    for line in text.lines() {
        alert = line.trim().strip_prefix("- alert: ").unwrap_or(alert);
        let mut line = match line.trim().strip_prefix("for: ") {
            Some(duration) => line.replace(duration, &format!("{}ms", millis(duration) / FACTOR)),
            None => windows(line),
        };
        for (_, from, to) in THRESHOLDS.iter().filter(|(of, ..)| *of == alert) {
            line = line.replace(from, to);
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// A line with its `[5m]` made shorter.
fn windows(line: &str) -> String {
    let mut parts = line.split('[');
    let mut shorter = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (duration, rest) = part.split_once(']').expect("windows are closed");
        let seconds = (millis(duration) / FACTOR / 1000).max(SHORTEST);
        let _infallible = write!(shorter, "[{seconds}s]{rest}");
    }
    shorter
}

fn millis(duration: &str) -> u64 {
    let (number, unit) = duration.split_at(duration.len() - 1);
    let unit = match unit {
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => panic!("{duration}"),
    };
    number.parse::<u64>().unwrap() * unit
}

#[test]
fn durations_and_thresholds_alone_are_changed() {
    let text = "x: rate(a[5m]) / rate(b[1h])\n- alert: ChatSendersWait\n expr: max(a) > 10\n for: 2m\n- alert: B\n expr: c > 10";
    let expected = "x: rate(a[5s]) / rate(b[60s])\n- alert: ChatSendersWait\n expr: max(a) > 3\n for: 2000ms\n- alert: B\n expr: c > 10";
    assert_eq!(rules(text), expected);
}
