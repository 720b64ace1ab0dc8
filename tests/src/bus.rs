//! Somebody who writes to the streams past api and gateways, and hears the answers: what a gateway that was told wrong would do.

use std::collections::HashMap;

use anyhow::{Context, Result};
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::{HeaderMap, Subscriber};
use chat_bus::commands::EncodedCommand;
use chat_bus::events::{self, ReceivedEvent};
use chat_bus::{Bus, NatsOptions};
use chat_protocol::command::{Command, CommandBody, HEADER_COMMAND_ID, SendMessage};
use chat_protocol::event::{HEADER_CE_ID, HEADER_SEQ};
use chat_protocol::ids::{CommandId, InstanceId, UserId};
use chat_protocol::message::SendMessageRequest;
use chat_protocol::reply::{Outcome, Replies};
use chat_protocol::subjects::{self, COMMANDS_STREAM, DEAD_LETTERS_STREAM, DEAD_LETTERS_WILDCARD, EVENTS_STREAM};
use chrono::{TimeDelta, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::time::timeout;

use crate::PATIENCE;

/// An instance of no service.
pub struct Writer {
    /// NATS.
    pub bus: Bus,
    /// Where answers come.
    pub instance: InstanceId,
    answers: Subscriber,
    /// Answers that nobody has asked for yet.
    heard: HashMap<CommandId, Outcome>,
}

impl Writer {
    pub(crate) async fn connect(nats_url: &str) -> Result<Self> {
        let instance: InstanceId = format!("test-{}", uuid::Uuid::now_v7().simple()).parse()?;
        let options = NatsOptions { url: nats_url.to_owned(), user: None, password: None, name: instance.to_string() };
        let bus = Bus::connect(&options).await?;
        let answers = bus.client().subscribe(subjects::reply(&instance)).await?;
        bus.flush().await?;
        Ok(Self { bus, instance, answers, heard: HashMap::new() })
    }

    /// A command that asks for anything.
    #[must_use]
    pub fn command(&self, body: CommandBody) -> Command {
        Command { id: CommandId::generate(), reply_to: self.instance.clone(), body }
    }

    /// A command that asks for a message, as a gateway would make it; it is good for a minute, or was until so long ago.
    pub fn send_message(&self, conversation: &str, sender: i64, content: &str, good_for: TimeDelta) -> Result<Command> {
        let request = SendMessageRequest { content: Some(content.to_owned()), ..SendMessageRequest::default() };
        Ok(self.command(CommandBody::SendMessage(SendMessage {
            conversation_id: conversation.parse()?,
            sender_id: UserId::new(sender).context("a user id")?,
            message: request.check(usize::MAX)?,
            not_after: (Utc::now() + good_for).into(),
        })))
    }

    /// Puts a command on the stream; returns when the stream has it.
    pub async fn publish(&self, command: &Command) -> Result<i64> {
        Ok(EncodedCommand::new(command)?.publish(&self.bus).await?.acked().await?)
    }

    /// Puts anything on the stream.
    pub async fn publish_raw(&self, subject: String, headers: HeaderMap, body: &[u8]) -> Result<()> {
        self.bus.jetstream().publish_with_headers(subject, headers, body.to_vec().into()).await?.await?;
        Ok(())
    }

    /// What became of a command.
    pub async fn answer(&mut self, command: CommandId) -> Outcome {
        let wait = async {
            loop {
                if let Some(outcome) = self.heard.remove(&command) {
                    return outcome;
                }
                let message = self.answers.next().await.expect("the subscription lasts");
                let replies: Replies = serde_json::from_slice(&message.payload).expect("replies are readable");
                self.heard.extend(replies.replies.into_iter().map(|reply| (reply.command_id, reply.outcome)));
            }
        };
        timeout(PATIENCE, wait).await.expect("the command is answered")
    }

    /// Puts a command on the stream and waits for what becomes of it.
    pub async fn ask(&mut self, command: &Command) -> Outcome {
        self.publish(command).await.expect("the stream takes the command");
        self.answer(command.id).await
    }

    /// Hears everything on a subject from now on.
    pub async fn hear(&self, subject: &str) -> Result<Subscriber> {
        let subscriber = self.bus.client().subscribe(subject.to_owned()).await?;
        self.bus.flush().await?;
        Ok(subscriber)
    }

    /// The log of a conversation as CHAT_EVENTS has it: position and id of each event, as often as it was published.
    pub async fn events_of(&self, conversation: &str) -> Result<Vec<(i64, String)>> {
        let subject = subjects::conversation_log(conversation.parse()?);
        let events = self.read_all(EVENTS_STREAM, subject).await?.into_iter();
        let place = |event: async_nats::Message| {
            let headers = event.headers?;
            Some((headers.get(HEADER_SEQ)?.as_str().parse().ok()?, headers.get(HEADER_CE_ID)?.as_str().to_owned()))
        };
        events.map(|event| place(event).context("an event says where it stands")).collect()
    }

    /// The log of a conversation as CHAT_EVENTS has it, as gateways read it.
    pub async fn log_of(&self, conversation: &str) -> Result<Vec<ReceivedEvent>> {
        let subject = subjects::conversation_log(conversation.parse()?);
        let events = self.read_all(EVENTS_STREAM, subject).await?.into_iter();
        events.map(|event| events::decode(event).context("gateways can read it")).collect()
    }

    /// Everything that was put away: the ids of the commands, and their bodies.
    pub async fn dead_letters(&self) -> Result<Vec<(String, String)>> {
        let letters = self.read_all(DEAD_LETTERS_STREAM, DEAD_LETTERS_WILDCARD.to_owned()).await?.into_iter();
        let id = |headers: Option<HeaderMap>| headers?.get(HEADER_COMMAND_ID).map(|id| id.as_str().to_owned());
        let read = |letter: async_nats::Message| {
            let body = String::from_utf8_lossy(&letter.payload).into_owned();
            (id(letter.headers).unwrap_or_default(), body)
        };
        Ok(letters.map(read).collect())
    }

    /// Which streams have a message with this word.
    pub async fn streams_with(&self, word: &str) -> Result<Vec<&'static str>> {
        let mut found = Vec::new();
        for stream in [COMMANDS_STREAM, EVENTS_STREAM, DEAD_LETTERS_STREAM] {
            let messages = self.read_all(stream, ">".to_owned()).await?;
            let has = |message: &async_nats::Message| {
                let headers = format!("{:?}", message.headers);
                headers.contains(word) || String::from_utf8_lossy(&message.payload).contains(word)
            };
            if messages.iter().any(has) {
                found.push(stream);
            }
        }
        Ok(found)
    }

    /// Everything that a stream has on a subject at this moment.
    async fn read_all(&self, stream: &str, filter_subject: String) -> Result<Vec<async_nats::Message>> {
        let stream = self.bus.jetstream().get_stream(stream).await?;
        let config = OrderedConfig { filter_subject, ..OrderedConfig::default() };
        let mut consumer = stream.create_consumer(config).await?;
        let count = usize::try_from(consumer.info().await?.num_pending)?;
        let messages = consumer.messages().await?.take(count).map_ok(|message| message.message);
        Ok(timeout(PATIENCE, messages.try_collect()).await??)
    }

    /// The newest dead letter on a subject.
    pub async fn newest_dead_letter(&self, subject: &str) -> Result<(HeaderMap, Vec<u8>)> {
        let stream = self.bus.jetstream().get_stream(DEAD_LETTERS_STREAM).await?;
        let letter = stream.get_last_raw_message_by_subject(subject).await?;
        Ok((letter.headers, letter.payload.to_vec()))
    }
}
