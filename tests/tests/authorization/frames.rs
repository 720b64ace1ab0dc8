//! The frames of the table: on which socket, with what in them, and what came back.

use std::time::Duration;

use chat_e2e::{Closed, PATIENCE, Socket};
use chat_protocol::frame::ClientFrame;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::actor::Actor;
use crate::secrecy::Said;
use crate::table::Row;
use crate::world::World;

/// What answers a frame, as opposed to what comes by itself.
const ANSWERS: [&str; 6] = ["message_sent", "resumed", "resync_required", "authenticated", "ready", "pong"];

/// The word for a frame.
pub fn name(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::SendMessage(..) => "send_message",
        ClientFrame::MarkAsRead(..) => "mark_as_read",
        ClientFrame::TypingStart(_) => "typing_start",
        ClientFrame::TypingStop(_) => "typing_stop",
        ClientFrame::Authenticate(_) => "authenticate",
        ClientFrame::Resume(_) => "resume",
        ClientFrame::Ping => "ping",
    }
}

/// Says something that can be marked as read.
pub async fn make_news(world: &World, row: &Row) {
    if row.subject[1] == "mark_as_read" {
        world.author.say(&world.group.conversation, crate::secrecy::INNER).await;
    }
}

/// Sends the frame of this row as this caller, on a socket of its own.
pub async fn ask(world: &World, row: &Row, actor: Actor) -> Said {
    // What `authenticate` is about is a token, wherever it is brought.
    let id = object(world, if row.subject[1] == "authenticate" { "own" } else { row.kind() });
    let frame = frame(world, row, actor, &id).to_string();
    let parsed = ClientFrame::parse(&frame).expect("frames of the table are good");
    assert_eq!(name(&parsed), row.subject[1], "{frame}");
    let mut talk = Talk::open(world, row, actor, &id).await;
    let outcome = match timeout(PATIENCE + Duration::from_secs(5), talk.ask(&frame, row.expected(actor))).await {
        Ok(Ok(kind)) => kind,
        Ok(Err(closed)) => talk.closed(&closed),
        Err(_) => "silence".to_owned(),
    };
    Said { outcome, text: talk.answer.replace(&id, "{id}"), seen: talk.seen }
}

fn object(world: &World, kind: &str) -> String {
    match kind {
        "own" => world.group.conversation.clone(),
        "foreign" => world.foreign.conversation.clone(),
        "deleted" => world.deleted.conversation.clone(),
        _ => chat_protocol::ids::ConversationId::generate().to_string(),
    }
}

fn frame(world: &World, row: &Row, actor: Actor, id: &str) -> Value {
    let [socket, kind] = &row.subject;
    let mut frame = match (kind.as_str(), socket.as_str()) {
        ("send_message", _) => json!({"content": "x"}),
        ("resume", "all") => json!({"positions": {id: 0}}),
        ("resume", _) => json!({"after_seq": 0}),
        ("authenticate", _) => json!({"token": token(world, row.kind(), actor)}),
        _ => json!({}),
    };
    frame["type"] = json!(kind);
    if socket == "all" {
        frame["conversation_id"] = json!(id);
    }
    frame
}

fn token<'a>(world: &'a World, kind: &str, actor: Actor) -> &'a str {
    match kind {
        "own" => world.token(actor).unwrap_or("none"),
        "foreign" => &world.outsider.token,
        _ => "nonsense",
    }
}

/// A socket and what came on it.
struct Talk {
    socket: Socket,
    me: i64,
    is_known: bool,
    /// The frame that answered.
    answer: String,
    /// Every frame.
    seen: String,
}

impl Talk {
    async fn open(world: &World, row: &Row, actor: Actor, id: &str) -> Self {
        let url = match row.subject[0].as_str() {
            "chat" => world.app.chat_url(0, id),
            "all" => format!("{}/ws/", world.app.gateways()[0]),
            _ => format!("{}/ws/presence/", world.app.gateways()[0]),
        };
        let socket = Socket::connect(&url, world.credentials(actor)).await.expect("the upgrade succeeds");
        let is_known = world.token(actor).is_some();
        Self { socket, me: world.person(actor).id, is_known, answer: String::new(), seen: String::new() }
    }

    /// Waits until the socket is open, sends the frame, and waits for what answers it; where nothing is expected to, for the answer to a
    /// `ping` after it.
    async fn ask(&mut self, frame: &str, expected: &str) -> Result<String, Closed> {
        while self.is_known && self.read().await?["type"] != "ready" {}
        self.socket.send_text(frame).await;
        if expected == "-" {
            self.socket.send(json!({"type": "ping"})).await;
        }
        loop {
            let frame = self.read().await?;
            let kind = frame["type"].as_str().unwrap_or_default();
            if let Some(kind) = self.answers(kind, &frame) {
                self.answer = frame.to_string();
                return Ok(if expected == "-" && kind == "pong" { "-".to_owned() } else { kind });
            }
        }
    }

    fn answers(&self, kind: &str, frame: &Value) -> Option<String> {
        match kind {
            "error" => Some(format!("error:{}", frame["code"].as_str().unwrap_or_default())),
            "messages_read" if frame["reader_id"] == self.me => Some(kind.to_owned()),
            _ => ANSWERS.contains(&kind).then(|| kind.to_owned()),
        }
    }

    async fn read(&mut self) -> Result<Value, Closed> {
        let frame = self.socket.next().await?;
        self.seen.push_str(&frame.to_string());
        Ok(frame)
    }

    fn closed(&mut self, closed: &Closed) -> String {
        self.answer.clone_from(&closed.reason);
        format!("close:{}", closed.code)
    }
}
