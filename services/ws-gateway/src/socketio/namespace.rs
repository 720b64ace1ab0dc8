//! One namespace of a connection: how a client comes in, and what the session of it speaks through.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use chat_protocol::close::CloseCode;
use chat_protocol::ids::ConversationId;
use chat_websocket::Frame;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;

use super::SocketIo;
use super::connection::{Connection, PlaceId};
use super::packet;
use crate::admission::Credential;
use crate::closing::End;
use crate::session::Door;
use crate::socket::Socket;
use crate::transport::{Callback, Said, Transport};
use crate::upgrade::Opening;

/// What a client says about itself when it comes in: what the header and the URL of a plain socket say. Does not print.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Auth {
    token: Option<String>,
    ticket: Option<String>,
    after_seq: Value,
    log_epoch: Value,
    live: Value,
}

impl Auth {
    fn credential(&self) -> Option<Credential> {
        let token = self.token.clone().map(Credential::Token);
        token.or_else(|| self.ticket.clone().map(Credential::Ticket))
    }

    /// What the query of the plain socket's URL would ask for.
    fn opening(&self) -> Opening {
        let asked = [("after_seq", &self.after_seq), ("log_epoch", &self.log_epoch), ("live", &self.live)];
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let asked = asked.into_iter().filter(|(_, value)| !value.is_null());
        let asked: Vec<_> = asked.map(|(name, value)| (name, text(value))).collect();
        Opening::of(asked.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

/// Opens a session for a client that wants to come in.
pub(super) fn open(
    server: &Arc<SocketIo>,
    connection: Arc<Connection>,
    (namespace, place): (&str, PlaceId),
    auth: &str,
    events: mpsc::Receiver<Result<Said, End>>,
) {
    let transport = Namespace { name: namespace.into(), place, connection, events, is_connected: false };
    let auth = if auth.is_empty() { Ok(Auth::default()) } else { serde_json::from_str::<Auth>(auth) };
    let door = door(namespace).ok_or(CloseCode::NoSuchConversation);
    let shown = auth.map_err(|_| CloseCode::NotAuthenticated).and_then(|auth| {
        let credential = auth.credential().ok_or(CloseCode::NotAuthenticated)?;
        Ok((credential, auth.opening()))
    });
    match door.and_then(|door| Ok((door, shown?))) {
        Ok((door, (credential, opening))) => {
            let socket = Box::new(Socket::new(server.shared.clone(), door, opening, transport));
            drop(server.tracker.spawn(socket.run(Some(credential))));
        }
        Err(code) => transport.connection.refuse(namespace, code),
    }
}

/// What a namespace leads to: the paths of plain sockets, with or without the closing slash.
fn door(namespace: &str) -> Option<Door> {
    match namespace.strip_suffix('/').unwrap_or(namespace) {
        "/ws" => Some(Door::All),
        "/ws/presence" => Some(Door::Presence),
        path => path.strip_prefix("/ws/chat/")?.parse::<ConversationId>().ok().map(Door::Chat),
    }
}

/// A namespace as a session speaks through it.
struct Namespace {
    /// As the client calls it.
    name: Box<str>,
    place: PlaceId,
    connection: Arc<Connection>,
    events: mpsc::Receiver<Result<Said, End>>,
    /// Whether the client was told that it is in.
    is_connected: bool,
}

impl Transport for Namespace {
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Said, End>> {
        let gone = || Err(self.connection.ended().map_or(End::Gone, |(end, _)| end));
        self.events.poll_recv(cx).map(|said| said.unwrap_or_else(gone))
    }

    fn heard_at(&self) -> Instant {
        self.connection.heard_at()
    }

    /// The first frame is `ready`: before it, the client learns that it is in.
    async fn feed(&mut self, frame: Frame) -> Result<(), End> {
        if !std::mem::replace(&mut self.is_connected, true) {
            self.connection.let_in(&self.name);
        }
        self.connection.outgoing.feed(packet::event(&self.name, frame.as_str())).await;
        Ok(())
    }

    async fn answer(&mut self, callback: Callback, frame: Frame) -> Result<(), End> {
        self.connection.outgoing.feed(packet::ack(&self.name, callback, frame.as_str())).await;
        Ok(())
    }

    /// The connection asks by itself, once for all of its namespaces.
    async fn ping(&mut self) -> Result<(), End> {
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), End> {
        self.connection.outgoing.flush().await;
        Ok(())
    }

    /// Clients come back by themselves when the connection ends, and do not when only the namespace is ended: so the
    /// former is done where they shall come back.
    async fn close(&mut self, end: End, reason: String) {
        match end {
            End::Code(code) if self.is_connected => {
                self.connection.outgoing.push(packet::closing(&self.name, code, &reason));
                if code.may_reconnect() && code != CloseCode::TokenExpired {
                    self.connection.end(end);
                } else {
                    self.connection.outgoing.push(packet::disconnected(&self.name));
                }
            }
            End::Code(code) => self.connection.refuse(&self.name, code),
            End::Protocol(_) | End::Gone => {}
        }
        self.connection.leave(&self.name, Some(self.place));
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.connection.leave(&self.name, Some(self.place));
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::frame::Resume;
    use chat_protocol::ids::Seq;

    use super::*;

    #[test]
    fn namespaces_are_the_paths_of_plain_sockets() {
        let id = ConversationId::generate();
        for (namespace, leads_to) in [
            ("/ws/".to_owned(), Some(Door::All)),
            ("/ws".to_owned(), Some(Door::All)),
            ("/ws/presence".to_owned(), Some(Door::Presence)),
            ("/ws/presence/".to_owned(), Some(Door::Presence)),
            (format!("/ws/chat/{id}"), Some(Door::Chat(id))),
            (format!("/ws/chat/{id}/"), Some(Door::Chat(id))),
            (format!("/ws/chat/{id}//"), None),
            ("/ws/chat/x/".to_owned(), None),
            ("/".to_owned(), None),
            ("/admin".to_owned(), None),
        ] {
            assert_eq!(door(&namespace), leads_to, "{namespace}");
        }
    }

    #[test]
    fn auth_asks_for_what_a_url_asks_for() {
        let auth: Auth = serde_json::from_str(r#"{"token":"t","after_seq":7,"log_epoch":"2"}"#).unwrap();
        let resume = Resume { after_seq: Seq(7), log_epoch: Some(2) };
        assert_eq!(auth.opening(), Opening { resume: Some(resume), is_held: true, refusal: None });
        assert!(matches!(auth.credential(), Some(Credential::Token(token)) if token == "t"));
        let auth: Auth = serde_json::from_str(r#"{"ticket":"t","live":"after_resume"}"#).unwrap();
        assert!(auth.opening().is_held);
        assert!(matches!(auth.credential(), Some(Credential::Ticket(_))));
        let auth: Auth = serde_json::from_str(r#"{"after_seq":-1,"other":[]}"#).unwrap();
        assert!(auth.opening().refusal.is_some() && auth.credential().is_none());
    }
}
