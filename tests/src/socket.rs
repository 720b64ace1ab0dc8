//! A client of the WebSocket protocol. Everything is awaited, nothing longer than [`PATIENCE`].

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::PATIENCE;

/// How the token comes with the upgrade.
#[derive(Debug, Clone, Copy)]
pub enum Credentials<'a> {
    /// `Authorization: Bearer …`
    Header(&'a str),
    /// `Sec-WebSocket-Protocol: bearer, …`
    Subprotocol(&'a str),
    /// Not at all: the first frame brings it, or nothing does.
    None,
}

/// How the server closed a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The code.
    pub code: u16,
    /// The reason.
    pub reason: String,
}

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Frames that came while another was waited for.
    kept: VecDeque<Value>,
    /// The subprotocol that the server chose.
    pub subprotocol: Option<String>,
}

impl Socket {
    /// Upgrades; fails with the HTTP answer if there is no upgrade.
    pub async fn connect(url: &str, credentials: Credentials<'_>) -> Result<Self, Error> {
        Self::connect_with(url, credentials, &[]).await
    }

    /// Upgrades with more headers, such as those of a browser or of a proxy.
    pub async fn connect_with(
        url: &str,
        credentials: Credentials<'_>,
        more: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = url.into_client_request()?;
        let headers = request.headers_mut();
        for (name, value) in more {
            headers.append(*name, HeaderValue::from_str(value)?);
        }
        match credentials {
            Credentials::Header(token) => headers.append("authorization", format!("Bearer {token}").parse()?),
            Credentials::Subprotocol(token) => {
                headers.append("sec-websocket-protocol", format!("bearer, {token}").parse()?)
            }
            Credentials::None => false,
        };
        let (stream, response) = timeout(PATIENCE, connect_async(request)).await.expect("the gateway answers")?;
        let chosen = response.headers().get("sec-websocket-protocol");
        let subprotocol = chosen.and_then(|chosen| chosen.to_str().ok()).map(str::to_owned);
        Ok(Self { stream, kept: VecDeque::new(), subprotocol })
    }

    /// Sends a JSON frame.
    pub async fn send(&mut self, frame: Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends a text frame.
    pub async fn send_text(&mut self, text: &str) {
        self.send_raw(Message::text(text)).await.expect("the socket takes a frame");
    }

    /// Sends any frame; fails when the server has closed.
    pub async fn send_raw(&mut self, message: Message) -> Result<(), Error> {
        timeout(PATIENCE, self.stream.send(message)).await.expect("the socket takes a frame in time")
    }

    /// Sends frames without waiting for one to be taken before the next.
    pub async fn send_all(&mut self, frames: impl IntoIterator<Item = Value>) {
        for frame in frames {
            self.stream.feed(Message::text(frame.to_string())).await.expect("the socket takes a frame");
        }
        self.stream.flush().await.expect("the socket takes the frames");
    }

    /// Says something.
    pub async fn say(&mut self, content: &str, client_id: &str) {
        self.send(json!({"type": "send_message", "content": content, "client_id": client_id})).await;
    }

    /// The next frame of this type; the others are kept for later. An `error` that nobody waits for fails the test.
    pub async fn expect(&mut self, kind: &str) -> Value {
        self.expect_within(kind, PATIENCE).await
    }

    /// The same for what may take longer, or not as long.
    pub async fn expect_within(&mut self, kind: &str, limit: Duration) -> Value {
        if let Some(index) = self.kept.iter().position(|frame| frame["type"] == kind) {
            return self.kept.remove(index).expect("the index is inside");
        }
        let wait = async {
            loop {
                let frame = self.read().await.unwrap_or_else(|closed| panic!("{closed:?} instead of {kind}"));
                if frame["type"] == kind {
                    return frame;
                }
                assert_ne!(frame["type"], "error", "instead of {kind}: {frame}");
                self.kept.push_back(frame);
            }
        };
        timeout(limit, wait).await.unwrap_or_else(|_| panic!("no {kind} came"))
    }

    /// The next frame of any type, those that were kept first; or how the server closed.
    pub async fn next(&mut self) -> Result<Value, Closed> {
        match self.kept.pop_front() {
            Some(frame) => Ok(frame),
            None => timeout(PATIENCE, self.read()).await.expect("a frame or the end comes"),
        }
    }

    /// The next `error`, which must have this code.
    pub async fn refused(&mut self, code: &str) -> Value {
        let error = self.expect("error").await;
        assert_eq!(error["code"], code, "{error}");
        assert!(error["detail"].is_string(), "{error}");
        error
    }

    /// The next messages, as many as that.
    pub async fn messages(&mut self, count: usize) -> Vec<Value> {
        let mut messages = Vec::with_capacity(count);
        for _ in 0..count {
            messages.push(self.expect("message_received").await["message"].take());
        }
        messages
    }

    /// Asks for `pong`; when it is there, so is all that was sent before it. Returns what came and nobody waited for, heartbeats left
    /// out.
    pub async fn settle(&mut self) -> Vec<Value> {
        self.send(json!({"type": "ping"})).await;
        self.expect("pong").await;
        self.kept.drain(..).filter(|frame| frame["type"] != "heartbeat").collect()
    }

    /// Takes what came and nobody waited for.
    pub fn kept(&mut self) -> Vec<Value> {
        self.kept.drain(..).collect()
    }

    /// Reads until the server closes.
    pub async fn closed(&mut self) -> Closed {
        let wait = async {
            loop {
                if let Err(closed) = self.read().await {
                    return closed;
                }
            }
        };
        timeout(PATIENCE, wait).await.expect("the server closes the socket")
    }

    /// Reads until the server closes; the code that it gives.
    pub async fn close_code(&mut self) -> u16 {
        self.closed().await.code
    }

    /// Closes it from this side.
    pub async fn close(mut self) {
        // A server that is gone already needs no goodbye.
        let _ = timeout(PATIENCE, self.stream.close(None)).await;
    }

    async fn read(&mut self) -> Result<Value, Closed> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    assert!(text.starts_with(r#"{"type":""#), "the type comes first: {text}");
                    return Ok(serde_json::from_str(&text).expect("frames are JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(Closed { code: frame.code.into(), reason: frame.reason.to_string() });
                }
                Some(Ok(Message::Close(None))) | None => return Err(Closed { code: 1005, reason: String::new() }),
                Some(Err(error)) => return Err(Closed { code: 1006, reason: error.to_string() }),
                Some(Ok(_)) => {}
            }
        }
    }
}
