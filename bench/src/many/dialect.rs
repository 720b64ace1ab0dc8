//! The ways in which systems are spoken to: how a socket is opened, a message said, and what a frame means. Everything else is the
//! same for all of them.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::frames::{TEXT, from_client};
use crate::opening::{Connection, source, upgrade};
use crate::people::Seat;

/// How long a socket may take to open: some systems open them one after the other.
const PATIENCE: Duration = Duration::from_mins(1);
/// The kind of an event stands in its first bytes.
const HEAD: usize = 40;

/// How a system is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dialect {
    /// This project's: the sender is answered by `message_sent`.
    Stack,
    /// The protocol that this project's comes from: the sender's own `message_received` is the answer.
    Django,
    /// Events of Socket.IO in rooms; the answer is the sender's own event.
    SocketIo,
}

/// What a frame means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// One's own message is stored.
    Ack,
    /// A message has come.
    Event,
    /// A message is not taken.
    Refusal,
    /// Answer this with a text.
    Ping(&'static str),
    /// Nothing that is counted.
    Other,
}

impl Dialect {
    /// Opens a socket of one participant; returns when it takes messages.
    pub(super) async fn open(self, server: SocketAddr, index: usize, seat: &Seat) -> anyhow::Result<Connection> {
        timeout(PATIENCE, self.enter(server, index, seat)).await.context("a socket does not open in time")?
    }

    async fn enter(self, server: SocketAddr, index: usize, seat: &Seat) -> anyhow::Result<Connection> {
        let place = format!("/ws/chat/{}/", seat.conversation);
        match self {
            Self::Stack => {
                let mut connection = upgrade(server, source(index), &place, Some(&seat.token)).await?;
                connection.ready().await?;
                Ok(connection)
            }
            Self::Django => upgrade(server, source(index), &place, Some(&seat.token)).await,
            Self::SocketIo => {
                let path = "/socket.io/?EIO=4&transport=websocket";
                let mut connection = upgrade(server, source(index), path, None).await?;
                let hello = connection.text().await?;
                ensure!(hello.starts_with('0'), "Socket.IO does not open: {hello}");
                let auth = format!("40{}", json!({ "token": seat.token, "conversation": seat.conversation }));
                connection.stream.write_all(&from_client(TEXT, auth.as_bytes())).await?;
                let answer = connection.text().await?;
                ensure!(answer.starts_with("40"), "Socket.IO does not let in: {answer}");
                Ok(connection)
            }
        }
    }

    /// A message, as it is sent.
    pub(super) fn say(self, client_id: &str, content: &str) -> String {
        match self {
            Self::Stack => json!({ "type": "send_message", "client_id": client_id, "content": content }).to_string(),
            Self::Django => json!({ "type": "send_message", "content": content }).to_string(),
            Self::SocketIo => format!("42{}", json!(["send_message", { "content": content }])),
        }
    }

    /// Whether one's own event is the answer.
    pub(super) fn answers_by_event(self) -> bool {
        self != Self::Stack
    }

    pub(super) fn meaning(self, frame: &[u8]) -> Meaning {
        let head = &frame[..frame.len().min(HEAD)];
        let says = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
        if self == Self::SocketIo && frame == b"2" {
            Meaning::Ping("3")
        } else if says("message_received") {
            Meaning::Event
        } else if says("message_sent") {
            Meaning::Ack
        } else if says("\"error") {
            Meaning::Refusal
        } else {
            Meaning::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_understood_in_each_dialect() {
        let golden = include_str!("../../../libs/protocol/tests/golden/v1/message_received.json");
        let facts = [
            (Dialect::Stack, golden.as_bytes().to_vec(), Meaning::Event),
            (Dialect::Stack, br#"{"type":"message_sent","client_id":"x"}"#.to_vec(), Meaning::Ack),
            (Dialect::Stack, br#"{"type":"error","code":"unavailable"}"#.to_vec(), Meaning::Refusal),
            (Dialect::Stack, br#"{"type":"heartbeat"}"#.to_vec(), Meaning::Other),
            (Dialect::Django, br#"{"type": "message_received", "message": {}}"#.to_vec(), Meaning::Event),
            (Dialect::Django, br#"{"type": "error", "message": "x"}"#.to_vec(), Meaning::Refusal),
            (Dialect::SocketIo, br#"42["message_received",{}]"#.to_vec(), Meaning::Event),
            (Dialect::SocketIo, br#"42["error_message",{}]"#.to_vec(), Meaning::Refusal),
            (Dialect::SocketIo, b"2".to_vec(), Meaning::Ping("3")),
        ];
        for (dialect, frame, meaning) in facts {
            assert_eq!(dialect.meaning(&frame), meaning, "{}", String::from_utf8_lossy(&frame));
        }
    }
}
