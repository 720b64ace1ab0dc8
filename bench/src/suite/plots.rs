//! The plots beside the page.

use std::path::Path;

use anyhow::anyhow;
use plotters::prelude::*;

use super::page::BY_SECOND;
use super::results::Results;

const SIZE: (u32, u32) = (820, 420);
const COLOURS: [RGBColor; 5] = [
    RGBColor(31, 119, 180),
    RGBColor(255, 127, 14),
    RGBColor(44, 160, 44),
    RGBColor(214, 39, 40),
    RGBColor(148, 103, 189),
];
const FONT: &str = "sans-serif";

/// A line, or the points of a row of bars.
type Series<'a> = (&'a str, Vec<(f64, f64)>);

pub(super) fn draw(out: &Path, results: &Results) -> anyhow::Result<()> {
    systems(out, results)?;
    latency(out, results)?;
    cpu(out, results)?;
    memory(out, results)
}

/// What each system comes to when it is saturated; a logarithmic scale, or the smallest would not be seen.
fn systems(out: &Path, results: &Results) -> anyhow::Result<()> {
    let names = [
        ("many", "this"),
        ("many@socketio", "Socket.IO"),
        ("many@django", "Django"),
        ("many@django-redis", "Django, Redis"),
    ];
    let parts = [
        ("acknowledged messages a second", "figures.acked_per_s"),
        ("deliveries a second", "figures.deliveries_per_s"),
    ];
    let there: Vec<_> = names.into_iter().filter(|(name, _)| results.scenarios.contains_key(*name)).collect();
    let bars = parts.map(|(title, figure)| {
        let values = there.iter().map(|(name, _)| results.get(name, figure).unwrap_or_default());
        (title, values.collect::<Vec<_>>())
    });
    let labels: Vec<&str> = there.iter().map(|(_, label)| *label).collect();
    let path = out.join("systems.svg");
    bar_chart(&path, "100 conversations of 10, saturated, everything stored (logarithmic)", &labels, &bars)
}

/// From sending to the acknowledgement.
fn latency(out: &Path, results: &Results) -> anyhow::Result<()> {
    let rates = [100, 250, 500, 1000, 2000];
    let line = |scenario: &str, part: &str| {
        let at = |rate: &u32| {
            Some((f64::from(*rate), results.get(scenario, &format!("figures.rate_{rate}.ack_ms.{part}"))?))
        };
        rates.iter().filter_map(at).collect::<Vec<_>>()
    };
    let own = |part| {
        let mut points = line("many", part);
        points.extend(line("many-rates", part));
        points
    };
    let series = [("p50", own("p50")), ("p99", own("p99"))];
    line_chart(
        &out.join("latency.svg"),
        "Send to acknowledgement, 100 conversations of 10: ms over messages a second",
        &series,
    )
}

/// What a message costs each process, at each rate.
fn cpu(out: &Path, results: &Results) -> anyhow::Result<()> {
    let rates = [250, 500, 1000, 2000];
    let processes = ["gateways", "nats", "persistence", "postgres"];
    let series = processes.map(|process| {
        let at =
            |rate: &u32| Some((f64::from(*rate), results.get("many-rates", &format!("cpu.rate_{rate}.{process}_us"))?));
        (process, rates.iter().filter_map(at).collect::<Vec<_>>())
    });
    line_chart(&out.join("cpu.svg"), "CPU of a message with ten deliveries: µs over messages a second", &series)
}

/// Of the gateway, while sockets come and go; nothing is drawn if that was not measured.
fn memory(out: &Path, results: &Results) -> anyhow::Result<()> {
    let at = |sample: u32| {
        let get = |part: u32| results.get("churn", &format!("figures.rss{BY_SECOND}{sample}.{part}"));
        Some((get(0)?, get(1)? / f64::from(1 << 20)))
    };
    let points: Vec<_> = (0..).map_while(at).collect();
    if points.is_empty() {
        return Ok(());
    }
    let title = "Resident memory of the gateway while sockets come and go: MB over seconds";
    line_chart(&out.join("memory.svg"), title, &[("resident", points)])
}

fn line_chart(path: &Path, title: &str, series: &[Series<'_>]) -> anyhow::Result<()> {
    let points = || series.iter().flat_map(|(_, points)| points);
    let (most_x, most_y) = points().fold((1.0_f64, 1.0_f64), |(x, y), point| (x.max(point.0), y.max(point.1)));
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(told)?;
    let mut builder = ChartBuilder::on(&root);
    builder.caption(title, (FONT, 16)).margin(12).x_label_area_size(32).y_label_area_size(56);
    let mut chart = builder.build_cartesian_2d(0.0..most_x * 1.05, 0.0..most_y * 1.1).map_err(told)?;
    chart.configure_mesh().light_line_style(WHITE).draw().map_err(told)?;
    for ((name, points), colour) in series.iter().zip(COLOURS) {
        let line = LineSeries::new(points.iter().copied(), colour.stroke_width(2)).point_size(3);
        let drawn = chart.draw_series(line).map_err(told)?;
        drawn.label(*name).legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart.configure_series_labels().border_style(BLACK).background_style(WHITE).draw().map_err(told)?;
    root.present().map_err(told)
}

/// Groups of bars, one for each label; the scale is logarithmic from 1 on.
fn bar_chart(path: &Path, title: &str, labels: &[&str], bars: &[(&str, Vec<f64>)]) -> anyhow::Result<()> {
    let most = bars.iter().flat_map(|(_, values)| values).copied().fold(10.0, f64::max);
    let groups = u32::try_from(labels.len().max(1))?;
    let width = 1.0 / (f64::from(u32::try_from(bars.len())?) + 1.0);
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE).map_err(told)?;
    let mut builder = ChartBuilder::on(&root);
    builder.caption(title, (FONT, 16)).margin(12).x_label_area_size(32).y_label_area_size(72);
    let mut chart = builder.build_cartesian_2d(0.0..f64::from(groups), (1.0..most * 3.0).log_scale()).map_err(told)?;
    let name_of = |x: &f64| {
        let index = labels
            .iter()
            .enumerate()
            .find(|(index, _)| (f64::from(u32::try_from(*index).unwrap_or(0)) + 0.5 - x).abs() < 0.01);
        index.map_or(String::new(), |(_, label)| (*label).to_owned())
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh().light_line_style(WHITE).x_labels(labels.len() * 2 + 1).x_label_formatter(&name_of);
    mesh.y_label_formatter(&|y| format!("{y:.0}")).draw().map_err(told)?;
    for ((part, (name, values)), colour) in (0_u32..).zip(bars).zip(COLOURS) {
        let left = |group: u32| f64::from(group) + width * (f64::from(part) + 0.5);
        let bar = |(group, value): (u32, &f64)| {
            Rectangle::new([(left(group), 1.0), (left(group) + width * 0.9, value.max(1.0))], colour.filled())
        };
        let drawn = chart.draw_series((0..).zip(values).map(bar)).map_err(told)?;
        drawn.label(*name).legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
        let text = |(group, value): (u32, &f64)| {
            Text::new(format!("{value:.0}"), (left(group), value.max(1.0) * 1.35), (FONT, 12))
        };
        chart.draw_series((0..).zip(values).map(text)).map_err(told)?;
    }
    let mut legend = chart.configure_series_labels();
    legend
        .position(SeriesLabelPosition::UpperRight)
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()
        .map_err(told)?;
    root.present().map_err(told)
}

/// Errors of drawing borrow from what was drawn.
fn told(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("a plot: {error}")
}
