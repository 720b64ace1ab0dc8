//! Commands on the wire: publish one, read one back.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::context::{PublishAckFuture, PublishErrorKind};
use chat_protocol::command::{
    Command, CommandBody, CommandKind, HEADER_COMMAND_ID, HEADER_INCARNATION, HEADER_KIND, HEADER_REPLY_TO,
};
use chat_protocol::ids::{CommandId, InstanceId};
use chat_protocol::partition::Partition;
use chat_protocol::subjects;
use chat_protocol::trace::TraceContext;

use crate::streams::position;
use crate::{Bus, BusError, trace};

/// How the publication of a command can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The stream did not take it: full, or not there.
    #[error("refused: {0}")]
    Refused(String),
    /// There is no stream: it may be gone with what it had acknowledged.
    #[error("no stream")]
    NoStream,
    /// Nobody said whether it was taken. Publish it again, with the same id.
    #[error("unanswered: {0}")]
    Unanswered(String),
}

/// A command that was handed to the broker and waits for its PubAck.
pub struct Publication(PublishAckFuture);

impl Publication {
    /// The position in the stream.
    pub async fn acked(self) -> Result<i64, PublishError> {
        match self.0.await {
            Ok(ack) => Ok(position(ack.sequence)),
            Err(error) => Err(match error.kind() {
                PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => {
                    PublishError::Unanswered(error.to_string())
                }
                PublishErrorKind::StreamNotFound => PublishError::NoStream,
                _ => PublishError::Refused(describe(&error)),
            }),
        }
    }
}

fn describe(error: &async_nats::jetstream::context::PublishError) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// A command in the form in which it travels: made once, published as often as needed.
#[derive(Debug, Clone)]
pub struct EncodedCommand {
    id: CommandId,
    partition: Partition,
    subject: String,
    headers: HeaderMap,
    payload: bytes::Bytes,
}

impl EncodedCommand {
    /// Encodes it.
    pub fn new(command: &Command) -> Result<Self, BusError> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER_COMMAND_ID, command.id.to_string());
        headers.insert(HEADER_KIND, command.body.kind().as_str());
        headers.insert(HEADER_REPLY_TO, command.reply_to.as_str());
        let payload = command.body.encode()?.into();
        let partition = command.partition();
        Ok(Self { id: command.id, partition, subject: subjects::command(partition), headers, payload })
    }

    /// The same command as part of a trace, if it is part of one.
    #[must_use]
    pub fn traced(mut self, place: Option<&TraceContext>) -> Self {
        if let Some(place) = place {
            trace::write(&mut self.headers, place);
        }
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> CommandId {
        self.id
    }

    /// The same command under another id: what a repetition must never be. For the mutant that proves so.
    #[must_use]
    pub fn with_id(mut self, id: CommandId) -> Self {
        self.headers.insert(HEADER_COMMAND_ID, id.to_string());
        self.id = id;
        self
    }

    /// The same command for one life of the stream alone: in a later one nobody carries it out. Whoever keeps an order says it
    /// so, because what was said before may be gone with the stream.
    #[must_use]
    pub fn within(mut self, incarnation: i64) -> Self {
        self.headers.insert(HEADER_INCARNATION, incarnation.to_string());
        self
    }

    /// Where it is decided.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// Publishes it and waits for the position at which the stream took it.
    pub async fn offer(&self, bus: &Bus) -> Result<i64, PublishError> {
        if !bus.is_connected() {
            return Err(PublishError::Refused("not connected".to_owned()));
        }
        self.publish(bus).await?.acked().await
    }

    /// Hands it to the broker. Publications of one task keep their order.
    pub async fn publish(&self, bus: &Bus) -> Result<Publication, PublishError> {
        let publish =
            bus.jetstream().publish_with_headers(self.subject.clone(), self.headers.clone(), self.payload.clone());
        match tokio::time::timeout(Duration::from_secs(5), publish).await {
            Ok(Ok(ack)) => Ok(Publication(ack)),
            Ok(Err(error)) => Err(PublishError::Refused(error.to_string())),
            // Dropped while waiting for a place in the client: it was not sent.
            Err(_) => Err(PublishError::Refused("the client is busy".to_owned())),
        }
    }
}

/// A message of the stream that is no command this version can carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// Its id, if it says one.
    pub id: Option<CommandId>,
    /// Who waits, if it says so.
    pub reply_to: Option<InstanceId>,
    /// What is wrong with it.
    pub reason: String,
}

/// The life of the stream in which a message of it is to be carried out; none: in any.
#[must_use]
pub fn incarnation(message: &async_nats::Message) -> Option<i64> {
    header(message, HEADER_INCARNATION)?.parse().ok()
}

fn header<'a>(message: &'a async_nats::Message, name: &str) -> Option<&'a str> {
    message.headers.as_ref()?.get(name).map(async_nats::HeaderValue::as_str)
}

/// Reads a message of the stream.
pub fn decode(message: &async_nats::Message) -> Result<Command, Undecodable> {
    let header = |name: &str| header(message, name);
    let id: Option<CommandId> = header(HEADER_COMMAND_ID).and_then(|id| id.parse().ok());
    let reply_to: Option<InstanceId> = header(HEADER_REPLY_TO).and_then(|instance| instance.parse().ok());
    let kind = header(HEADER_KIND);
    let decoded = match (id, &reply_to, kind.and_then(CommandKind::from_name)) {
        (Some(id), Some(reply_to), Some(kind)) => CommandBody::decode(kind, &message.payload)
            .map(|body| Command { id, reply_to: reply_to.clone(), body })
            .map_err(|error| format!("body at line {}, column {}", error.line(), error.column())),
        (None, ..) => Err("no command id".to_owned()),
        (_, None, _) => Err("nobody to answer".to_owned()),
        (.., None) => Err(format!("unknown kind {:?}", kind.unwrap_or_default())),
    };
    let command = decoded.map_err(|reason| Undecodable { id, reply_to: reply_to.clone(), reason })?;
    if subjects::parse_command(&message.subject) != Some(command.partition()) {
        return Err(Undecodable { id, reply_to, reason: "in a partition that is not its own".to_owned() });
    }
    Ok(command)
}
