//! A connection that is carried by a WebSocket, from its beginning or after a probe.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chat_protocol::close::CloseCode;
use chat_protocol::limits::MAX_FRAME_BYTES;
use futures_util::future::{Fuse, FusedFuture as _};
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, Message, Utf8Bytes};

use super::SocketIo;
use super::connection::{Connection, Wire};
use super::packet::{PROBE, PROBE_ANSWER, UPGRADE};
use crate::closing::{End, close_frame, goodbye};
use crate::upgrade::socket_config;

/// What a packet may need besides its frame: kind, namespace, callback, the event's brackets.
const PACKET_OVERHEAD_BYTES: usize = 256;
/// How long a probe may take.
const PROBE_TIMEOUT: Duration = Duration::from_secs(10);
/// How a WebSocket that came to its end in order is closed.
const NORMAL: u16 = 1000;

/// The limits of a WebSocket that carries packets.
pub(super) fn config() -> WebSocketConfig {
    let largest = Some(MAX_FRAME_BYTES + PACKET_OVERHEAD_BYTES);
    socket_config().max_message_size(largest).max_frame_size(largest)
}

/// Whether a WebSocket gets through, and the client changes to it. If not, the connection stays with its requests.
pub(super) async fn probe<S: AsyncRead + AsyncWrite + Unpin>(
    connection: &Connection,
    stream: &mut WebSocketStream<S>,
) -> bool {
    let probing = async {
        if !matches!(stream.next().await, Some(Ok(Message::Text(text))) if text == PROBE)
            || !connection.rewire(Wire::Polling, Wire::Probing)
        {
            return false;
        }
        let answered = stream.send(Message::text(PROBE_ANSWER)).await.is_ok();
        answered && matches!(stream.next().await, Some(Ok(Message::Text(text))) if text == UPGRADE)
    };
    let is_through = timeout(PROBE_TIMEOUT, probing).await.unwrap_or(false);
    let carrier = if is_through { Wire::WebSocket } else { Wire::Polling };
    connection.rewire(Wire::Probing, carrier) && is_through
}

/// What there is to send.
enum Outgo {
    Packets(Vec<Utf8Bytes>),
    Nothing,
}

/// Carries a connection until it is closed.
pub(super) async fn carry<S: AsyncRead + AsyncWrite + Unpin + Send>(
    server: &Arc<SocketIo>,
    connection: &Arc<Connection>,
    stream: &mut WebSocketStream<S>,
) {
    let write_timeout = server.shared.config.write_timeout();
    let mut hearing = pin!(Fuse::terminated());
    loop {
        let is_deaf = connection.ended().is_some();
        let outgo = connection.outgoing.until_some(|| outgo(connection));
        tokio::select! {
            heard = &mut hearing => {
                if let Err(end) = heard {
                    connection.end(end);
                }
            }
            message = stream.next(), if hearing.is_terminated() && !is_deaf => match read(message) {
                Ok(Some(text)) => hearing.set(hear(server, connection, text).fuse()),
                Ok(None) => connection.note_heard(),
                Err(end) => connection.end(end),
            },
            outgo = outgo => {
                let Outgo::Packets(packets) = outgo else { break };
                match timeout(write_timeout, write(stream, packets)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => connection.end(End::Gone),
                    Err(_) => return connection.end(End::Code(CloseCode::SlowReader)),
                }
            }
        }
    }
    let number = connection.ended().map_or(Some(NORMAL), |(end, _)| end.number());
    if let Some(number) = number {
        goodbye(stream, close_frame(number, String::new())).await;
    }
}

async fn hear(server: &Arc<SocketIo>, connection: &Arc<Connection>, text: Utf8Bytes) -> Result<(), End> {
    connection.hear(server, &text).await
}

fn outgo(connection: &Connection) -> Option<Outgo> {
    let packets = connection.outgoing.take(usize::MAX);
    if packets.is_empty() { connection.is_closed().then_some(Outgo::Nothing) } else { Some(Outgo::Packets(packets)) }
}

async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut WebSocketStream<S>,
    packets: Vec<Utf8Bytes>,
) -> Result<(), WsError> {
    for packet in packets {
        stream.feed(Message::Text(packet)).await?;
    }
    stream.flush().await
}

/// The text that came, if any did.
fn read(message: Option<Result<Message, WsError>>) -> Result<Option<Utf8Bytes>, End> {
    match message.ok_or(End::Gone)?? {
        Message::Text(text) => Ok(Some(text)),
        Message::Binary(_) => Err(End::Code(CloseCode::Protocol)),
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
        Message::Close(_) => Err(End::Gone),
    }
}
