//! What can go wrong on the bus, by what the caller does next.

/// A failed call.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The connection could not be set up with what was configured.
    #[error("cannot connect to NATS: {0}")]
    Connect(#[from] async_nats::ConnectError),
    /// A subscription or publication was not taken by the client.
    #[error("NATS client: {0}")]
    Client(String),
    /// `JetStream` refused or did not answer; repeat with backoff.
    #[error("JetStream: {0}")]
    JetStream(String),
    /// Messages may have been missed: read again from the last known position.
    #[error("the reader must start again: {0}")]
    Interrupted(String),
    /// What was to be sent could not be encoded.
    #[error("encoding: {0}")]
    Encoding(#[from] serde_json::Error),
}

impl BusError {
    pub(crate) fn jetstream(error: impl std::fmt::Display) -> Self {
        Self::JetStream(error.to_string())
    }

    pub(crate) fn client(error: impl std::fmt::Display) -> Self {
        Self::Client(error.to_string())
    }
}
