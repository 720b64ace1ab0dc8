//! What the gateway can be told. Every setting is an environment variable.

use std::net::SocketAddr;
use std::time::Duration;

use chat_bus::Bus;
use chat_bus::moderation::{Moderator, Rules};
use chat_identity::AuthSection;
use chat_protocol::limits;
use chat_runtime::config::{
    DoorSection, InstanceSection, LogSection, ModerationSection, NatsSection, OpsSection, TraceSection,
};
use chat_runtime::service::ServiceConfig;
use clap::{ArgAction, Args, Parser};

use crate::limits::LimitSection;
use crate::presence::PresenceSection;

/// The configuration.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "chat-ws-gateway",
    version,
    about = "Holds the sockets: takes what is said, delivers what has happened"
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
    /// The name of this process.
    #[command(flatten)]
    pub instance: InstanceSection,
    /// Address of the public port
    #[arg(long, env = "WS_ADDR", default_value = "127.0.0.1:8001")]
    pub ws_addr: SocketAddr,
    /// Whose tokens count.
    #[command(flatten)]
    pub auth: AuthSection,
    /// Whether a token in the URL of a socket (`?token=`) counts: URLs end up in logs
    #[arg(long, env = "ALLOW_QUERY_TOKEN", default_value_t = false, action = ArgAction::Set)]
    pub allow_query_token: bool,
    /// Who is let in from where, and how much of it.
    #[command(flatten)]
    pub doors: DoorSection,
    /// How much one person may do.
    #[command(flatten)]
    pub limits: LimitSection,
    /// Whether somebody is asked before words are accepted.
    #[command(flatten)]
    pub moderation: ModerationSection,
    /// The sockets.
    #[command(flatten)]
    pub sockets: SocketSection,
    /// Presence.
    #[command(flatten)]
    pub presence: PresenceSection,
}

impl Config {
    /// Who is asked before words are accepted, if anybody is.
    #[must_use]
    pub fn moderator(&self, bus: &Bus) -> Option<Moderator> {
        let max_content_bytes = self.sockets.max_content_bytes as usize;
        let deadline = self.moderation.timeout();
        let rules =
            self.moderation.unjudged_pass().map(|unjudged_pass| Rules { deadline, unjudged_pass, max_content_bytes });
        rules.map(|rules| Moderator::new(bus.clone(), rules))
    }
}

/// The sockets.
#[derive(Debug, Clone, Args)]
pub struct SocketSection {
    /// Sockets that may be open at once; the next upgrade is answered 503
    #[arg(long, env = "MAX_SOCKETS", default_value_t = 100_000)]
    pub max_sockets: usize,
    /// Longest message text in bytes (a JSON frame of it must fit into 128 KiB)
    #[arg(long, env = "MAX_CONTENT_BYTES", default_value_t = limits::MAX_CONTENT_BYTES as u32, value_parser = clap::value_parser!(u32).range(1..=20_480))]
    pub max_content_bytes: u32,
    /// Commands of one socket that may wait for their answer
    #[arg(long, env = "MAX_UNANSWERED", default_value_t = limits::MAX_UNANSWERED as u32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub max_unanswered: u32,
    /// Milliseconds that a socket has to authenticate with its first frame
    #[arg(long, env = "AUTHENTICATION_TIMEOUT_MS", default_value_t = 5000)]
    pub authentication_timeout_ms: u64,
    /// Milliseconds between heartbeats
    #[arg(long, env = "HEARTBEAT_MS", default_value_t = 25_000, value_parser = clap::value_parser!(u64).range(50..))]
    pub heartbeat_ms: u64,
    /// Milliseconds of silence after which a client counts as gone
    #[arg(long, env = "SILENCE_LIMIT_MS", default_value_t = 38_000)]
    pub silence_limit_ms: u64,
    /// Milliseconds that a write may take before the reader counts as too slow
    #[arg(long, env = "WRITE_TIMEOUT_MS", default_value_t = 10_000)]
    pub write_timeout_ms: u64,
    /// Events that a conversation's ring holds for slow readers
    #[arg(long, env = "RING_EVENTS", default_value_t = 256, value_parser = clap::value_parser!(u32).range(8..=65_536))]
    pub ring_events: u32,
    /// Bytes that a conversation's ring may hold
    #[arg(long, env = "RING_BYTES", default_value_t = 1 << 20)]
    pub ring_bytes: usize,
    /// Milliseconds for which a conversation without sockets stays subscribed
    #[arg(long, env = "ROOM_LINGER_MS", default_value_t = 60_000)]
    pub room_linger_ms: u64,
    /// Milliseconds after which an event that cannot be had closes the conversation's sockets (4004)
    #[arg(long, env = "HOLE_TIMEOUT_MS", default_value_t = 5000)]
    pub hole_timeout_ms: u64,
    /// Milliseconds for which marks of a reader are gathered before they are stored
    #[arg(long, env = "MARK_FOLDING_MS", default_value_t = 300)]
    pub mark_folding_ms: u64,
    /// Missing events that a resume brings at the most; beyond that the client reloads over REST
    #[arg(long, env = "MAX_RESUME_EVENTS", default_value_t = limits::MAX_RESUME_EVENTS, value_parser = clap::value_parser!(i64).range(1..))]
    pub max_resume_events: i64,
    /// Resumes that read from the log at once; further ones wait
    #[arg(long, env = "MAX_LOG_READS", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_log_reads: u32,
    /// Milliseconds for which sockets stay open while NATS is there and it cannot be found out what was revoked; then those whose
    /// token is of a family are closed (4013)
    #[arg(long, env = "REVOCATIONS_TIMEOUT_MS", default_value_t = 60_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub revocations_timeout_ms: u64,
    /// Milliseconds over which clients are asked to spread their return when this gateway stops
    #[arg(long, env = "RECONNECT_SPREAD_MS", default_value_t = 2000)]
    pub reconnect_spread_ms: u64,
}

impl SocketSection {
    /// Between heartbeats.
    #[must_use]
    pub const fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.heartbeat_ms)
    }

    /// How long a client may be silent.
    #[must_use]
    pub const fn silence_limit(&self) -> Duration {
        Duration::from_millis(self.silence_limit_ms)
    }

    /// How long a write may take.
    #[must_use]
    pub const fn write_timeout(&self) -> Duration {
        Duration::from_millis(self.write_timeout_ms)
    }

    /// How long authentication may take.
    #[must_use]
    pub const fn authentication_timeout(&self) -> Duration {
        Duration::from_millis(self.authentication_timeout_ms)
    }

    /// How long a conversation without sockets stays subscribed.
    #[must_use]
    pub const fn room_linger(&self) -> Duration {
        Duration::from_millis(self.room_linger_ms)
    }

    /// How long marks are gathered.
    #[must_use]
    pub const fn mark_folding(&self) -> Duration {
        Duration::from_millis(self.mark_folding_ms)
    }

    /// How long sockets stay open while it cannot be found out what was revoked.
    #[must_use]
    pub const fn revocations_timeout(&self) -> Duration {
        Duration::from_millis(self.revocations_timeout_ms)
    }

    /// How long a hole may stay.
    #[must_use]
    pub const fn hole_timeout(&self) -> Duration {
        Duration::from_millis(self.hole_timeout_ms)
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

#[cfg(test)]
mod tests {
    use chat_protocol::presence::OFFLINE_GRACE;

    use super::*;

    #[test]
    fn vanished_client_is_noticed_in_time() {
        let secret = "0123456789abcdef0123456789abcdef";
        let config = Config::try_parse_from(["gateway", "--jwt-secret", secret]).unwrap();
        let told_within = Duration::from_secs(1);
        let noticed = config.sockets.silence_limit() + OFFLINE_GRACE + told_within;
        assert!(noticed < Duration::from_secs(45), "others see it go");
        assert!(config.sockets.silence_limit() > config.sockets.heartbeat() + Duration::from_secs(10));
    }
}
