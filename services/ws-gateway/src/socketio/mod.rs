//! Socket.IO 5 over Engine.IO 4, beside the plain WebSocket: another way for frames to the same sessions. A connection
//! lives on the gateway that opened it; its id says which that is.

mod connection;
mod keeper;
mod namespace;
mod outgoing;
mod packet;
mod polling;
mod relay;
mod request;
mod sid;
mod websocket;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response, StatusCode};
use chat_protocol::close::CloseCode;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::subjects;
use chat_runtime::http_server::ConnectionSlot;
use chat_runtime::lifecycle::Lifecycle;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::task::TaskTracker;

use self::connection::{Connection, Wire};
use self::polling::MAX_PAYLOAD_BYTES;
use self::request::{Asked, EngineError, Transport};
use self::sid::{GatewayRun, Sid};
use crate::app::App;
use crate::closing::End;
use crate::socket::Shared;
use crate::upgrade::{Handshake, refuse};

/// How long a request may take to bring its packets.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may wait for packets: longer than any pause between two signs of life.
const POLL_TIMEOUT: Duration = Duration::from_mins(2);

/// The Socket.IO connections of this gateway.
pub struct SocketIo {
    shared: Arc<Shared>,
    tracker: TaskTracker,
    run: GatewayRun,
    connections: Mutex<HashMap<u128, Arc<Connection>>>,
    /// Places for connections.
    places: Arc<Semaphore>,
}

impl SocketIo {
    /// No connections yet. From now on other gateways are answered.
    pub async fn start(shared: Arc<Shared>, lifecycle: &Lifecycle) -> anyhow::Result<Arc<Self>> {
        let run = GatewayRun::draw();
        let calls = shared.bus.client().subscribe(subjects::polling(&run.token())).await.context("polling")?;
        let places = Arc::new(Semaphore::new(shared.config.max_sockets.min(Semaphore::MAX_PERMITS)));
        let (tracker, connections) = (lifecycle.tracker().clone(), Mutex::default());
        let server = Arc::new(Self { shared, tracker, run, connections, places });
        lifecycle.spawn("socketio", relay::run(server.clone(), calls, lifecycle.stop()));
        Ok(server)
    }

    /// A new connection.
    fn open(self: &Arc<Self>, wire: Wire) -> Result<Arc<Connection>, Refusal> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Refusal::new(ErrorCode::Unavailable, "Too many connections."))?;
        let connection = Arc::new(Connection::new(Sid::draw(self.run), wire));
        connection.outgoing.push(self.greeting(&connection));
        self.connections.lock().insert(connection.sid.secret, connection.clone());
        drop(self.tracker.spawn(keeper::keep(self.clone(), connection.clone(), place)));
        Ok(connection)
    }

    fn greeting(&self, connection: &Connection) -> String {
        let config = &self.shared.config;
        let upgrades: &[&str] = if connection.wire() == Wire::Polling { &["websocket"] } else { &[] };
        let greeting = json!({
            "sid": connection.sid.to_string(),
            "upgrades": upgrades,
            "pingInterval": config.heartbeat_ms,
            "pingTimeout": config.silence_limit_ms.saturating_sub(config.heartbeat_ms),
            "maxPayload": MAX_PAYLOAD_BYTES,
        });
        format!("0{greeting}")
    }

    fn find(&self, sid: Sid) -> Option<Arc<Connection>> {
        let connection = self.connections.lock().get(&sid.secret).cloned();
        connection.filter(|connection| connection.sid == sid)
    }

    fn forget(&self, sid: Sid) {
        self.connections.lock().remove(&sid.secret);
    }

    /// Whether this gateway would hold such a connection.
    fn holds(&self, sid: Sid) -> bool {
        sid.gateway == self.run
    }
}

/// Every request under `/socket.io/`.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response<Body> {
    let asked = match Asked::read(request.uri().query().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(error) => return error.response(),
    };
    let answered = match (asked.transport, asked.sid, request.method()) {
        (Transport::WebSocket, sid, _) => return upgrade(app, sid, request),
        (Transport::Polling, None, &Method::GET) => return greet(&app).await,
        (Transport::Polling, None, _) => Err(EngineError::BadHandshakeMethod),
        (Transport::Polling, Some(sid), &Method::GET) => poll(&app.socketio, sid).await.map(request::payload),
        (Transport::Polling, Some(sid), &Method::POST) => return push(&app.socketio, sid, request).await,
        (Transport::Polling, Some(_), _) => Err(EngineError::BadRequest),
    };
    answered.unwrap_or_else(EngineError::response)
}

/// A new connection, carried by requests: this one is answered with its id.
async fn greet(app: &App) -> Response<Body> {
    if !app.readiness.is_ready() {
        return refuse(Refusal::new(ErrorCode::Unavailable, "Not now; try again."));
    }
    let connection = match app.socketio.open(Wire::Polling) {
        Ok(connection) => connection,
        Err(refusal) => return refuse(refusal),
    };
    let polled = polling::poll(&connection, POLL_TIMEOUT).await;
    polled.map_or_else(EngineError::response, |payload| request::payload(payload.unwrap_or_default()))
}

async fn poll(server: &Arc<SocketIo>, sid: Sid) -> Result<String, EngineError> {
    if !server.holds(sid) {
        return relay::poll(server, sid).await;
    }
    let connection = server.find(sid).ok_or(EngineError::SessionUnknown)?;
    let payload = polling::poll(&connection, POLL_TIMEOUT).await?;
    Ok(payload.unwrap_or_else(|| packet::NOOP.to_owned()))
}

async fn push(server: &Arc<SocketIo>, sid: Sid, request: Request) -> Response<Body> {
    let body = timeout(BODY_TIMEOUT, to_bytes(request.into_body(), MAX_PAYLOAD_BYTES)).await;
    let Ok(Ok(body)) = body else {
        if let Some(connection) = server.find(sid) {
            connection.end(End::Code(CloseCode::FrameTooLarge));
        }
        return refuse(Refusal::new(ErrorCode::TooLarge, "A payload is too large, or did not come in time."));
    };
    let Ok(payload) = std::str::from_utf8(&body) else { return EngineError::BadRequest.response() };
    let pushed = if server.holds(sid) {
        match server.find(sid) {
            Some(connection) => polling::push(server, &connection, payload).await,
            None => Err(EngineError::SessionUnknown),
        }
    } else {
        relay::push(server, sid, payload).await
    };
    pushed.map_or_else(EngineError::response, |()| request::heard())
}

/// A WebSocket: for a new connection, or to be tried by one that is carried by requests here. The probe of a connection
/// that another gateway holds is refused, and the client stays with its requests.
fn upgrade(app: App, sid: Option<Sid>, mut request: Request) -> Response<Body> {
    let Ok(handshake) = Handshake::read(request.method(), request.headers()) else {
        return EngineError::BadRequest.response();
    };
    if !app.readiness.is_ready() {
        return refuse(Refusal::new(ErrorCode::Unavailable, "Not now; try again."));
    }
    let (server, is_new) = (app.socketio, sid.is_none());
    let connection = match sid {
        Some(sid) => server.find(sid).ok_or(EngineError::SessionUnknown.response()),
        None => server.open(Wire::WebSocket).map_err(refuse),
    };
    let connection = match connection {
        Ok(connection) => connection,
        Err(response) => return response,
    };
    let response = handshake.accept();
    debug_assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let slot = request.extensions().get::<ConnectionSlot>().cloned();
    let upgrade = hyper::upgrade::on(&mut request);
    let tracker = server.tracker.clone();
    tracker.spawn(async move {
        let Ok(upgraded) = upgrade.await else {
            if is_new {
                connection.end(End::Gone);
            }
            return;
        };
        let io = TokioIo::new(upgraded);
        let mut stream = WebSocketStream::from_raw_socket(io, Role::Server, Some(websocket::config())).await;
        if is_new || websocket::probe(&connection, &mut stream).await {
            websocket::carry(&server, &connection, &mut stream).await;
        }
        drop(slot);
    });
    response
}
