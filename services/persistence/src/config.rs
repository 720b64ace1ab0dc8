//! What the persistence service can be told. Every setting is an environment variable.

use std::time::Duration;

use chat_bus::streams::StreamSettings;
use chat_runtime::config::{
    DatabaseSection, FeedSection, InstanceSection, LogSection, NatsSection, OpsSection, TraceSection,
};
use chat_runtime::service::ServiceConfig;
use clap::{Args, Parser};

/// The configuration.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "chat-persistence",
    version,
    about = "Stores what was asked for on the stream, and publishes what was stored"
)]
pub struct Config {
    /// What is logged.
    #[command(flatten)]
    pub log: LogSection,
    /// The operations port.
    #[command(flatten)]
    pub ops: OpsSection,
    /// Whether and where traces go.
    #[command(flatten)]
    pub traces: TraceSection,
    /// NATS.
    #[command(flatten)]
    pub nats: NatsSection,
    /// Postgres.
    #[command(flatten)]
    pub database: DatabaseSection,
    /// The name of this process.
    #[command(flatten)]
    pub instance: InstanceSection,
    /// The streams.
    #[command(flatten)]
    pub streams: StreamSection,
    /// What events carry for consumers outside.
    #[command(flatten)]
    pub feed: FeedSection,
    /// The worker.
    #[command(flatten)]
    pub worker: WorkerSection,
    /// What messages are found by.
    #[command(flatten)]
    pub search: SearchSection,
}

/// The streams on NATS.
#[derive(Debug, Clone, Args)]
pub struct StreamSection {
    /// Copies of each message on NATS: 1 on a single server, 3 in production
    #[arg(long, env = "STREAM_REPLICAS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub stream_replicas: u8,
    /// Bytes that commands waiting to be stored may take; when they are used up, senders hear `unavailable`
    #[arg(long, env = "COMMANDS_MAX_BYTES", default_value_t = 4 << 30, value_parser = clap::value_parser!(i64).range(1 << 16..))]
    pub commands_max_bytes: i64,
    /// Bytes that published events may take; the oldest go first
    #[arg(long, env = "EVENTS_MAX_BYTES", default_value_t = 8 << 30, value_parser = clap::value_parser!(i64).range(1 << 16..))]
    pub events_max_bytes: i64,
    /// Days for which published events are kept
    #[arg(long, env = "EVENTS_MAX_AGE_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=365))]
    pub events_max_age_days: u64,
    /// Seconds for which stored commands stay on the stream
    #[arg(long, env = "COMMANDS_KEEP_SECS", default_value_t = 600)]
    pub commands_keep_secs: u64,
}

impl StreamSection {
    /// As the bus takes it.
    #[must_use]
    pub fn settings(&self) -> StreamSettings {
        StreamSettings {
            replicas: usize::from(self.stream_replicas),
            commands_max_bytes: self.commands_max_bytes,
            events_max_bytes: self.events_max_bytes,
            events_max_age: Duration::from_secs(self.events_max_age_days * 24 * 3600),
        }
    }
}

/// The worker.
#[derive(Debug, Clone, Args)]
pub struct WorkerSection {
    /// Most commands in one transaction
    #[arg(long, env = "BATCH_MAX", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=5000))]
    pub batch_max: u16,
    /// Milliseconds after which a silent worker's partitions are free for the others
    #[arg(long, env = "LEASE_MS", default_value_t = 2000, value_parser = clap::value_parser!(u64).range(300..=60_000))]
    pub lease_ms: u64,
    /// Milliseconds between moves of idle partitions, which go up to where the stream ended ten moves ago
    #[arg(long, env = "IDLE_ADVANCE_MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(100..))]
    pub idle_advance_ms: u64,
    /// Events that may wait for the broker's acknowledgement; then no new batch begins
    #[arg(long, env = "MAX_UNPUBLISHED", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_unpublished: u32,
}

impl WorkerSection {
    /// How long a claim holds without renewal.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    /// How often leases are renewed and shares looked at.
    #[must_use]
    pub const fn renewal(&self) -> Duration {
        Duration::from_millis(self.lease_ms / 4)
    }

    /// How often idle partitions are moved up.
    #[must_use]
    pub const fn idle_advance(&self) -> Duration {
        Duration::from_millis(self.idle_advance_ms)
    }
}

/// What messages are found by.
#[derive(Debug, Clone, Args)]
pub struct SearchSection {
    /// Milliseconds between two looks at what was stored and cannot be found yet
    #[arg(long, env = "SEARCH_INTERVAL_MS", default_value_t = 1500, value_parser = clap::value_parser!(u64).range(10..=60_000))]
    pub search_interval_ms: u64,
}

impl SearchSection {
    /// How often it is looked at what was stored.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        Duration::from_millis(self.search_interval_ms)
    }
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
