//! One connection to NATS, and the news about it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, context::ContextBuilder};
use async_nats::{Client, ConnectOptions, Event};
use chat_protocol::subjects;
use tokio::sync::watch;

use crate::BusError;
use crate::servers::Servers;

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
    /// `nats://host:port`, several separated by commas; with `tls://` nothing is said that is not encrypted. The first may
    /// name the user: `nats://user:password@host:port`.
    pub url: String,
    /// The user, where the server asks for one. Inboxes are named after it, so that nobody else may hear them.
    pub user: Option<String>,
    /// The password that goes with it.
    pub password: Option<String>,
    /// What the server lists the connection as.
    pub name: String,
}

/// The files with which one knows the server, and is known by it. None at all: what the system trusts, if there is TLS.
#[derive(Debug, Clone, Default)]
pub struct NatsTls {
    /// The authorities that sign servers' certificates, PEM; with it nothing is said that is not encrypted.
    pub ca_file: Option<PathBuf>,
    /// One's own certificate, PEM.
    pub cert_file: Option<PathBuf>,
    /// The key of that certificate, PEM.
    pub key_file: Option<PathBuf>,
}

impl From<[Option<PathBuf>; 3]> for NatsTls {
    /// From the files of the authorities, the own certificate, and its key.
    fn from([ca_file, cert_file, key_file]: [Option<PathBuf>; 3]) -> Self {
        Self { ca_file, cert_file, key_file }
    }
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
        Self::connect_over(options, &NatsTls::default()).await
    }

    /// The same with certificates.
    pub async fn connect_over(options: &NatsOptions, tls: &NatsTls) -> Result<Self, BusError> {
        let (disturbed, disturbances) = watch::channel(0);
        let disturbed = Arc::new(disturbed);
        let servers = Servers::parse(&options.url);
        let login = options.user.clone().zip(options.password.clone()).or(servers.login);
        let owner = login.as_ref().map_or(options.name.as_str(), |(user, _)| user);
        let mut settings = ConnectOptions::new()
            .name(&options.name)
            .custom_inbox_prefix(subjects::inbox_prefix(owner))
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
        if let Some((user, password)) = login {
            settings = settings.user_and_password(user, password);
        }
        let client = encrypted(settings, tls)?.connect(servers.addresses).await?;
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

fn encrypted(mut settings: ConnectOptions, tls: &NatsTls) -> Result<ConnectOptions, BusError> {
    if let Some(authorities) = &tls.ca_file {
        settings = settings.add_root_certificates(authorities.clone()).require_tls(true);
    }
    match (&tls.cert_file, &tls.key_file) {
        (Some(certificate), Some(key)) => Ok(settings.add_client_certificate(certificate.clone(), key.clone())),
        (None, None) => Ok(settings),
        _ => Err(BusError::Client("a client certificate needs its key, and a key its certificate".to_owned())),
    }
}

fn note(event: &Event, disturbed: &watch::Sender<u64>) {
    let is_disturbance = matches!(event, Event::Connected | Event::Disconnected | Event::SlowConsumer(_));
    if is_disturbance {
        disturbed.send_modify(|count| *count += 1);
    }
    match event {
        Event::Connected => {
            metrics::gauge!("chat_nats_connected").set(1.0);
            tracing::info!("connected to NATS");
        }
        Event::Disconnected => {
            metrics::gauge!("chat_nats_connected").set(0.0);
            metrics::counter!("chat_nats_disconnections_total").increment(1);
            tracing::warn!("disconnected from NATS");
        }
        Event::LameDuckMode => tracing::warn!("the NATS server is about to stop"),
        Event::SlowConsumer(id) => {
            metrics::counter!("chat_nats_overflows_total").increment(1);
            tracing::warn!(subscription = id, "NATS subscription overflowed: messages dropped");
        }
        Event::ServerError(error) if is_denial(error) => {
            metrics::counter!("chat_nats_permission_violations_total").increment(1);
            tracing::error!(%error, "NATS does not let this user do that: see deploy/nats/permissions.conf");
        }
        Event::ServerError(error) => tracing::error!(%error, "NATS server error"),
        Event::ClientError(error) => tracing::warn!(%error, "NATS client error"),
        other => tracing::debug!(%other, "NATS"),
    }
}

/// Whether the server refused a subject. Whoever published hears nothing of it and waits.
fn is_denial(error: &async_nats::ServerError) -> bool {
    error.to_string().to_ascii_lowercase().contains("permissions violation")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_subjects_are_told_from_other_errors() {
        let told = |text: &str| is_denial(&async_nats::ServerError::Other(text.to_owned()));
        assert!(told("Permissions Violation for Publish to \"chat.command.1\""));
        assert!(!told("maximum payload exceeded"));
    }

    #[tokio::test]
    async fn certificate_without_its_key_is_refused() {
        let options = NatsOptions { url: "nats://127.0.0.1:1".into(), user: None, password: None, name: "test".into() };
        let tls = NatsTls { cert_file: Some("x.pem".into()), ..NatsTls::default() };
        assert!(Bus::connect_over(&options, &tls).await.is_err());
    }
}
