//! The settings of the api, all checked before a public port opens.

use std::net::SocketAddr;
use std::time::Duration;

use chat_auth::{RefreshTokens, Signer};
use chat_identity::AuthSection;
use chat_protocol::limits;
use chat_runtime::config::{
    DatabaseSection, DoorSection, InstanceSection, LogSection, ModerationSection, NatsSection, OpsSection, TraceSection,
};
use chat_runtime::service::ServiceConfig;
use clap::{Args, Parser, value_parser};

pub use crate::attachments::settings::AttachmentSection;
pub use crate::limits::RateSection;
pub use crate::push::settings::PushSection;
pub use crate::web::settings::WebSection;
pub use crate::webhooks::settings::WebhookSection;

/// The REST service of the chat: requests in, commands out, reads from Postgres
#[derive(Debug, Clone, Parser)]
#[command(name = "chat-api", version)]
pub struct Config {
    #[command(flatten)]
    log: LogSection,
    #[command(flatten)]
    ops: OpsSection,
    #[command(flatten)]
    traces: TraceSection,
    /// The public port.
    #[command(flatten)]
    pub http: HttpSection,
    /// Postgres.
    #[command(flatten)]
    pub database: DatabaseSection,
    /// NATS.
    #[command(flatten)]
    pub nats: NatsSection,
    /// The name of this process.
    #[command(flatten)]
    pub instance: InstanceSection,
    /// Whose tokens count.
    #[command(flatten)]
    pub auth: AuthSection,
    /// How long our own tokens are good.
    #[command(flatten)]
    pub tokens: TokenSection,
    /// What all instances share.
    #[command(flatten)]
    pub shared: SharedSection,
    /// How much is too much.
    #[command(flatten)]
    pub limits: LimitSection,
    /// Who is let in from where, and how much of it.
    #[command(flatten)]
    pub doors: DoorSection,
    /// How much callers may ask for.
    #[command(flatten)]
    pub rates: RateSection,
    /// Whether somebody is asked before words are accepted.
    #[command(flatten)]
    pub moderation: ModerationSection,
    /// Where attachments are kept.
    #[command(flatten)]
    pub attachments: AttachmentSection,
    /// Where events are posted to.
    #[command(flatten)]
    pub webhooks: WebhookSection,
    /// Whether browsers are told what their people miss.
    #[command(flatten)]
    pub push: PushSection,
    /// The web page.
    #[command(flatten)]
    pub web: WebSection,
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

/// The public port.
#[derive(Debug, Clone, Args)]
pub struct HttpSection {
    /// Address of the public port
    #[arg(long, env = "API_ADDR", default_value = "127.0.0.1:8000")]
    pub api_addr: SocketAddr,
    /// The largest body of a request, in bytes
    #[arg(long, env = "MAX_BODY_BYTES", default_value_t = 256 * 1024, value_parser = value_parser!(u32).range(1024..))]
    pub max_body_bytes: u32,
    /// How long the body of a request may take to arrive, in seconds
    #[arg(long, env = "BODY_TIMEOUT_SECS", default_value_t = 30, value_parser = value_parser!(u64).range(1..=3600))]
    pub body_timeout_secs: u64,
    /// How many connections may be open
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = 10_000, value_parser = value_parser!(u32).range(1..))]
    pub max_connections: u32,
}

/// How long tokens are good.
#[derive(Debug, Clone, Args)]
pub struct TokenSection {
    /// How long an access token is good, in seconds
    #[arg(long, env = "ACCESS_TOKEN_TTL_SECS", default_value_t = Signer::ACCESS_TTL.as_secs(),
          value_parser = value_parser!(u64).range(1..=86_400))]
    pub access_token_ttl_secs: u64,
    /// The longest that a token of another issuer is good, in seconds: so long a person's revocation is remembered
    #[arg(long, env = "OUTSIDE_TOKEN_MAX_SECS", default_value_t = 2_592_000, value_parser = value_parser!(u64).range(60..=31_536_000))]
    pub outside_token_max_secs: u64,
    /// How long a refresh token is good, in seconds
    #[arg(long, env = "REFRESH_TOKEN_TTL_SECS", default_value_t = RefreshTokens::TTL.as_secs(),
          value_parser = value_parser!(u64).range(1..=31_536_000))]
    pub refresh_token_ttl_secs: u64,
    /// How long a used refresh token is answered with the same successor, in seconds; later use revokes its family
    #[arg(long, env = "REFRESH_GRACE_SECS", default_value_t = 30, value_parser = value_parser!(u64).range(0..=3600))]
    pub refresh_grace_secs: u64,
}

/// What all instances share on NATS.
#[derive(Debug, Clone, Args)]
pub struct SharedSection {
    /// Copies of everything on NATS: 1 on a single server, 3 in production
    #[arg(long, env = "STREAM_REPLICAS", default_value_t = 1, value_parser = value_parser!(u8).range(1..=5))]
    pub stream_replicas: u8,
}

/// How much is too much, and how long is too long.
#[derive(Debug, Clone, Args)]
pub struct LimitSection {
    /// The longest message text, in bytes of UTF-8
    #[arg(long, env = "MAX_CONTENT_BYTES", default_value_t = 16 * 1024, value_parser = value_parser!(u32).range(1..=65_536))]
    pub max_content_bytes: u32,
    /// The most participants of a conversation
    #[arg(long, env = "MAX_PARTICIPANTS", default_value_t = 1000, value_parser = value_parser!(u32).range(2..=10_000))]
    pub max_participants: u32,
    /// How old a message may be whose text is changed, in seconds
    #[arg(long, env = "EDIT_WINDOW_SECS", default_value_t = 86_400, value_parser = value_parser!(u32).range(0..=315_360_000))]
    pub edit_window_secs: u32,
    /// How long a write waits for its answer, in seconds
    #[arg(long, env = "REST_WAIT_SECS", default_value_t = limits::REST_WAIT.as_secs(), value_parser = value_parser!(u64).range(1..=60))]
    pub rest_wait_secs: u64,
    /// How long a read waits for the database, in seconds
    #[arg(long, env = "READ_WAIT_SECS", default_value_t = 6, value_parser = value_parser!(u64).range(1..=60))]
    pub read_wait_secs: u64,
}

impl LimitSection {
    /// How long a write waits for its answer.
    #[must_use]
    pub const fn rest_wait(&self) -> Duration {
        Duration::from_secs(self.rest_wait_secs)
    }

    /// How long a read waits for the database.
    #[must_use]
    pub const fn read_wait(&self) -> Duration {
        Duration::from_secs(self.read_wait_secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [&str; 5] =
        ["chat-api", "--database-url", "postgres://x", "--jwt-secret", "0123456789abcdef0123456789abcdef"];

    #[test]
    fn defaults_are_the_contracts() {
        let config = Config::try_parse_from(GOOD).unwrap();
        assert_eq!(config.http.api_addr.port(), 8000);
        assert_eq!(config.limits.rest_wait(), limits::REST_WAIT);
        assert_eq!(config.limits.max_content_bytes as usize, limits::MAX_CONTENT_BYTES);
        assert_eq!(config.limits.max_participants as usize, limits::MAX_PARTICIPANTS);
        assert_eq!(u64::from(config.limits.edit_window_secs), limits::EDIT_WINDOW.as_secs());
        assert_eq!(config.tokens.access_token_ttl_secs, 900);
        assert_eq!(config.tokens.refresh_grace_secs, 30);
    }

    #[test]
    fn setting_out_of_range_is_named() {
        let message = Config::try_parse_from(GOOD.iter().chain(&["--max-participants", "1"])).unwrap_err().to_string();
        assert!(message.contains("MAX_PARTICIPANTS"), "{message}");
    }
}
