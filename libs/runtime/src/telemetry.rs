//! Logs and metrics of a process: set up once by `main`, used everywhere through `tracing` and `metrics`.

mod metrics;

use std::io::{IsTerminal as _, stderr};

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use self::metrics::{METRICS, Metric, MetricKind};
use crate::config::{LogFormat, LogSection};

/// Bounds for histograms whose name ends in `_seconds`.
const SECONDS: [f64; 16] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];
/// Bounds for histograms whose name ends in `_bytes`.
const BYTES: [f64; 8] = [128.0, 512.0, 2048.0, 8192.0, 32_768.0, 131_072.0, 524_288.0, 2_097_152.0];
/// Bounds for all others: numbers of things, such as the commands of a batch.
const COUNTS: [f64; 11] = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// Starts logging and installs the recorder of metrics, whose handle the operations port renders. Once a process.
pub fn init(service: &'static str, log: &LogSection) -> anyhow::Result<PrometheusHandle> {
    start_logging(log)?;
    let handle = recorder()?.install_recorder().context("cannot install the recorder of metrics")?;
    describe(service);
    Ok(handle)
}

fn start_logging(log: &LogSection) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.log).context("LOG is no valid filter")?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(stderr().is_terminal()).with_writer(stderr);
    let started = match log.log_format {
        LogFormat::Text => lines.finish().with(discretion()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().with(discretion()).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(%backtrace, "{panic}");
    }));
    Ok(())
}

/// However much is asked for: what libraries say below `info` shows what passes through them, which is messages and tokens.
fn discretion() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_target("chat_", LevelFilter::TRACE)
}

fn recorder() -> anyhow::Result<PrometheusBuilder> {
    let suffix = |text: &str| Matcher::Suffix(text.to_owned());
    PrometheusBuilder::new()
        .set_buckets(&COUNTS)
        .and_then(|builder| builder.set_buckets_for_metric(suffix("_seconds"), &SECONDS))
        .and_then(|builder| builder.set_buckets_for_metric(suffix("_bytes"), &BYTES))
        .context("cannot set the buckets of histograms")
}

fn describe(service: &'static str) {
    metrics::describe(service);
    ::metrics::gauge!("chat_build_info", "service" => service, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_say_little_and_our_own_crates_what_is_asked_for() {
        let filter = discretion();
        for (target, level, is_logged) in [
            ("chat_bus::connection", tracing::Level::TRACE, true),
            ("async_nats::connection", tracing::Level::INFO, true),
            ("async_nats::connection", tracing::Level::DEBUG, false),
            ("tungstenite::protocol", tracing::Level::TRACE, false),
            ("log", tracing::Level::DEBUG, false),
        ] {
            assert_eq!(filter.would_enable(target, &level), is_logged, "{target} {level}");
        }
    }

    #[test]
    fn histograms_get_buckets_by_their_unit() {
        let recorder = recorder().unwrap().build_recorder();
        ::metrics::with_local_recorder(&recorder, || {
            ::metrics::histogram!("wait_seconds").record(0.003);
            ::metrics::histogram!("frame_bytes").record(1000.0);
            ::metrics::histogram!("batch_size").record(3.0);
            describe("api");
        });
        let text = recorder.handle().render();
        for line in [
            r#"wait_seconds_bucket{le="0.005"} 1"#,
            r#"frame_bytes_bucket{le="2048"} 1"#,
            r#"batch_size_bucket{le="5"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert!(text.contains("chat_build_info{service=\"api\",version=\""));
    }
}
