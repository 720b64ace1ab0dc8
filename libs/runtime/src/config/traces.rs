//! Where traces go, by the variables that OpenTelemetry has fixed. They are read here, not by its libraries, so that what is
//! wrong is named before a port opens.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::secret::Secret;

/// Whether and where traces go: nowhere without an endpoint.
#[derive(Debug, Clone, Args)]
pub struct TraceSection {
    /// `true`: no traces, whatever else is set
    #[arg(long, env = "OTEL_SDK_DISABLED", default_value = "false", value_parser = is_true, action = clap::ArgAction::Set)]
    pub otel_sdk_disabled: bool,
    /// Collector of traces over OTLP, such as `http://127.0.0.1:4318`; `/v1/traces` is added
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// The same for traces alone, with its whole path
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    pub otel_exporter_otlp_traces_endpoint: Option<String>,
    /// How the collector is spoken to
    #[arg(long, env = "OTEL_EXPORTER_OTLP_PROTOCOL", value_enum, default_value_t = OtlpProtocol::HttpProtobuf)]
    pub otel_exporter_otlp_protocol: OtlpProtocol,
    /// Headers for the collector: `name=value`, separated by commas, values percent-encoded
    #[arg(long, env = "OTEL_EXPORTER_OTLP_HEADERS", hide_env_values = true)]
    pub otel_exporter_otlp_headers: Option<Secret>,
    /// How many milliseconds the collector may take for a batch
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TIMEOUT", default_value_t = 10_000, value_parser = positive())]
    pub otel_exporter_otlp_timeout: u64,
    /// What the service is called in traces [default: `chat-` and its name]
    #[arg(long, env = "OTEL_SERVICE_NAME")]
    pub otel_service_name: Option<String>,
    /// What else is said of the process: `name=value`, separated by commas, values percent-encoded
    #[arg(long, env = "OTEL_RESOURCE_ATTRIBUTES")]
    pub otel_resource_attributes: Option<String>,
    /// Which traces are recorded
    #[arg(long, env = "OTEL_TRACES_SAMPLER", value_enum, default_value_t = TraceSampler::ParentbasedAlwaysOn)]
    pub otel_traces_sampler: TraceSampler,
    /// Of `traceidratio` and `parentbased_traceidratio`: which share of the traces, from 0 to 1
    #[arg(long, env = "OTEL_TRACES_SAMPLER_ARG", default_value_t = 1.0, value_parser = share)]
    pub otel_traces_sampler_arg: f64,
    /// How many milliseconds spans are gathered before they are sent
    #[arg(long, env = "OTEL_BSP_SCHEDULE_DELAY", default_value_t = 5000, value_parser = positive())]
    pub otel_bsp_schedule_delay: u64,
    /// How many spans may wait; further ones are dropped and counted
    #[arg(long, env = "OTEL_BSP_MAX_QUEUE_SIZE", default_value_t = 2048, value_parser = positive())]
    pub otel_bsp_max_queue_size: u64,
    /// How many spans are sent at once
    #[arg(long, env = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", default_value_t = 512, value_parser = positive())]
    pub otel_bsp_max_export_batch_size: u64,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OtlpProtocol {
    /// Protocol buffers over HTTP.
    #[value(name = "http/protobuf")]
    HttpProtobuf,
}

/// Which traces are recorded. Those of `parentbased_…` follow what the caller has decided, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum TraceSampler {
    /// All.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// A share, whatever callers say.
    Traceidratio,
    /// Those that the caller records, and all that nobody has decided about.
    ParentbasedAlwaysOn,
    /// Those that the caller records.
    ParentbasedAlwaysOff,
    /// Those that the caller records, and a share of those that nobody has decided about.
    ParentbasedTraceidratio,
}

impl TraceSection {
    /// The address that traces are posted to; none if there are to be none.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        let base = self.otel_exporter_otlp_endpoint.as_ref();
        let derived = base.map(|base| format!("{}/v1/traces", base.trim_end_matches('/')));
        self.otel_exporter_otlp_traces_endpoint.clone().or(derived).filter(|_| !self.otel_sdk_disabled)
    }

    /// How long the collector may take for a batch.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.otel_exporter_otlp_timeout)
    }

    /// How long spans are gathered.
    #[must_use]
    pub const fn schedule_delay(&self) -> Duration {
        Duration::from_millis(self.otel_bsp_schedule_delay)
    }
}

fn positive() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..=1_000_000)
}

/// Only `true` is true, whatever its case, as OpenTelemetry has it.
#[expect(clippy::unnecessary_wraps, reason = "the signature of a value parser")]
fn is_true(text: &str) -> Result<bool, std::convert::Infallible> {
    Ok(text.eq_ignore_ascii_case("true"))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().map_err(|error| error.to_string())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not from 0 to 1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Config {
        #[command(flatten)]
        traces: TraceSection,
    }

    fn parse(args: &[&str]) -> Result<TraceSection, String> {
        let args = std::iter::once("test").chain(args.iter().copied());
        Config::try_parse_from(args).map(|config| config.traces).map_err(|error| error.to_string())
    }

    #[test]
    fn traces_go_nowhere_unless_it_is_said_where() {
        assert_eq!(parse(&[]).unwrap().endpoint(), None);
        let base = ["--otel-exporter-otlp-endpoint", "http://x:4318/"];
        assert_eq!(parse(&base).unwrap().endpoint().as_deref(), Some("http://x:4318/v1/traces"));
        let own = [&base[..], &["--otel-exporter-otlp-traces-endpoint", "http://y/t"]].concat();
        assert_eq!(parse(&own).unwrap().endpoint().as_deref(), Some("http://y/t"));
        for (disabled, is_off) in [("TRUE", true), ("false", false), ("1", false)] {
            let args = [&base[..], &["--otel-sdk-disabled", disabled]].concat();
            assert_eq!(parse(&args).unwrap().endpoint().is_none(), is_off, "{disabled}");
        }
    }

    #[test]
    fn samplers_have_the_names_that_opentelemetry_gave_them() {
        for name in [
            "always_on",
            "always_off",
            "traceidratio",
            "parentbased_always_on",
            "parentbased_always_off",
            "parentbased_traceidratio",
        ] {
            parse(&["--otel-traces-sampler", name]).unwrap();
        }
    }

    #[test]
    fn wrong_setting_is_named() {
        for (variable, bad) in [
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ] {
            let flag = format!("--{}", variable.to_lowercase().replace('_', "-"));
            let message = parse(&[&flag, bad]).unwrap_err();
            assert!(message.to_uppercase().replace('-', "_").contains(variable), "{message}");
        }
    }
}
