//! The campaign as one page: for each run a timeline of faults, acknowledgements and latencies. It needs nothing but itself.

use std::fmt::Write;

use super::outcome::{FaultOutcome, RunOutcome, Series};
use super::sum::sum;
use super::timing::STEP;

const WIDTH: f64 = 1_100.0;
const FAULTS: f64 = 90.0;
const CURVE: f64 = 110.0;
/// Latencies are drawn by their logarithm, from 1 ms to 100 s.
const DECADES: f64 = 5.0;

const STYLE: &str = "body{font:14px system-ui,sans-serif;margin:2em;color:#222;background:#fff}\
    pre{background:#f5f5f5;padding:1em;overflow:auto}svg{background:#fafafa;border:1px solid #ddd;display:block}\
    .bad{color:#b00020}.fault{fill:#d98c00;opacity:.75}.missed{fill:#999}.after{fill:#f3d9a4}.acks{fill:#4a7fb5}\
    .p50{stroke:#2a7a2a}.p99{stroke:#b00020}.p50,.p99{fill:none;stroke-width:1.3}text{font:10px system-ui,sans-serif}\
    @media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}pre{background:#222}svg{background:#1d1d1d;border-color:#333}\
    text{fill:#ccc}.after{fill:#5a4a20}}";

/// The page.
#[must_use]
pub fn page(seed: u64, notes: &[String], outcomes: &[RunOutcome]) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Faults, seed {seed}</title><style>{STYLE}</style><h1>Faults, seed {seed}</h1>"
    );
    for note in notes {
        add(&mut page, format_args!("<p class=\"bad\">{}</p>", escape(note)));
    }
    add(&mut page, format_args!("<pre>{}</pre>", escape(&sum(outcomes))));
    page.push_str(
        "<p>In each picture: faults (orange until mended, pale until messages flowed everywhere again, grey: did not bite), \
         acknowledged messages in each half second, and their latency (green p50, red p99; the lines are 1 ms, 10 ms … 100 s).</p>",
    );
    for outcome in outcomes {
        run(&mut page, outcome);
    }
    page.push_str("</html>\n");
    page
}

fn run(page: &mut String, outcome: &RunOutcome) {
    let class = if outcome.is_kept() { "" } else { " class=\"bad\"" };
    add(page, format_args!("<h2{class}>Run {}</h2><pre>{}</pre>", outcome.run, escape(&outcome.line())));
    let steps = outcome.series.acks.len().max(1);
    let last = outcome.faults.iter().map(|fault| fault.flows_ms).max().unwrap_or_default();
    let span_ms = (number(steps) * STEP.as_secs_f64() * 1_000.0).max(whole(last));
    let height = FAULTS + CURVE * 2.0;
    add(
        page,
        format_args!(
            "<svg role=\"img\" aria-label=\"timeline of run {}\" viewBox=\"0 0 {WIDTH} {height}\" width=\"100%\">",
            outcome.run
        ),
    );
    for (place, fault) in outcome.faults.iter().enumerate() {
        bar(page, fault, place, WIDTH / span_ms);
    }
    acks(page, &outcome.series, steps);
    for (class, values) in [("p50", &outcome.series.p50_ms), ("p99", &outcome.series.p99_ms)] {
        curve(page, class, values, steps);
    }
    page.push_str("</svg>");
}

fn bar(page: &mut String, fault: &FaultOutcome, place: usize, scale: f64) {
    let top = number(place % 5) * 17.0 + 4.0;
    let [at, healed, flows] = [fault.at_ms, fault.healed_ms, fault.flows_ms].map(|ms| whole(ms) * scale);
    let class = if fault.bit { "fault" } else { "missed" };
    add(
        page,
        format_args!(
            "<g><title>{} — {}</title><rect class=\"{class}\" x=\"{at:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"14\"/>\
             <rect class=\"after\" x=\"{healed:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"14\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
            escape(&fault.fault),
            escape(&fault.evidence),
            (healed - at).max(1.0),
            (flows - healed).max(0.0),
            at + 3.0,
            top + 11.0,
            escape(&fault.fault)
        ),
    );
}

fn acks(page: &mut String, series: &Series, steps: usize) {
    let most = number(series.acks.iter().copied().max().unwrap_or_default().max(1));
    let width = WIDTH / number(steps);
    for (place, acks) in series.acks.iter().enumerate().filter(|(_, acks)| **acks > 0) {
        let height = number(*acks) / most * (CURVE - 12.0);
        let (x, y) = (number(place) * width, FAULTS + CURVE - height);
        add(
            page,
            format_args!(
                "<rect class=\"acks\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
            ),
        );
    }
    add(page, format_args!("<text x=\"4\" y=\"{}\">at most {most} in half a second</text>", FAULTS + 10.0));
}

fn curve(page: &mut String, class: &str, values: &[Option<u64>], steps: usize) {
    let mut path = String::new();
    let mut command = 'M';
    for (place, value) in values.iter().enumerate() {
        let Some(value) = value else {
            command = 'M';
            continue;
        };
        let x = number(place) * WIDTH / number(steps);
        let y = FAULTS + CURVE * 2.0 - whole(*value).max(1.0).log10() / DECADES * (CURVE - 8.0);
        add(&mut path, format_args!("{command}{x:.1} {y:.1}"));
        command = 'L';
    }
    add(page, format_args!("<path class=\"{class}\" d=\"{path}\"/>"));
    for decade in 0..6_u32 {
        let y = FAULTS + CURVE * 2.0 - f64::from(decade) / DECADES * (CURVE - 8.0);
        add(page, format_args!("<path d=\"M0 {y:.1}H{WIDTH}\" stroke=\"#8884\" fill=\"none\"/>"));
    }
}

fn add(page: &mut String, what: std::fmt::Arguments<'_>) {
    page.write_fmt(what).expect("a string takes everything");
}

#[expect(clippy::cast_precision_loss, reason = "places on a picture")]
fn number(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds on a picture")]
fn whole(value: u64) -> f64 {
    value as f64
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_needs_nothing_else_and_shows_what_was_said_as_text() {
        let mut outcome = RunOutcome::broken(1, 0, &[], &anyhow::anyhow!("<script>"));
        outcome.series =
            Series { acks: vec![1, 0, 3], p50_ms: vec![Some(2), None, Some(5)], p99_ms: vec![Some(9), None, Some(90)] };
        let page = page(1, &["no root".to_owned()], &[outcome]);
        assert!(page.contains("no root") && page.contains("<path class=\"p99\" d=\"M"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("http"), "{page}");
    }
}
