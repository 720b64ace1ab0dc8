//! How NATS stands, for an operator: the server, and the three streams beside what they have to be.

use std::time::Duration;

use async_nats::jetstream::stream::Config;
use chat_protocol::subjects::{COMMANDS_STREAM, DEAD_LETTERS_STREAM, EVENTS_STREAM};
use tokio::time::timeout;

use crate::streams::{StreamSettings, declared, position};
use crate::{Bus, BusError};

/// How long an answer may take.
const LOOK: Duration = Duration::from_secs(4);

/// The server that one is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerStanding {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The largest message that it takes, in bytes.
    pub max_payload: usize,
}

/// What `JetStream` has of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JetStreamStanding {
    /// How many bytes there are in files.
    pub storage_bytes: i64,
    /// How many there may be; -1: no limit.
    pub max_storage_bytes: i64,
}

/// A stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStanding {
    /// Its name.
    pub name: &'static str,
    /// What it is, unless it is not there.
    pub found: Option<StreamState>,
    /// What is other than it has to be: setting, what there is, what there should be.
    pub differences: Vec<[String; 3]>,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    /// How many messages there are.
    pub messages: u64,
    /// How many bytes these take.
    pub bytes: u64,
    /// How many it may hold.
    pub max_bytes: i64,
    /// The oldest position.
    pub first_pos: i64,
    /// The newest position.
    pub last_pos: i64,
    /// How many copies are there and up to date, the leader's among them.
    pub current_replicas: usize,
    /// How many there should be.
    pub replicas: usize,
}

/// What the server said of itself when it was connected to.
#[must_use]
pub fn server(bus: &Bus) -> ServerStanding {
    let info = bus.client().server_info();
    ServerStanding { name: info.server_name, version: info.version, max_payload: info.max_payload }
}

/// Asks `JetStream`.
pub async fn jetstream(bus: &Bus) -> Result<JetStreamStanding, BusError> {
    let account = timeout(LOOK, bus.jetstream().query_account()).await.map_err(BusError::jetstream)?;
    let account = account.map_err(BusError::jetstream)?;
    let storage_bytes = i64::try_from(account.storage).unwrap_or(i64::MAX);
    Ok(JetStreamStanding { storage_bytes, max_storage_bytes: account.limits.max_storage.unwrap_or(-1) })
}

/// Looks at the three streams.
pub async fn streams(bus: &Bus, settings: StreamSettings) -> Result<Vec<StreamStanding>, BusError> {
    let mut all = Vec::new();
    for (name, wanted) in [COMMANDS_STREAM, EVENTS_STREAM, DEAD_LETTERS_STREAM].into_iter().zip(declared(settings)) {
        all.push(stream(bus, name, &wanted).await?);
    }
    Ok(all)
}

async fn stream(bus: &Bus, name: &'static str, wanted: &Config) -> Result<StreamStanding, BusError> {
    use async_nats::jetstream::ErrorCode;
    use async_nats::jetstream::context::GetStreamErrorKind;

    let stream = match timeout(LOOK, bus.jetstream().get_stream(name)).await.map_err(BusError::jetstream)? {
        Ok(stream) => stream,
        Err(error) => {
            let is_missing = matches!(error.kind(), GetStreamErrorKind::JetStream(ref said) if said.error_code() == ErrorCode::STREAM_NOT_FOUND);
            let missing = StreamStanding { name, found: None, differences: Vec::new() };
            return if is_missing { Ok(missing) } else { Err(BusError::jetstream(error)) };
        }
    };
    let info = stream.cached_info();
    let followers =
        info.cluster.iter().flat_map(|cluster| &cluster.replicas).filter(|follower| follower.current).count();
    let found = StreamState {
        messages: info.state.messages,
        bytes: info.state.bytes,
        max_bytes: info.config.max_bytes,
        first_pos: position(info.state.first_sequence),
        last_pos: position(info.state.last_sequence),
        current_replicas: followers + 1,
        replicas: info.config.num_replicas,
    };
    Ok(StreamStanding { name, found: Some(found), differences: differences(&info.config, wanted) })
}

/// Where a stream differs from what it has to be, in what the code relies on.
fn differences(found: &Config, wanted: &Config) -> Vec<[String; 3]> {
    let settings = |config: &Config| {
        [
            ("subjects", format!("{:?}", config.subjects)),
            ("retention", format!("{:?}", config.retention)),
            ("discard", format!("{:?}", config.discard)),
            ("storage", format!("{:?}", config.storage)),
            ("replicas", config.num_replicas.to_string()),
            ("max_bytes", config.max_bytes.to_string()),
            ("max_age_secs", config.max_age.as_secs().to_string()),
            ("allow_direct", config.allow_direct.to_string()),
        ]
    };
    let pairs = settings(found).into_iter().zip(settings(wanted));
    let differs = pairs.filter(|((_, there), (_, wanted))| there != wanted);
    differs.map(|((name, there), (_, wanted))| [name.to_owned(), there, wanted]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_with_both_values() {
        let settings = StreamSettings {
            replicas: 3,
            commands_max_bytes: 1 << 20,
            events_max_bytes: 2 << 20,
            events_max_age: Duration::from_hours(24),
        };
        let [wanted, ..] = declared(settings);
        assert_eq!(differences(&wanted, &wanted), Vec::<[String; 3]>::new());
        let found = Config { num_replicas: 1, max_bytes: 5, ..wanted.clone() };
        let expected = [["replicas", "1", "3"], ["max_bytes", "5", "1048576"]];
        assert_eq!(differences(&found, &wanted), expected.map(|row| row.map(str::to_owned)));
    }
}
