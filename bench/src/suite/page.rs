//! `results.md`: the results as a page. It is made of `results.json` alone; a test holds the one against the other.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::results::{Outcome, Results};
use super::targets::{Reach, TARGETS};

/// Figures of systems side by side.
const SYSTEMS: [(&str, &str); 5] = [
    ("many", "this, one gateway"),
    ("many-two-gateways", "this, two gateways"),
    ("many@socketio", "Socket.IO on Node.js, an INSERT a message"),
    ("many@django", "Django, Channels in memory, 1 process"),
    ("many@django-redis", "Django, Channels over Redis, 2 processes"),
];

pub(super) fn write(out: &Path, results: &Results) -> anyhow::Result<()> {
    fs::create_dir_all(out)?;
    Ok(fs::write(out.join("results.md"), page(results))?)
}

/// All of it. Writing to a string cannot fail.
fn page(results: &Results) -> String {
    let mut text = "# Results\n\nMade by `make bench` of [results.json](results.json); not edited by hand. What is measured and how \
                    stands in [performance.md](../performance.md).\n\n"
        .to_owned();
    let machine = &results.machine;
    let _ = writeln!(
        text,
        "Version {}, {} cores ({}), {} GB, Linux {}, everything on them, the load program too. Medians; lowest and highest of all \
         rounds in parentheses.\n",
        machine.version, machine.cores, machine.cpu, machine.memory_gb, machine.kernel
    );
    write_notes(&mut text, results);
    let _ = writeln!(text, "## What is aimed at\n\n{}", targets(results));
    write_systems(&mut text, results);
    text.push_str(PLOTS);
    if results.scenarios.contains_key("churn") {
        text.push_str("![Memory while sockets come and go](memory.svg)\n\n");
    }
    text.push_str("## Every figure\n");
    for (name, outcome) in &results.scenarios {
        write_scenario(&mut text, name, outcome);
    }
    text
}

/// Figures that are not what the page says of all.
fn write_notes(text: &mut String, results: &Results) {
    let noted: Vec<_> = results.scenarios.iter().filter(|(_, outcome)| !outcome.note.is_empty()).collect();
    if noted.is_empty() {
        return;
    }
    text.push_str("**Not from rounds of `make bench`**, until it is run again:\n\n");
    for (name, outcome) in noted {
        let _ = writeln!(text, "- `{name}`: {}", outcome.note);
    }
    text.push('\n');
}

/// Figure, target, floor.
pub(super) fn targets(results: &Results) -> String {
    let mut text = "| work | reach | figure | reached | floor of the same run |\n|---|---|---|---|---|\n".to_owned();
    for target in TARGETS {
        let reach = match target.reach {
            Reach::AtLeast(least) => format!("≥ {}", number(least)),
            Reach::AtMost(most) => format!("≤ {}", number(most)),
        };
        let figure = (target.figure)(results);
        let told = figure.map_or("–".to_owned(), |figure| format!("{} {}", number(figure), target.unit));
        let reached = figure.map_or("not measured", |figure| if target.is_reached(figure) { "yes" } else { "**no**" });
        let floor = (target.floor)(results).unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(text, "| {} | {reach} {} | {told} | {reached} | {floor} |", target.work, target.unit);
    }
    text
}

fn write_systems(text: &mut String, results: &Results) {
    text.push_str(
        "## Beside others\n\n100 conversations of 10, 1,000 sockets, everybody speaks in turn, 200 bytes, everything stored in the same \
         Postgres with the same settings; each system alone on the machine. Saturated is the best of 1, 8 and 32 unanswered messages in \
         each conversation.\n\n| system | acked/s | deliveries/s | acked at 100/s, p50 / p99 ms | CPU µs a message, saturated |\n|---|---|---|---|---|\n",
    );
    for (name, title) in SYSTEMS {
        let Some(outcome) = results.scenarios.get(name) else { continue };
        let get = |key: &str| results.get(name, key).map_or("–".to_owned(), number);
        let (p50, p99) = (get("figures.rate_100.ack_ms.p50"), get("figures.rate_100.ack_ms.p99"));
        let cpu: Vec<String> = best_window(outcome).map_or_else(Vec::new, |window| cpu_of(outcome, &window));
        let _ = writeln!(
            text,
            "| {title} | {} | {} | {p50} / {p99} | {} |",
            get("figures.acked_per_s"),
            get("figures.deliveries_per_s"),
            cpu.join(", ")
        );
    }
    text.push('\n');
}

/// The window with which most was acknowledged.
fn best_window(outcome: &Outcome) -> Option<String> {
    let windows = outcome.figures.iter().filter_map(|(name, figure)| {
        let window = name.strip_prefix("figures.")?.strip_suffix(".acked_per_s")?;
        window.starts_with("window_").then(|| (window.to_owned(), figure.median))
    });
    windows.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(window, _)| window)
}

fn cpu_of(outcome: &Outcome, window: &str) -> Vec<String> {
    let prefix = format!("cpu.{window}.");
    let each = outcome.figures.iter().filter_map(|(name, figure)| {
        let process = name.strip_prefix(&prefix)?.strip_suffix("_us")?;
        (figure.median >= 1.0).then(|| format!("{process} {:.0}", figure.median))
    });
    each.collect()
}

const PLOTS: &str = "![Messages a second of each system](systems.svg)\n\n![Latency over rate](latency.svg)\n\n\
                     ![CPU of each message by process](cpu.svg)\n\n";

fn write_scenario(text: &mut String, name: &str, outcome: &Outcome) {
    let _ = writeln!(
        text,
        "\n### {name}\n\n`chat-bench {}`, {} rounds, {}\n\n| figure | median | (low – high) |\n|---|---|---|",
        outcome.command, outcome.rounds, outcome.measured
    );
    // What was looked at each second is a plot.
    for (path, figure) in outcome.figures.iter().filter(|(path, _)| !path.contains(BY_SECOND)) {
        let _ = writeln!(
            text,
            "| {path} | {} | ({} – {}) |",
            number(figure.median),
            number(figure.low),
            number(figure.high)
        );
    }
}

/// The part of a path that stands before a series.
pub(super) const BY_SECOND: &str = "_by_second.";

/// With three digits, or whole and in groups of three.
fn number(value: f64) -> String {
    if value.abs() < 100.0 {
        let digits = if value.abs() < 10.0 { 2 } else { 1 };
        let text = format!("{value:.digits$}");
        return if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    }
    let whole = format!("{value:.0}");
    let groups: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let told = [0.0, 1.5, 0.123, 42.25, 999.0, 1000.0, 1_234_567.8].map(number);
        assert_eq!(told, ["0", "1.5", "0.12", "42.2", "999", "1,000", "1,234,568"]);
    }

    #[test]
    fn the_page_agrees_with_the_results() {
        let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance");
        let results = Results::read(&out.join("results.json")).unwrap();
        let written = fs::read_to_string(out.join("results.md")).unwrap_or_default();
        assert!(!results.scenarios.is_empty(), "no results");
        assert!(
            written == page(&results),
            "results.md is not what results.json says: `chat-bench suite --page-only` makes it"
        );
    }
}
