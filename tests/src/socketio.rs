//! A client of Socket.IO over one WebSocket, in one namespace: what it says and hears are frames as on a plain socket.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{Closed, PATIENCE};

/// A namespace on a connection of its own.
pub struct SocketIo {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    namespace: String,
    /// What `closing` said.
    closing: Option<Closed>,
}

impl SocketIo {
    /// Opens the connection and asks to be let into the namespace.
    pub async fn connect(gateway: &str, namespace: &str, auth: &Value) -> Self {
        let url = format!("{gateway}/socket.io/?EIO=4&transport=websocket");
        let (stream, _) = timeout(PATIENCE, connect_async(url)).await.expect("in time").expect("the upgrade succeeds");
        let mut socket = Self { stream, namespace: namespace.to_owned(), closing: None };
        socket.send_raw(Message::text(format!("40{namespace},{auth}"))).await;
        socket
    }

    /// Sends a frame as an event.
    pub async fn send(&mut self, mut frame: Value) {
        let name = frame["type"].take();
        frame.as_object_mut().expect("a frame is an object").remove("type");
        self.send_event(&json!([name, frame]).to_string()).await;
    }

    /// Sends what may be an event.
    pub async fn send_event(&mut self, event: &str) {
        let packet = format!("42{},{event}", self.namespace);
        self.send_raw(Message::text(packet)).await;
    }

    /// Sends anything. A server that has closed need not take it.
    pub async fn send_raw(&mut self, message: Message) {
        let _ = timeout(PATIENCE, self.stream.send(message)).await.expect("the socket takes it in time");
    }

    /// The next frame, or how the server ended it.
    pub async fn next(&mut self) -> Result<Value, Closed> {
        timeout(PATIENCE, self.read()).await.expect("a frame or the end comes")
    }

    async fn read(&mut self) -> Result<Value, Closed> {
        loop {
            let text = match self.stream.next().await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(Some(frame)))) => {
                    let reason = frame.reason.to_string();
                    return Err(self.closing.take().unwrap_or(Closed { code: frame.code.into(), reason }));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => {
                    return Err(self.closing.take().unwrap_or(Closed { code: 1006, reason: String::new() }));
                }
            };
            if text == "2" {
                self.send_raw(Message::text("3")).await;
                continue;
            }
            let Some((kind, data)) = text.split_once(&format!("{},", self.namespace)) else { continue };
            match kind {
                "42" => {
                    let event: (String, Value) = serde_json::from_str(data).expect("an event and its argument");
                    if let Some(frame) = self.frame(event) {
                        return Ok(frame);
                    }
                }
                "41" => return Err(self.closing.take().expect("first the reason is told")),
                "44" => {
                    let error: Value = serde_json::from_str(data).expect("an error");
                    let code = error["data"]["close_code"].as_u64().and_then(|code| code.try_into().ok());
                    let reason = error["message"].as_str().expect("a text").to_owned();
                    return Err(Closed { code: code.expect("a code"), reason });
                }
                _ => {}
            }
        }
    }

    /// The event as a frame; none if it says why the end comes.
    fn frame(&mut self, (name, mut argument): (String, Value)) -> Option<Value> {
        if name == "closing" {
            let code = argument["code"].as_u64().and_then(|code| code.try_into().ok()).expect("a code");
            self.closing = Some(Closed { code, reason: argument["reason"].as_str().expect("a text").to_owned() });
            return None;
        }
        argument["type"] = json!(name);
        Some(argument)
    }
}
