//! The settings of the api, all checked before a public port opens.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::time::Duration;

use chat_auth::{MIN_SECRET_BYTES, RefreshTokens, Rules, Signer};
use chat_protocol::limits;
use chat_runtime::config::{DatabaseSection, InstanceSection, LogSection, NatsSection, OpsSection};
use chat_runtime::secret::Secret;
use chat_runtime::service::ServiceConfig;
use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, Parser, value_parser};

pub use crate::attachments::settings::AttachmentSection;

/// The REST service of the chat: requests in, commands out, reads from Postgres
#[derive(Debug, Clone, Parser)]
#[command(name = "chat-api", version)]
pub struct Config {
    #[command(flatten)]
    log: LogSection,
    #[command(flatten)]
    ops: OpsSection,
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
    /// Who is let in.
    #[command(flatten)]
    pub tokens: TokenSection,
    /// What all instances share.
    #[command(flatten)]
    pub shared: SharedSection,
    /// How much is too much.
    #[command(flatten)]
    pub limits: LimitSection,
    /// Where attachments are kept.
    #[command(flatten)]
    pub attachments: AttachmentSection,
}

impl ServiceConfig for Config {
    fn log(&self) -> &LogSection {
        &self.log
    }

    fn ops(&self) -> &OpsSection {
        &self.ops
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

/// Who is let in, and for how long.
#[derive(Debug, Clone, Args)]
pub struct TokenSection {
    /// Shared secret that signs and checks tokens (HS256), at least 32 bytes
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, value_parser = SigningSecret)]
    pub jwt_secret: Secret,
    /// The one issuer whose tokens count [default: any]
    #[arg(long, env = "JWT_ISSUER")]
    pub jwt_issuer: Option<String>,
    /// The audience that tokens must name [default: any]
    #[arg(long, env = "JWT_AUDIENCE")]
    pub jwt_audience: Option<String>,
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

impl TokenSection {
    /// Issuer and audience.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules { issuer: self.jwt_issuer.clone(), audience: self.jwt_audience.clone(), ..Rules::default() }
    }
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

/// Takes secrets that are long enough. What is refused is not printed.
#[derive(Debug, Clone)]
struct SigningSecret;

impl TypedValueParser for SigningSecret {
    type Value = Secret;

    fn parse_ref(&self, command: &Command, _arg: Option<&Arg>, value: &OsStr) -> Result<Secret, clap::Error> {
        let text = value.to_str().filter(|text| text.len() >= MIN_SECRET_BYTES);
        text.map(Secret::new).ok_or_else(|| {
            let text = format!("JWT_SECRET: text of at least {MIN_SECRET_BYTES} bytes is needed\n");
            clap::Error::raw(ErrorKind::ValueValidation, text).with_cmd(command)
        })
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
    fn short_secret_is_refused_and_not_printed() {
        let args = ["chat-api", "--database-url", "postgres://x", "--jwt-secret", "tiny-canary"];
        let message = Config::try_parse_from(args).unwrap_err().to_string();
        assert!(message.contains("JWT_SECRET") && !message.contains("canary"), "{message}");
    }

    #[test]
    fn setting_out_of_range_is_named() {
        let message = Config::try_parse_from(GOOD.iter().chain(&["--max-participants", "1"])).unwrap_err().to_string();
        assert!(message.contains("MAX_PARTICIPANTS"), "{message}");
    }
}
