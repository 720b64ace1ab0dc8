//! One Engine.IO connection: what its namespaces share, whatever it is carried by, and how it ends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use chat_protocol::close::CloseCode;
use chat_protocol::limits::MAX_FRAME_BYTES;
use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

use super::SocketIo;
use super::outgoing::Outgoing;
use super::packet::{self, EnginePacket, Packet};
use super::sid::Sid;
use crate::closing::End;
use crate::transport::Said;

/// Namespaces that one connection may be in.
const MAX_NAMESPACES: usize = 64;
/// Events that may wait for one session; whoever brings more waits.
const MAX_WAITING_EVENTS: usize = 8;

/// What carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// Requests.
    Polling,
    /// Requests, while a WebSocket is tried.
    Probing,
    /// A WebSocket.
    WebSocket,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// Its id.
    pub(super) sid: Sid,
    /// What waits to be sent.
    pub(super) outgoing: Outgoing,
    /// Held by the request that waits for packets.
    pub(super) polled: tokio::sync::Mutex<()>,
    /// Held by the request that brings packets.
    pub(super) pushed: tokio::sync::Mutex<()>,
    /// Notified when it ends, or a session of it.
    pub(super) turned: Notify,
    state: Mutex<State>,
}

/// A session's place in a connection, among all that it ever had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlaceId(u64);

#[derive(Debug)]
struct State {
    wire: Wire,
    next_place: PlaceId,
    namespaces: HashMap<Box<str>, Place>,
    heard_at: Instant,
    /// Since when it is in no namespace.
    idle_since: Option<Instant>,
    /// Why and since when nothing more is heard.
    ended: Option<(End, Instant)>,
    is_closed: bool,
    is_taken_leave_of: bool,
}

/// A session's place in a connection.
#[derive(Debug)]
struct Place {
    id: PlaceId,
    /// Where its events go; none once the connection ends.
    events: Option<mpsc::Sender<Result<Said, End>>>,
    /// Whether the client knows that it is in: what it says before that is out of order.
    is_connected: bool,
}

impl Connection {
    /// A connection that was just opened.
    pub(super) fn new(sid: Sid, wire: Wire) -> Self {
        let now = Instant::now();
        let state = State {
            wire,
            next_place: PlaceId(0),
            namespaces: HashMap::new(),
            heard_at: now,
            idle_since: Some(now),
            ended: None,
            is_closed: false,
            is_taken_leave_of: false,
        };
        Self {
            sid,
            outgoing: Outgoing::default(),
            polled: tokio::sync::Mutex::default(),
            pushed: tokio::sync::Mutex::default(),
            turned: Notify::new(),
            state: Mutex::new(state),
        }
    }

    /// Takes in one packet of Engine.IO. Waits while the session that it is for has too much to do.
    pub(super) async fn hear(self: &Arc<Self>, server: &Arc<SocketIo>, text: &str) -> Result<(), End> {
        self.note_heard();
        match EnginePacket::parse(text) {
            Some(EnginePacket::Pong | EnginePacket::Probing) => Ok(()),
            Some(EnginePacket::Message(message)) => self.hear_message(server, message).await,
            Some(EnginePacket::Close) => Err(End::Gone),
            None => Err(End::Code(CloseCode::Protocol)),
        }
    }

    async fn hear_message(self: &Arc<Self>, server: &Arc<SocketIo>, message: &str) -> Result<(), End> {
        let broken = End::Code(CloseCode::Protocol);
        let (namespace, event) = match Packet::parse(message).ok_or(broken)? {
            Packet::Connect { namespace, auth } => return self.connect(server, namespace, auth),
            Packet::Disconnect { namespace } => {
                self.leave(namespace, None);
                return Ok(());
            }
            Packet::Ack => return Ok(()),
            Packet::Binary { namespace } => (namespace, Err(broken)),
            Packet::Event { namespace, callback, event } => {
                let frame = packet::frame_of(event);
                let is_too_large = frame.len() > MAX_FRAME_BYTES;
                let said =
                    if is_too_large { Err(End::Code(CloseCode::FrameTooLarge)) } else { Ok(Said { frame, callback }) };
                (namespace, said)
            }
        };
        match self.events_of(namespace)? {
            // A session that has just ended is not told: its client is.
            Some(events) => events.send(event).await.or(Ok(())),
            None => Ok(()),
        }
    }

    /// Where the events of a namespace go; nowhere, if its session is ending.
    fn events_of(&self, namespace: &str) -> Result<Option<mpsc::Sender<Result<Said, End>>>, End> {
        match self.state.lock().namespaces.get(namespace) {
            Some(place) if place.is_connected => Ok(place.events.clone()),
            Some(_) => Err(End::Code(CloseCode::Protocol)),
            // What was on its way when the namespace ended.
            None => Ok(None),
        }
    }

    fn connect(self: &Arc<Self>, server: &Arc<SocketIo>, namespace: &str, auth: &str) -> Result<(), End> {
        let (events, heard) = mpsc::channel(MAX_WAITING_EVENTS);
        let place = {
            let mut state = self.state.lock();
            if state.ended.is_some() || state.namespaces.contains_key(namespace) {
                return Err(End::Code(CloseCode::Protocol));
            }
            if state.namespaces.len() >= MAX_NAMESPACES {
                drop(state);
                self.refuse(namespace, CloseCode::TooManySockets);
                return Ok(());
            }
            let id = state.next_place;
            state.next_place = PlaceId(id.0 + 1);
            state.namespaces.insert(namespace.into(), Place { id, events: Some(events), is_connected: false });
            state.idle_since = None;
            id
        };
        super::namespace::open(server, self.clone(), (namespace, place), auth, heard);
        Ok(())
    }

    /// Says why a namespace is not for the client.
    pub(super) fn refuse(&self, namespace: &str, code: CloseCode) {
        let error = packet::ConnectError {
            message: code.reason(),
            data: packet::ConnectErrorData { code: code.error_code(), close_code: code.code() },
        };
        self.outgoing.push(packet::refused(namespace, &error));
    }

    /// The client is told that it is in.
    pub(super) fn let_in(&self, namespace: &str) {
        if let Some(place) = self.state.lock().namespaces.get_mut(namespace) {
            place.is_connected = true;
        }
        self.outgoing.push(packet::connected(namespace, &Sid::draw(self.sid.gateway).to_string()));
    }

    /// A namespace is over, if it is the one of this place still: the client may have come in again meanwhile. What
    /// the client said in it before is still heard.
    pub(super) fn leave(&self, namespace: &str, place: Option<PlaceId>) {
        let mut state = self.state.lock();
        if state.namespaces.get(namespace).is_none_or(|there| place.is_some_and(|place| there.id != place)) {
            return;
        }
        state.namespaces.remove(namespace);
        if state.namespaces.is_empty() {
            state.idle_since = Some(Instant::now());
        }
        drop(state);
        self.turned.notify_one();
    }

    /// Nothing more is heard. The sessions end, and tell why if there is still somebody to hear it; then it closes.
    pub(super) fn end(&self, end: End) {
        let mut state = self.state.lock();
        if state.ended.is_some_and(|(before, _)| before == End::Gone || end != End::Gone) {
            return;
        }
        state.ended = Some((end, Instant::now()));
        for place in state.namespaces.values_mut() {
            place.events = None;
        }
        drop(state);
        self.turned.notify_one();
    }

    /// Nothing more is sent but what waits.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        self.outgoing.look_again();
    }

    /// The client fetches the news that it is closed.
    pub(super) fn note_farewell(&self) {
        self.state.lock().is_taken_leave_of = true;
        self.outgoing.look_again();
    }

    /// Whether nothing is left to be fetched. By requests that it is closed is fetched, too.
    pub(super) fn is_fetched(&self) -> bool {
        let state = self.state.lock();
        self.outgoing.is_empty() && (state.wire == Wire::WebSocket || state.is_taken_leave_of)
    }

    /// Anything came.
    pub(super) fn note_heard(&self) {
        self.state.lock().heard_at = Instant::now();
    }

    /// When anything came last.
    pub(super) fn heard_at(&self) -> Instant {
        self.state.lock().heard_at
    }

    /// Why and since when nothing more is heard.
    pub(super) fn ended(&self) -> Option<(End, Instant)> {
        self.state.lock().ended
    }

    /// Whether nothing more is sent but what waits.
    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().is_closed
    }

    /// Since when it is in no namespace.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.state.lock().idle_since
    }

    /// What carries it.
    pub(super) fn wire(&self) -> Wire {
        self.state.lock().wire
    }

    /// Changes what carries it, if it is carried by `from`.
    pub(super) fn rewire(&self, from: Wire, to: Wire) -> bool {
        let mut state = self.state.lock();
        let fits = state.wire == from && state.ended.is_none();
        if fits {
            state.wire = to;
        }
        drop(state);
        self.outgoing.look_again();
        fits
    }
}
