//! Long polling: one request that waits for packets, and one that brings some. Each kind once at a time.

use std::sync::Arc;
use std::time::Duration;

use chat_protocol::close::CloseCode;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::SocketIo;
use super::connection::{Connection, Wire};
use super::packet::{CLOSE, NOOP, SEPARATOR};
use super::request::EngineError;
use crate::closing::End;

/// Bytes of one payload, in either direction: larger than the largest packet.
pub(super) const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

/// Ends the connection if the request ends before its answer: what was taken for it is lost, and what it brought was
/// perhaps not heard.
struct CutShort<'a> {
    connection: &'a Connection,
    is_answered: bool,
}

impl<'a> CutShort<'a> {
    fn new(connection: &'a Connection) -> Self {
        Self { connection, is_answered: false }
    }

    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for CutShort<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.connection.end(End::Gone);
        }
    }
}

/// The packets that wait, as soon as there are any; nothing, if there are none for so long.
pub(super) async fn poll(connection: &Connection, patience: Duration) -> Result<Option<String>, EngineError> {
    let Ok(_turn) = connection.polled.try_lock() else { return Err(overlap(connection)) };
    if connection.wire() == Wire::WebSocket {
        return Err(EngineError::BadRequest);
    }
    let cut_short = CutShort::new(connection);
    let polled = timeout(patience, connection.outgoing.until_some(|| payload(connection))).await;
    cut_short.answered();
    Ok(polled.ok())
}

/// What there is to answer at this moment. While a WebSocket is tried, requests have to come to their end.
fn payload(connection: &Connection) -> Option<String> {
    if connection.wire() == Wire::WebSocket {
        return Some(NOOP.to_owned());
    }
    let packets = connection.outgoing.take(MAX_PAYLOAD_BYTES);
    if packets.is_empty() && connection.is_closed() {
        // In an answer of its own: clients forget what comes together with it.
        connection.note_farewell();
        return Some(CLOSE.to_owned());
    }
    if packets.is_empty() {
        return (connection.wire() == Wire::Probing).then(|| NOOP.to_owned());
    }
    let texts: Vec<&str> = packets.iter().map(Utf8Bytes::as_str).collect();
    Some(texts.join(SEPARATOR.encode_utf8(&mut [0; 4])))
}

/// Takes in what a request has brought.
pub(super) async fn push(
    server: &Arc<SocketIo>,
    connection: &Arc<Connection>,
    payload: &str,
) -> Result<(), EngineError> {
    let Ok(_turn) = connection.pushed.try_lock() else { return Err(overlap(connection)) };
    if connection.wire() == Wire::WebSocket || connection.ended().is_some() {
        return Err(EngineError::BadRequest);
    }
    let cut_short = CutShort::new(connection);
    let mut heard = Ok(());
    for packet in payload.split(SEPARATOR) {
        heard = connection.hear(server, packet).await;
        if heard.is_err() {
            break;
        }
    }
    cut_short.answered();
    match heard {
        Ok(()) => Ok(()),
        Err(end) => {
            connection.end(end);
            if end == End::Gone { Ok(()) } else { Err(EngineError::BadRequest) }
        }
    }
}

fn overlap(connection: &Connection) -> EngineError {
    connection.end(End::Code(CloseCode::Protocol));
    EngineError::BadRequest
}
