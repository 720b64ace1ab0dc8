//! A socket of either transport: for what must be the same on both.

use std::collections::VecDeque;

use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::{Closed, Credentials, PATIENCE, Socket, SocketIo};

/// What a socket is carried by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A plain WebSocket.
    Plain,
    /// A namespace of Socket.IO.
    SocketIo,
}

enum Wire {
    Plain(Box<Socket>),
    SocketIo(Box<SocketIo>),
}

/// A socket of either transport.
pub struct Line {
    wire: Wire,
    kept: VecDeque<Value>,
}

impl Line {
    /// Opens a path of a gateway with a token; `asked` are the parameters of the URL, or of `auth`.
    pub async fn open(carrier: Carrier, gateway: &str, path: &str, token: &str, asked: &[(&str, &str)]) -> Self {
        let wire = match carrier {
            Carrier::Plain => {
                let query: Vec<_> = asked.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let url = format!("{gateway}{path}?{}", query.join("&"));
                let socket = Socket::connect(&url, Credentials::Header(token)).await.expect("the upgrade succeeds");
                Wire::Plain(Box::new(socket))
            }
            Carrier::SocketIo => {
                let mut auth = json!({"token": token});
                for (name, value) in asked {
                    auth[*name] = json!(value);
                }
                Wire::SocketIo(Box::new(SocketIo::connect(gateway, path, &auth).await))
            }
        };
        Self { wire, kept: VecDeque::new() }
    }

    /// Sends a frame.
    pub async fn send(&mut self, frame: Value) {
        match &mut self.wire {
            Wire::Plain(socket) => socket.send(frame).await,
            Wire::SocketIo(socket) => socket.send(frame).await,
        }
    }

    /// Sends what is no frame.
    pub async fn send_nonsense(&mut self) {
        match &mut self.wire {
            Wire::Plain(socket) => socket.send_text("[5]").await,
            Wire::SocketIo(socket) => socket.send_event("[5]").await,
        }
    }

    /// Sends bytes instead of text.
    pub async fn send_binary(&mut self) {
        let message = Message::binary(b"bytes".to_vec());
        match &mut self.wire {
            Wire::Plain(socket) => socket.send_raw(message).await.expect("it is taken"),
            Wire::SocketIo(socket) => socket.send_raw(message).await,
        }
    }

    /// The next frame of this type; the others are kept for later. An `error` that nobody waits for fails the test.
    pub async fn expect(&mut self, kind: &str) -> Value {
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
        timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("no {kind} came"))
    }

    /// The next `error`, which must have this code.
    pub async fn refused(&mut self, code: &str) -> Value {
        let error = self.expect("error").await;
        assert_eq!(error["code"], code, "{error}");
        error
    }

    /// Asks for `pong`; when it is there, so is all that was sent before it. What came and nobody waited for, heartbeats left out.
    pub async fn settle(&mut self) -> Vec<Value> {
        self.send(json!({"type": "ping"})).await;
        self.expect("pong").await;
        self.kept.drain(..).filter(|frame| frame["type"] != "heartbeat").collect()
    }

    /// Reads until the server ends it.
    pub async fn closed(&mut self) -> Closed {
        let wait = async {
            loop {
                if let Err(closed) = self.read().await {
                    return closed;
                }
            }
        };
        timeout(PATIENCE, wait).await.expect("the server ends it")
    }

    /// Reads until the server ends it; the code that it gives.
    pub async fn close_code(&mut self) -> u16 {
        self.closed().await.code
    }

    async fn read(&mut self) -> Result<Value, Closed> {
        match &mut self.wire {
            Wire::Plain(socket) => socket.next().await,
            Wire::SocketIo(socket) => socket.next().await,
        }
    }
}
