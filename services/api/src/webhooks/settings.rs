//! The settings of webhooks and of what is missed.

use std::time::Duration;

use chat_store::webhooks::sending::{Kept, Share};
use clap::{Args, value_parser};

use super::networks::Networks;
use super::target::Rules;

/// How long connecting may take, as a part of an attempt.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much longer than an attempt a lease is: time to write down what became of it.
const LEASE_MARGIN: Duration = Duration::from_secs(15);

/// Where events may be posted to, and how hard it is tried.
#[derive(Debug, Clone, Args)]
pub struct WebhookSection {
    /// Whether webhooks may be spoken to without TLS
    #[arg(long, env = "WEBHOOK_ALLOW_HTTP", default_value_t = false, action = clap::ArgAction::Set)]
    pub webhook_allow_http: bool,
    /// Ports that webhooks may be on
    #[arg(long, env = "WEBHOOK_PORTS", value_delimiter = ',', default_value = "80,443", value_parser = value_parser!(u16).range(1..))]
    pub webhook_ports: Vec<u16>,
    /// Networks beside the public internet that webhooks may be in, such as 10.1.0.0/16 [default: none]
    #[arg(long, env = "WEBHOOK_ALLOW_NETWORKS", default_value = "", hide_default_value = true)]
    pub(crate) webhook_allow_networks: Networks,
    /// How long an attempt may take, in milliseconds
    #[arg(long, env = "WEBHOOK_TIMEOUT_MS", default_value_t = 15_000, value_parser = value_parser!(u64).range(100..=60_000))]
    pub webhook_timeout_ms: u64,
    /// How long after each failed attempt the next one comes, in seconds; after the last delay there is no other
    #[arg(long, env = "WEBHOOK_RETRY_SECS", value_delimiter = ',',
          default_value = "5,300,1800,7200,18000,36000,50400,72000,86400", value_parser = value_parser!(u64).range(0..=604_800))]
    pub webhook_retry_secs: Vec<u64>,
    /// An endpoint to which nothing could be delivered for so long is disabled, in seconds
    #[arg(long, env = "WEBHOOK_DISABLE_AFTER_SECS", default_value_t = 432_000, value_parser = value_parser!(u64).range(1..=31_536_000))]
    pub webhook_disable_after_secs: u64,
    /// For how long a secret still signs after another was made, in seconds
    #[arg(long, env = "WEBHOOK_SECRET_OVERLAP_SECS", default_value_t = 86_400, value_parser = value_parser!(u64).range(0..=2_592_000))]
    pub webhook_secret_overlap_secs: u64,
    /// How many attempts one api makes at once
    #[arg(long, env = "WEBHOOK_CONCURRENCY", default_value_t = 64, value_parser = value_parser!(u32).range(1..=4096))]
    pub webhook_concurrency: u32,
    /// How many attempts all apis make at one endpoint at once
    #[arg(long, env = "WEBHOOK_ENDPOINT_CONCURRENCY", default_value_t = 8, value_parser = value_parser!(u32).range(1..=1024))]
    pub webhook_endpoint_concurrency: u32,
    /// How often what is new or due is looked for, in milliseconds
    #[arg(long, env = "WEBHOOK_POLL_MS", default_value_t = 500, value_parser = value_parser!(u64).range(10..=60_000))]
    pub webhook_poll_ms: u64,
    /// How long deliveries that were taken stay in the list, in seconds
    #[arg(long, env = "WEBHOOK_KEEP_DELIVERED_SECS", default_value_t = 259_200, value_parser = value_parser!(u64).range(60..=31_536_000))]
    pub webhook_keep_delivered_secs: u64,
    /// How long deliveries that failed can be begun anew, in seconds
    #[arg(long, env = "WEBHOOK_KEEP_FAILED_SECS", default_value_t = 2_592_000, value_parser = value_parser!(u64).range(60..=31_536_000))]
    pub webhook_keep_failed_secs: u64,
    /// After how long an unread message counts as missed by who is not there, in seconds; 0: never
    #[arg(long, env = "MISSED_AFTER_SECS", default_value_t = 300, value_parser = value_parser!(u64).range(0..=86_400))]
    pub missed_after_secs: u64,
    /// How often what was missed is looked for, in milliseconds
    #[arg(long, env = "MISSED_POLL_MS", default_value_t = 5000, value_parser = value_parser!(u64).range(10..=600_000))]
    pub missed_poll_ms: u64,
}

impl WebhookSection {
    /// What is let through.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            allow_http: self.webhook_allow_http,
            ports: self.webhook_ports.clone(),
            networks: self.webhook_allow_networks.clone(),
        }
    }

    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.webhook_timeout_ms)
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        self.timeout().min(CONNECT_TIMEOUT)
    }

    pub(crate) fn schedule(&self) -> Vec<Duration> {
        self.webhook_retry_secs.iter().copied().map(Duration::from_secs).collect()
    }

    pub(crate) fn disable_after(&self) -> Duration {
        Duration::from_secs(self.webhook_disable_after_secs)
    }

    pub(crate) fn secret_overlap(&self) -> Duration {
        Duration::from_secs(self.webhook_secret_overlap_secs)
    }

    /// As many as are free.
    pub(crate) fn share(&self, total: u32) -> Share {
        Share { total, per_endpoint: self.webhook_endpoint_concurrency, lease: self.timeout() + LEASE_MARGIN }
    }

    pub(crate) fn poll(&self) -> Duration {
        Duration::from_millis(self.webhook_poll_ms)
    }

    pub(crate) fn kept(&self) -> Kept {
        Kept {
            delivered: Duration::from_secs(self.webhook_keep_delivered_secs),
            failed: Duration::from_secs(self.webhook_keep_failed_secs),
        }
    }

    pub(crate) fn missed_after(&self) -> Duration {
        Duration::from_secs(self.missed_after_secs)
    }

    pub(crate) fn missed_poll(&self) -> Duration {
        Duration::from_millis(self.missed_poll_ms)
    }
}
