//! Where messages come from that are fanned out: events published on NATS just as persistence publishes them, so that gateways
//! are measured alone; the same frames for the floor; or messages that somebody says.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;

use anyhow::Context as _;
use async_nats::jetstream::context::PublishAckFuture;
use chat_bus::attributes::Attributes;
use chat_bus::events::EncodedEvent;
use chat_bus::{Bus, NatsOptions};
use chat_protocol::event::{Event, EventFacts, MessageFacts, MessageReceived};
use chat_protocol::ids::{CommandId, ConversationId, MessageId, Seq, UserId};
use chat_protocol::message::{Message, SendMessageRequest};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::floor::CONTROL_PATH;
use crate::frames::{TEXT, from_client, from_server};
use crate::opening::{Door, upgrade};

/// What a message looks like: the same file that the wire is tested with.
const MESSAGE: &str = include_str!("../../libs/protocol/tests/golden/v1/message_received.json");
/// Unacknowledged events at once; more wait.
const UNACKED: usize = 4096;

/// Makes the messages of one conversation, one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Author {
    template: Message,
    seq: i64,
    number: i64,
    sender: UserId,
}

impl Author {
    /// What is said by `sender` behind `last_seq`, in a conversation in which nothing was said yet.
    pub(crate) fn new(
        conversation: ConversationId,
        sender: UserId,
        last_seq: i64,
        content: &str,
    ) -> anyhow::Result<Self> {
        let mut template = serde_json::from_str::<MessageReceived>(MESSAGE)?.message;
        template.conversation_id = conversation;
        content.clone_into(&mut template.content);
        if let Some(named) = &mut template.sender {
            named.id = sender;
        }
        Ok(Self { template, seq: last_seq, number: 0, sender })
    }

    /// How long the frame of one is, without its header.
    pub(crate) fn frame_len(mut self) -> anyhow::Result<usize> {
        Ok(serde_json::to_vec(&self.say().1)?.len())
    }

    fn say(&mut self) -> (MessageId, Event, EventFacts) {
        self.seq += 1;
        self.number += 1;
        let id = MessageId::from(CommandId::generate());
        let message = Message { seq: Seq(self.seq), id, ..self.template.clone() };
        let number = MessageFacts { number: self.number, sender_id: Some(self.sender), sent_count: self.number };
        (id, Event::of_message(message), EventFacts { message: Some(number), ..EventFacts::default() })
    }
}

/// What messages come from.
pub(crate) enum Source {
    /// The broker.
    Bus(Box<Published>),
    /// The control connection of the floor.
    Floor { author: Box<Author>, control: TcpStream },
    /// A socket of a participant: through the stream, the database and the broker.
    Socket { speaking: OwnedWriteHalf, request: SendMessageRequest, tag: u32, said: u64 },
}

/// Publishes as persistence does.
pub(crate) struct Published {
    bus: Bus,
    author: Author,
    attributes: Attributes,
    acks: mpsc::Sender<PublishAckFuture>,
    awaiting: JoinHandle<u64>,
}

impl Source {
    /// Connects to the broker.
    pub(crate) async fn bus(url: &str, author: Author) -> anyhow::Result<Self> {
        let options = NatsOptions { url: url.to_owned(), user: None, password: None, name: "chat-bench".to_owned() };
        let bus = Bus::connect(&options).await?;
        bus.client().flush().await.context("NATS is not there")?;
        let (acks, mut unacked) = mpsc::channel::<PublishAckFuture>(UNACKED);
        let awaiting = tokio::spawn(async move {
            let mut lost = 0;
            while let Some(ack) = unacked.recv().await {
                lost += u64::from(ack.await.is_err());
            }
            lost
        });
        let attributes = Attributes::of(Some("/chat"));
        Ok(Self::Bus(Box::new(Published { bus, author, attributes, acks, awaiting })))
    }

    /// A participant's socket of its own.
    pub(crate) async fn socket(door: Door, content: &str) -> anyhow::Result<Self> {
        let (mut reading, speaking) = TcpStream::from_std(door.open().await?.stream)?.into_split();
        tokio::spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            while reading.read(&mut buffer).await.is_ok_and(|len| len > 0) {}
        });
        let request = SendMessageRequest { content: Some(content.to_owned()), ..SendMessageRequest::default() };
        Ok(Self::Socket { speaking, request, tag: rand::random(), said: 0 })
    }

    /// Says so many messages, as one batch.
    pub(crate) async fn send(&mut self, count: u64) -> anyhow::Result<()> {
        match self {
            Self::Bus(published) => {
                for _ in 0..count {
                    published.publish().await?;
                }
            }
            Self::Floor { author, control } => {
                let mut batch = Vec::new();
                for _ in 0..count {
                    batch.extend(from_server(TEXT, &serde_json::to_vec(&author.say().1)?));
                }
                control.write_all(&batch).await?;
            }
            Self::Socket { speaking, request, tag, said } => {
                let mut batch = Vec::new();
                for _ in 0..count {
                    *said += 1;
                    request.client_id = Some(format!("f{tag:08x}.{said}"));
                    let mut frame = serde_json::to_value(&*request)?;
                    frame["type"] = "send_message".into();
                    batch.extend(from_client(TEXT, &serde_json::to_vec(&frame)?));
                }
                speaking.write_all(&batch).await?;
            }
        }
        Ok(())
    }

    /// Ends; an error if the broker did not take all that was published.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        if let Self::Bus(published) = self {
            let Published { acks, awaiting, .. } = *published;
            drop(acks);
            let lost = awaiting.await?;
            anyhow::ensure!(lost == 0, "the broker did not acknowledge {lost} events");
        }
        Ok(())
    }
}

impl Published {
    async fn publish(&mut self) -> anyhow::Result<()> {
        let (id, event, facts) = self.author.say();
        let encoded = EncodedEvent::new(id.uuid(), &event, facts, &self.attributes)?;
        let ack = encoded.publish(&self.bus).await?;
        self.acks.send(ack).await.ok().context("nobody awaits what the broker says")
    }
}

/// The floor, as a process of its own.
#[derive(Debug)]
pub(crate) struct FloorProcess {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl FloorProcess {
    /// Starts it; it ends with this value.
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg("floor").stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("the floor says nothing")?).lines();
        let address = lines.next_line().await?.context("the floor has no address")?.parse()?;
        Ok(Self { child, address })
    }

    /// Its process.
    pub(crate) fn pid(&self) -> Option<i32> {
        self.child.id().and_then(|pid| pid.try_into().ok())
    }

    /// What is written to all of its sockets.
    pub(crate) async fn source(&self, author: Author) -> anyhow::Result<Source> {
        let connection = upgrade(self.address, Ipv4Addr::LOCALHOST, CONTROL_PATH, None).await?;
        Ok(Source::Floor { author: Box::new(author), control: connection.stream })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_follow_each_other_without_a_hole() {
        let user = UserId::new(7).unwrap();
        let mut author = Author::new(ConversationId::generate(), user, 1, "hello").unwrap();
        let (first, event, facts) = author.say();
        let (second, next, _) = author.say();
        assert_eq!((event.seq(), next.seq()), (Seq(2), Seq(3)));
        assert_ne!(first, second);
        let numbers = facts.message.unwrap();
        assert_eq!((numbers.number, numbers.sender_id, numbers.sent_count), (1, Some(user), 1));
    }
}
