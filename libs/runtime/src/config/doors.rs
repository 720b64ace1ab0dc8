//! The section of the services that have a public port: who is let in from where, and how much of it.

use chat_limits::Quota;
use clap::{Args, ValueEnum};

use crate::http_server::{HttpLimits, TlsSection, TrustedProxies};
use crate::origins::Origins;

/// Who is let in from where, and how much of it.
#[derive(Debug, Clone, Args)]
pub struct DoorSection {
    /// `off`: nobody is limited in any way. For load tests alone
    #[arg(long, env = "LIMITS", value_enum, default_value_t = Switch::On)]
    pub limits: Switch,
    /// Origins of the web pages that are let in, separated by commas [default: none; requests without one are let in]
    #[arg(long, env = "ALLOWED_ORIGINS")]
    pub allowed_origins: Option<Origins>,
    /// Networks of proxies whose `X-Forwarded-For` and `Forwarded` count, separated by commas [default: none]
    #[arg(long, env = "TRUSTED_PROXIES")]
    pub trusted_proxies: Option<TrustedProxies>,
    /// Connections from one address; behind a trusted proxy: its sockets and requests under way
    #[arg(long, env = "MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections_per_address: u32,
    /// The certificate of the public port.
    #[command(flatten)]
    pub tls: TlsSection,
    /// Messages that one person may send, over all transports and instances: so many a second/so many at once
    #[arg(long, env = "SEND_LIMIT", default_value = "10/30")]
    pub send_limit: Quota,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

impl DoorSection {
    /// Whether there are limits; says it loudly if there are none.
    #[must_use]
    pub fn are_limits_on(&self) -> bool {
        if self.limits == Switch::Off {
            tracing::warn!(
                "LIMITS=off: NOBODY IS LIMITED. For load tests alone, never where others can reach this port"
            );
        }
        self.limits == Switch::On
    }

    /// The caps of the public port.
    #[must_use]
    pub fn http_limits(&self, max_connections: usize) -> HttpLimits {
        #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!("chat_http_connections_limit").set(max_connections as f64);
        let per_address = usize::try_from(self.max_connections_per_address).unwrap_or(usize::MAX);
        HttpLimits {
            max_connections,
            max_connections_per_address: if self.limits == Switch::On { per_address } else { usize::MAX },
            trusted_proxies: self.trusted_proxies.clone().unwrap_or_default(),
            ..HttpLimits::default()
        }
    }
}
