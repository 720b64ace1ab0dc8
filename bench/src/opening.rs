//! Opens sockets by hand: the upgrade, and the first frame. What comes back is a bare connection, so that thousands of them
//! cost the load program nothing but themselves.

use std::net::{Ipv4Addr, SocketAddr, TcpStream as StdStream};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use chat_protocol::ids::ConversationId;
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::frames::{CLOSE, TEXT, from_client, whole};

/// How long a socket may take from the connection to its first frame.
const PATIENCE: Duration = Duration::from_secs(20);
/// Sockets of one source address: fewer than an address has ports for one destination.
const PER_SOURCE: usize = 4000;
/// More than an upgrade's answer and a first frame.
const MAX_ANSWER: usize = 256 * 1024;
/// Nobody looks at it: it is not known who listens.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// Which socket.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) gateway: SocketAddr,
    /// Its number among all: from it follows the address that it comes from.
    pub(crate) index: usize,
    pub(crate) token: String,
    pub(crate) way: Way,
}

/// How it is spoken to.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// A WebSocket on a path.
    Plain {
        /// With the query, if there is one.
        path: String,
    },
    /// Socket.IO over a WebSocket, on a namespace.
    SocketIo {
        /// `/ws/…/`
        namespace: String,
    },
}

impl Way {
    /// One conversation's socket.
    pub(crate) fn to(conversation: ConversationId, is_socketio: bool) -> Self {
        let place = format!("/ws/chat/{conversation}/");
        if is_socketio { Self::SocketIo { namespace: place } } else { Self::Plain { path: place } }
    }

    /// A person's socket for all of their conversations.
    pub(crate) fn everywhere() -> Self {
        Self::Plain { path: "/ws/".to_owned() }
    }
}

/// An open socket.
#[derive(Debug)]
pub(crate) struct Opened {
    /// Does not block.
    pub(crate) stream: StdStream,
    /// What came behind the first frame.
    pub(crate) rest: Vec<u8>,
    /// Of `ready`, if it says so.
    pub(crate) last_seq: Option<u64>,
}

#[derive(Deserialize)]
struct Ready {
    last_seq: Option<u64>,
}

impl Door {
    /// Connects, and waits for `ready`.
    pub(crate) async fn open(self) -> anyhow::Result<Opened> {
        timeout(PATIENCE, self.enter()).await.context("no `ready` in time")?
    }

    async fn enter(self) -> anyhow::Result<Opened> {
        let Self { gateway, index, token, way } = self;
        let path = match &way {
            Way::Plain { path } => path.as_str(),
            Way::SocketIo { .. } => "/socket.io/?EIO=4&transport=websocket",
        };
        let mut connection = upgrade(gateway, source(index), path, Some(&token)).await?;
        if let Way::SocketIo { namespace } = &way {
            let hello = connection.text().await?;
            ensure!(hello.starts_with('0'), "Socket.IO does not open: {hello}");
            let auth = format!(r#"40{namespace},{{"token":"{token}"}}"#);
            connection.stream.write_all(&from_client(TEXT, auth.as_bytes())).await?;
        }
        let last_seq = connection.ready().await?;
        Ok(Opened { stream: connection.stream.into_std()?, rest: connection.read, last_seq })
    }
}

/// A connection behind its upgrade.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    /// What was read and not looked at.
    pub(crate) read: Vec<u8>,
}

/// Asks for a socket by hand.
pub(crate) async fn upgrade(
    server: SocketAddr,
    source: Ipv4Addr,
    path: &str,
    token: Option<&str>,
) -> anyhow::Result<Connection> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    socket.set_nodelay(true)?;
    let mut stream = socket.connect(server).await.context("cannot connect")?;
    let auth = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{auth}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut connection = Connection { stream, read: Vec::new() };
    let end = loop {
        if let Some(at) = connection.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        connection.more().await?;
    };
    let answer: Vec<u8> = connection.read.drain(..end).collect();
    let status = String::from_utf8_lossy(&answer);
    let status = status.lines().next().unwrap_or_default();
    ensure!(status.contains(" 101"), "no upgrade: {status}");
    Ok(connection)
}

impl Connection {
    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.read.len() < MAX_ANSWER, "an answer without an end");
        ensure!(self.stream.read_buf(&mut self.read).await? > 0, "the connection ended");
        Ok(())
    }

    /// The next text.
    pub(crate) async fn text(&mut self) -> anyhow::Result<String> {
        loop {
            while let Some((opcode, payload)) = whole(&self.read) {
                let end = payload.end;
                let text = String::from_utf8_lossy(&self.read[payload]).into_owned();
                self.read.drain(..end);
                match opcode {
                    TEXT => return Ok(text),
                    CLOSE => bail!("closed instead of `ready`"),
                    _ => {}
                }
            }
            self.more().await?;
        }
    }

    /// Waits for `ready`, in either way of speaking.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<Option<u64>> {
        loop {
            let text = self.text().await?;
            if text.starts_with("44") || text.starts_with(r#"{"type":"error""#) {
                bail!("refused: {text}");
            }
            if text.starts_with(r#"{"type":"ready""#) {
                return Ok(serde_json::from_str::<Ready>(&text)?.last_seq);
            }
            if let Some((_, body)) = text.split_once(r#"["ready","#) {
                return Ok(serde_json::from_str::<Ready>(body.strip_suffix(']').unwrap_or(body))?.last_seq);
            }
        }
    }
}

/// `127.0.0.1`, and from the 4,001st socket on `127.0.0.2`, and so on.
pub(crate) fn source(index: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, u8::try_from(index / PER_SOURCE + 1).unwrap_or(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_sockets_come_from_many_addresses() {
        assert_eq!(source(0), Ipv4Addr::LOCALHOST);
        assert_eq!(source(18_999), Ipv4Addr::new(127, 0, 0, 5));
    }
}
