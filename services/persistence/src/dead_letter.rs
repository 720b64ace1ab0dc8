//! Commands that cannot be carried out: kept on a stream of their own, answered with a code, and moved over.

use chat_bus::events::publish_replies;
use chat_bus::{Bus, BusError};
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::ids::{CommandId, InstanceId};
use chat_protocol::partition::Partition;
use chat_protocol::reply::{Outcome, Replies, Reply};
use chat_protocol::subjects;

/// Header: where on the stream of commands it stood.
const HEADER_POSITION: &str = "chat-position";
/// Header: why it was put away.
const HEADER_REASON: &str = "chat-reason";

/// A command that is put away.
#[derive(Debug)]
pub struct DeadLetter<'a> {
    /// Its partition.
    pub partition: Partition,
    /// Its position.
    pub pos: i64,
    /// Its id, if it has one.
    pub command_id: Option<CommandId>,
    /// Who asked, if it says so.
    pub reply_to: Option<&'a InstanceId>,
    /// The message as it was.
    pub message: &'a async_nats::Message,
    /// Why, for the operator.
    pub reason: &'a str,
}

/// Keeps it, then tells who asked that it was not carried out.
pub async fn put_away(bus: &Bus, letter: DeadLetter<'_>) -> Result<(), BusError> {
    tracing::error!(
        partition = letter.partition.get(),
        pos = letter.pos,
        reason = letter.reason,
        "a command cannot be carried out and is put away"
    );
    metrics::counter!("chat_persistence_dead_letters_total").increment(1);
    let mut headers = letter.message.headers.clone().unwrap_or_default();
    headers.insert(HEADER_POSITION, letter.pos.to_string());
    headers.insert(HEADER_REASON, one_line(letter.reason));
    bus.jetstream()
        .publish_with_headers(subjects::dead_letter(letter.partition), headers, letter.message.payload.clone())
        .await
        .map_err(|error| BusError::JetStream(error.to_string()))?
        .await
        .map_err(|error| BusError::JetStream(error.to_string()))?;
    let (Some(command_id), Some(reply_to)) = (letter.command_id, letter.reply_to) else { return Ok(()) };
    let refusal = Refusal::new(ErrorCode::Unavailable, "This cannot be carried out here.");
    let replies =
        Replies { replies: vec![Reply { command_id, outcome: Outcome::Refused(refusal) }], ..Replies::default() };
    publish_replies(bus, reply_to, &replies).await
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || !c.is_ascii() { ' ' } else { c }).take(200).collect()
}
