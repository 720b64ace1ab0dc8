//! The life of a connection: it is asked for signs of life, and ends without them, without a namespace, or for a reason
//! that it was given.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_protocol::close::CloseCode;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep_until, timeout};

use super::SocketIo;
use super::connection::Connection;
use super::packet;
use crate::closing::End;

/// How long the sessions of a connection that ends may take to say what they have to say.
const GOODBYES: Duration = Duration::from_secs(5);
/// How long what was said last may wait to be fetched.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// Keeps a connection until its end.
pub(super) async fn keep(server: Arc<SocketIo>, connection: Arc<Connection>, place: OwnedSemaphorePermit) {
    metrics::gauge!("chat_gateway_socketio_connections").increment(1);
    live(&server, &connection).await;
    connection.close();
    if connection.ended().is_some_and(|(end, _)| end != End::Gone) {
        let is_draining = server.shared.draining.is_cancelled();
        // While the gateway stops no further request may come.
        let is_over = || connection.is_fetched() || (is_draining && connection.outgoing.is_empty());
        let fetched = connection.outgoing.until_some(|| is_over().then_some(()));
        // Whoever does not fetch it in time finds no connection.
        let _in_time = timeout(LAST_WORDS, fetched).await;
    }
    server.forget(connection.sid);
    metrics::gauge!("chat_gateway_socketio_connections").decrement(1);
    drop(place);
}

/// Until nobody has anything more to say.
async fn live(server: &SocketIo, connection: &Connection) {
    let config = &server.shared.config;
    let mut next_ping = Instant::now() + config.heartbeat();
    loop {
        let now = Instant::now();
        let silent_at = connection.heard_at() + config.silence_limit();
        let idle_at = connection.idle_since().map(|since| since + config.authentication_timeout());
        let is_draining = server.shared.draining.is_cancelled();
        if is_draining {
            connection.end(End::Code(CloseCode::Draining));
        } else if now >= silent_at {
            connection.end(End::Gone);
        } else if idle_at.is_some_and(|at| now >= at) {
            connection.end(End::Code(CloseCode::AuthenticationTimeout));
        }
        let ends_at = match connection.ended() {
            Some((end, since)) => {
                if end == End::Gone || connection.idle_since().is_some() || now >= since + GOODBYES {
                    return;
                }
                Some(since + GOODBYES)
            }
            None => None,
        };
        if now >= next_ping {
            next_ping = now + config.heartbeat();
            connection.outgoing.push(packet::PING);
        }
        let deadline = [Some(silent_at), idle_at, ends_at].into_iter().flatten().fold(next_ping, Instant::min);
        tokio::select! {
            () = sleep_until(deadline.into()) => {}
            () = connection.turned.notified() => {}
            () = server.shared.draining.cancelled(), if !is_draining => {}
        }
    }
}
