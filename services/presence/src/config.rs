//! The settings of the presence service, all from the environment.

use std::time::Duration;

use chat_protocol::presence::{LEASE_INTERVAL, LEASE_TTL, OFFLINE_GRACE};
use chat_runtime::config::{InstanceSection, LogSection, NatsSection, OpsSection, TraceSection};
use chat_runtime::service::ServiceConfig;
use clap::{Args, Parser};

use crate::state::Timing;

/// All settings.
#[derive(Debug, Clone, Parser)]
#[command(about = "Tells who is online", version)]
pub struct Config {
    /// Logs.
    #[command(flatten)]
    pub log: LogSection,
    /// Operations port and drain limit.
    #[command(flatten)]
    pub ops: OpsSection,
    /// Whether and where traces go.
    #[command(flatten)]
    pub traces: TraceSection,
    /// NATS.
    #[command(flatten)]
    pub nats: NatsSection,
    /// This instance's name.
    #[command(flatten)]
    pub instance: InstanceSection,
    /// Times.
    #[command(flatten)]
    pub timing: TimingSection,
}

impl ServiceConfig for Config {
    fn log(&self) -> &LogSection {
        &self.log
    }

    fn ops(&self) -> &OpsSection {
        &self.ops
    }

    fn traces(&self) -> &TraceSection {
        &self.traces
    }

    fn instance(&self) -> &InstanceSection {
        &self.instance
    }
}

/// The times that presence runs by. The defaults keep what the contract promises.
#[derive(Debug, Clone, Args)]
pub struct TimingSection {
    /// After how many milliseconds of silence a gateway counts as dead
    #[arg(long, env = "PRESENCE_LEASE_TTL_MS", default_value_t = millis(LEASE_TTL), value_parser = at_least_one())]
    pub presence_lease_ttl_ms: u64,
    /// How many milliseconds a person stays online after the last socket closed
    #[arg(long, env = "PRESENCE_GRACE_MS", default_value_t = millis(OFFLINE_GRACE))]
    pub presence_grace_ms: u64,
    /// For how many milliseconds a fresh instance listens; more than the gateways' heartbeat interval
    #[arg(long, env = "PRESENCE_LISTEN_MS", default_value_t = millis(LEASE_INTERVAL) + 1000)]
    pub presence_listen_ms: u64,
    /// After at most how many milliseconds a change is told
    #[arg(long, env = "PRESENCE_FLUSH_MS", default_value_t = 500, value_parser = at_least_one())]
    pub presence_flush_ms: u64,
}

impl TimingSection {
    /// For the state.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        Timing {
            lease_ttl: Duration::from_millis(self.presence_lease_ttl_ms),
            grace: Duration::from_millis(self.presence_grace_ms),
            listen: Duration::from_millis(self.presence_listen_ms),
            ask_again: Duration::from_secs(1),
            remember: Duration::from_mins(1),
        }
    }

    /// After at most how long a change is told.
    #[must_use]
    pub const fn flush(&self) -> Duration {
        Duration::from_millis(self.presence_flush_ms)
    }
}

fn at_least_one() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1..)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_keep_the_promises() {
        let config = Config::try_parse_from(["presence"]).unwrap();
        let timing = config.timing.timing();
        assert_eq!(timing.grace, Duration::from_secs(5));
        assert!(
            timing.lease_ttl + config.timing.flush() < Duration::from_secs(15),
            "the death of a gateway is noticed"
        );
        assert!(timing.listen > LEASE_INTERVAL && timing.lease_ttl > 2 * LEASE_INTERVAL);
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let refused = Config::try_parse_from(["presence", "--presence-flush-ms", "0"]).unwrap_err();
        assert!(refused.to_string().contains("PRESENCE_FLUSH_MS"));
    }
}
