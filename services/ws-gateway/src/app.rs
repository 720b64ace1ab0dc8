//! The public port: which paths there are, and what becomes of a request for each.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use axum::routing::any;
use chat_protocol::close::CloseCode;
use chat_protocol::error::{ErrorCode, Refusal};
use chat_protocol::ids::ConversationId;
use chat_runtime::http_server::{ConnectionSlot, take_over};
use chat_runtime::lifecycle::Readiness;
use chat_runtime::ops::health_router;
use tokio_util::task::TaskTracker;

use crate::admission::Credential;
use crate::plain_socket::PlainSocket;
use crate::session::Door;
use crate::socket::{Shared, Socket};
use crate::socketio::{self, SocketIo};
use crate::spans;
use crate::upgrade::{Handshake, Opening, refuse};

/// What the routes need.
#[derive(Clone)]
pub struct App {
    /// What all sockets share.
    pub shared: Arc<Shared>,
    /// The connections of Socket.IO.
    pub socketio: Arc<SocketIo>,
    /// Whether sockets are let in.
    pub readiness: Readiness,
    /// Counts the sockets that the stop has to wait for.
    pub tracker: TaskTracker,
}

/// The routes of the public port.
pub fn router(app: App) -> Router {
    let health = health_router(app.readiness.clone());
    Router::new()
        .route("/ws/chat/{conversation_id}", any(open_chat))
        .route("/ws/chat/{conversation_id}/", any(open_chat))
        .route("/ws/presence", any(open_presence))
        .route("/ws/presence/", any(open_presence))
        .route("/socket.io", any(socketio::serve))
        .route("/socket.io/", any(socketio::serve))
        .route("/ws", any(open_all))
        .route("/ws/", any(open_all))
        .fallback(async || refuse(Refusal::not_found()))
        .with_state(app)
        .merge(health)
}

async fn open_chat(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response<Body> {
    let conversation = id.parse::<ConversationId>();
    open(app, conversation.map(Door::Chat).map_err(|_| CloseCode::NoSuchConversation), request)
}

async fn open_presence(State(app): State<App>, request: Request) -> Response<Body> {
    open(app, Ok(Door::Presence), request)
}

async fn open_all(State(app): State<App>, request: Request) -> Response<Body> {
    open(app, Ok(Door::All), request)
}

/// The upgrade succeeds on a known path; what is wrong is told by the close code, which browsers can see.
fn open(app: App, door: Result<Door, CloseCode>, mut request: Request) -> Response<Body> {
    let handshake = match Handshake::read(request.method(), request.headers()) {
        Ok(handshake) => handshake,
        Err(refusal) => return refuse(refusal),
    };
    let query = request.uri().query().unwrap_or_default();
    let opening = Opening::read(query);
    if !app.readiness.is_ready() {
        return refuse(Refusal::new(ErrorCode::Unavailable, "Not now; try again."));
    }
    let response = handshake.accept();
    let from_header = handshake.token.map(|token| Credential::Token(token.0));
    let credential = from_header.or_else(|| app.shared.admission.credential_in(query));
    let span = spans::connecting(request.headers());
    let upgrade = hyper::upgrade::on(&mut request);
    // The connection counts for as long as the socket lives.
    let slot = request.extensions().get::<ConnectionSlot>().cloned();
    app.tracker.spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let Some((io, read)) = take_over(upgraded).await else { return };
        let mut transport = PlainSocket::new(io, read);
        match door {
            // A future of its own: what the way here needed is not kept with it.
            Ok(door) => {
                let socket = Box::new(Socket::new(app.shared, door, opening, transport).connecting(span));
                Box::pin(socket.run(credential)).await;
            }
            Err(code) => transport.say_goodbye(code.code(), code.reason()).await,
        }
        drop(slot);
    });
    response
}
