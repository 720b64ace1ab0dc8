//! The three streams, as they must be. Declared by persistence at its start.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use chat_protocol::command::HEADER_COMMAND_ID;
use chat_protocol::ids::CommandId;
use chat_protocol::subjects::{
    COMMANDS_STREAM, COMMANDS_WILDCARD, DEAD_LETTERS_STREAM, DEAD_LETTERS_WILDCARD, EVENTS_STREAM, EVENTS_WILDCARD,
};
use tokio::time::timeout;

use crate::{Bus, BusError};

const DAY: Duration = Duration::from_hours(24);
/// Room for dead letters, however little there is for commands.
const DEAD_LETTERS_MIN_BYTES: i64 = 16 << 20;
/// How long a look at the stream may take.
const LOOK: Duration = Duration::from_secs(5);

/// What an operator decides about the streams.
#[derive(Debug, Clone, Copy)]
pub struct StreamSettings {
    /// Copies of each message: 1 on a single server, 3 in production.
    pub replicas: usize,
    /// Bytes that CHAT_COMMANDS may hold; when they are used up, senders hear `unavailable`.
    pub commands_max_bytes: i64,
    /// Bytes that CHAT_EVENTS may hold; the oldest go first.
    pub events_max_bytes: i64,
    /// How long CHAT_EVENTS keeps an event.
    pub events_max_age: Duration,
}

/// What CHAT_COMMANDS is at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandStreamState {
    /// When it was created: another time means another stream.
    pub created: String,
    /// The oldest position it has.
    pub first_pos: i64,
    /// The newest position it has given.
    pub last_pos: i64,
    /// Bytes that it takes.
    pub bytes: u64,
    /// Bytes that it may take.
    pub max_bytes: i64,
}

/// Creates the streams or brings their settings up to date.
pub async fn declare(bus: &Bus, settings: StreamSettings) -> Result<(), BusError> {
    for config in declared(settings) {
        bus.jetstream().create_or_update_stream(config).await.map_err(BusError::jetstream)?;
    }
    Ok(())
}

/// As they have to be: CHAT_COMMANDS, CHAT_EVENTS, CHAT_DEAD_LETTERS.
pub(crate) fn declared(settings: StreamSettings) -> [Config; 3] {
    [commands(settings), events(settings), dead_letters(settings)]
}

/// Creates CHAT_EVENTS where it is gone.
pub async fn declare_events(bus: &Bus, settings: StreamSettings) -> Result<(), BusError> {
    let declare = bus.jetstream().create_or_update_stream(events(settings));
    timeout(LOOK, declare).await.map_err(BusError::jetstream)?.map_err(BusError::jetstream)?;
    Ok(())
}

fn base(name: &str, subject: &str, settings: StreamSettings) -> Config {
    Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        num_replicas: settings.replicas,
        allow_direct: true,
        // No deduplication ids are used anywhere; the shortest window costs the least.
        duplicate_window: Duration::from_millis(100),
        ..Config::default()
    }
}

/// Never drops what is not yet stored: full means that publishing fails.
fn commands(settings: StreamSettings) -> Config {
    Config {
        discard: DiscardPolicy::New,
        max_bytes: settings.commands_max_bytes,
        ..base(COMMANDS_STREAM, COMMANDS_WILDCARD, settings)
    }
}

fn events(settings: StreamSettings) -> Config {
    Config {
        discard: DiscardPolicy::Old,
        max_bytes: settings.events_max_bytes,
        max_age: settings.events_max_age,
        ..base(EVENTS_STREAM, EVENTS_WILDCARD, settings)
    }
}

fn dead_letters(settings: StreamSettings) -> Config {
    Config {
        discard: DiscardPolicy::Old,
        max_bytes: (settings.commands_max_bytes / 10).max(DEAD_LETTERS_MIN_BYTES),
        max_age: 90 * DAY,
        ..base(DEAD_LETTERS_STREAM, DEAD_LETTERS_WILDCARD, settings)
    }
}

/// Looks at CHAT_COMMANDS.
pub async fn look_at_commands(bus: &Bus) -> Result<CommandStreamState, BusError> {
    let look = async { bus.jetstream().get_stream(COMMANDS_STREAM).await.map_err(BusError::jetstream) };
    let stream = timeout(LOOK, look).await.map_err(BusError::jetstream)??;
    let info = stream.cached_info();
    Ok(CommandStreamState {
        created: info.created.to_string(),
        first_pos: position(info.state.first_sequence),
        last_pos: position(info.state.last_sequence),
        bytes: info.state.bytes,
        max_bytes: info.config.max_bytes,
    })
}

/// The id of the command at a position; none where there is none any more.
pub async fn command_id_at(bus: &Bus, pos: i64) -> Result<Option<CommandId>, BusError> {
    use async_nats::jetstream::stream::DirectGetErrorKind;

    let Ok(sequence) = u64::try_from(pos) else { return Ok(None) };
    let stream = bus.jetstream().get_stream_no_info(COMMANDS_STREAM).await.map_err(BusError::jetstream)?;
    match timeout(LOOK, stream.direct_get(sequence)).await.map_err(BusError::jetstream)? {
        Ok(message) => Ok(message.headers.get(HEADER_COMMAND_ID).and_then(|id| id.as_str().parse().ok())),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
        Err(error) => Err(BusError::jetstream(error)),
    }
}

/// Forgets every command before `pos`.
pub async fn purge_commands_before(bus: &Bus, pos: i64) -> Result<u64, BusError> {
    let Ok(sequence) = u64::try_from(pos) else { return Ok(0) };
    let stream = bus.jetstream().get_stream_no_info(COMMANDS_STREAM).await.map_err(BusError::jetstream)?;
    let purged = stream.purge().sequence(sequence).await.map_err(BusError::jetstream)?;
    Ok(purged.purged)
}

pub(crate) fn position(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
