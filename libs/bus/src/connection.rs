//! One connection to NATS, and the news about it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, context::ContextBuilder};
use async_nats::{Client, ConnectOptions, Event};
use tokio::sync::watch;

use crate::BusError;

/// How long a PubAck may take before the publication counts as unanswered.
const ACK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a `JetStream` API call or a request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// Finds a dead connection within three of these.
const PING_INTERVAL: Duration = Duration::from_secs(3);
/// Publications that may wait for their PubAck at once; further ones wait.
const MAX_UNACKED: usize = 10_000;
/// Messages that may wait unread on one subscription; the overflow is dropped and shows as a hole.
const SUBSCRIPTION_CAPACITY: usize = 65_536;

/// Where NATS is and who one is there.
#[derive(Debug, Clone)]
pub struct NatsOptions {
    /// `nats://host:port`, several separated by commas.
    pub url: String,
    /// The user, where the server asks for one.
    pub user: Option<String>,
    /// The password that goes with it.
    pub password: Option<String>,
    /// What the server lists the connection as.
    pub name: String,
}

/// A connection to NATS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    disturbances: watch::Receiver<u64>,
}

impl Bus {
    /// Connects in the background: returns at once, and keeps trying.
    pub async fn connect(options: &NatsOptions) -> Result<Self, BusError> {
        let (disturbed, disturbances) = watch::channel(0);
        let disturbed = Arc::new(disturbed);
        let mut settings = ConnectOptions::new()
            .name(&options.name)
            .custom_inbox_prefix(format!("_INBOX_{}", inbox_token(&options.name)))
            .retry_on_initial_connect()
            .ping_interval(PING_INTERVAL)
            .connection_timeout(Duration::from_secs(2))
            .request_timeout(Some(REQUEST_TIMEOUT))
            .subscription_capacity(SUBSCRIPTION_CAPACITY)
            .client_capacity(8192)
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(50).saturating_mul(1 << attempts.min(5)).min(Duration::from_secs(1))
            })
            .event_callback(move |event| {
                let disturbed = disturbed.clone();
                async move { note(&event, &disturbed) }
            });
        if let (Some(user), Some(password)) = (&options.user, &options.password) {
            settings = settings.user_and_password(user.clone(), password.clone());
        }
        let servers: Vec<&str> = options.url.split(',').map(str::trim).collect();
        let client = settings.connect(servers).await?;
        let jetstream = ContextBuilder::new()
            .timeout(REQUEST_TIMEOUT)
            .ack_timeout(ACK_TIMEOUT)
            .max_ack_inflight(MAX_UNACKED)
            .build(client.clone());
        Ok(Self { client, jetstream, disturbances })
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The `JetStream` context.
    #[must_use]
    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    /// Whether the connection stands at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Changes whenever messages may have been lost on their way here: with every connection, disconnection and overflow.
    /// Whoever reads without acks must then make sure that nothing is missing.
    #[must_use]
    pub fn disturbances(&self) -> watch::Receiver<u64> {
        let mut disturbances = self.disturbances.clone();
        disturbances.mark_unchanged();
        disturbances
    }

    /// Waits until everything sent so far has reached the server.
    pub async fn flush(&self) -> Result<(), BusError> {
        self.client.flush().await.map_err(BusError::client)
    }
}

fn inbox_token(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}

fn note(event: &Event, disturbed: &watch::Sender<u64>) {
    let is_disturbance = matches!(event, Event::Connected | Event::Disconnected | Event::SlowConsumer(_));
    if is_disturbance {
        disturbed.send_modify(|count| *count += 1);
    }
    match event {
        Event::Connected => tracing::info!("connected to NATS"),
        Event::Disconnected => tracing::warn!("disconnected from NATS"),
        Event::LameDuckMode => tracing::warn!("the NATS server is about to stop"),
        Event::SlowConsumer(id) => tracing::warn!(subscription = id, "NATS subscription overflowed: messages dropped"),
        Event::ServerError(error) => tracing::error!(%error, "NATS server error"),
        Event::ClientError(error) => tracing::warn!(%error, "NATS client error"),
        other => tracing::debug!(%other, "NATS"),
    }
}
