//! Packets of Engine.IO 4 and Socket.IO 5 as text: what came is read, what goes out is put together. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chat_protocol::close::CloseCode;
use chat_protocol::error::ErrorCode;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::transport::Callback;

/// Between the packets of one payload of long polling.
pub(super) const SEPARATOR: char = '\u{1e}';
/// Ends the connection.
pub(super) const CLOSE: &str = "1";
/// Asks for a sign of life.
pub(super) const PING: &str = "2";
/// Tries whether a WebSocket gets through.
pub(super) const PROBE: &str = "2probe";
/// It does.
pub(super) const PROBE_ANSWER: &str = "3probe";
/// From here on the WebSocket is used.
pub(super) const UPGRADE: &str = "5";
/// Says nothing: ends a request of long polling.
pub(super) const NOOP: &str = "6";
/// How every frame of ours begins.
const FRAME_HEAD: &str = r#"{"type":""#;

/// What a client says on the level of Engine.IO.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum EnginePacket<'a> {
    /// It goes.
    Close,
    /// It is there.
    Pong,
    /// Something for Socket.IO.
    Message(&'a str),
    /// It changes to the WebSocket, or tries to; in any other place this means nothing.
    Probing,
}

impl<'a> EnginePacket<'a> {
    /// Reads a packet; none if it is no packet that a client may send.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        match text.as_bytes().first()? {
            b'1' => Some(Self::Close),
            b'3' => Some(Self::Pong),
            b'4' => Some(Self::Message(&text[1..])),
            b'5' | b'6' => Some(Self::Probing),
            _ => None,
        }
    }
}

/// What a client says on the level of Socket.IO.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// Lets it into a namespace.
    Connect { namespace: &'a str, auth: &'a str },
    /// It leaves the namespace.
    Disconnect { namespace: &'a str },
    /// An event, and what is to be answered to.
    Event { namespace: &'a str, callback: Option<Callback>, event: &'a str },
    /// The answer to an event of ours: none of ours asks for one.
    Ack,
    /// What has binary parts.
    Binary { namespace: &'a str },
}

impl<'a> Packet<'a> {
    /// Reads a packet; none if it is not one that a client may send.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (kind, rest) = (text.as_bytes().first()?, text.get(1..)?);
        let is_binary = matches!(kind, b'5' | b'6');
        let rest =
            if is_binary { rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('-')? } else { rest };
        let (namespace, rest) = match rest.strip_prefix('/') {
            None => ("/", rest),
            Some(_) => rest.split_once(',').unwrap_or((rest, "")),
        };
        let data = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let id = &rest[..rest.len() - data.len()];
        match kind {
            b'0' if id.is_empty() => Some(Self::Connect { namespace, auth: data }),
            b'1' if rest.is_empty() => Some(Self::Disconnect { namespace }),
            b'2' => {
                let callback = if id.is_empty() { None } else { Some(Callback(id.parse().ok()?)) };
                Some(Self::Event { namespace, callback, event: data })
            }
            b'3' => Some(Self::Ack),
            b'5' | b'6' => Some(Self::Binary { namespace }),
            _ => None,
        }
    }
}

/// The frame that an event stands for: its name is the `type`, its argument the rest. What is no such event is kept as
/// it is: as a frame it means nothing, and the session says so.
pub(super) fn frame_of(event: &str) -> Utf8Bytes {
    read_event(event).unwrap_or_else(|| event.to_owned()).into()
}

fn read_event(event: &str) -> Option<String> {
    let parts: Vec<&RawValue> = serde_json::from_str(event).ok()?;
    let name = parts.first()?.get();
    let argument = parts.get(1).map_or("{}", |argument| argument.get());
    let mut fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(argument).ok()?;
    fields.remove("type");
    let mut frame = String::with_capacity(event.len() + FRAME_HEAD.len());
    frame.push_str(r#"{"type":"#);
    frame.push_str(name);
    for (key, value) in fields {
        frame.push(',');
        frame.push_str(&serde_json::to_string(&key).ok()?);
        frame.push(':');
        frame.push_str(value.get());
    }
    frame.push('}');
    Some(frame)
}

/// A frame as an event.
pub(super) fn event(namespace: &str, frame: &str) -> Utf8Bytes {
    let (name, argument) = split(frame);
    format!("42{namespace},[\"{name}\",{argument}]").into()
}

/// The answer to an event. An `error` is one of the answer's fields, so that nobody takes it for a success.
pub(super) fn ack(namespace: &str, Callback(id): Callback, frame: &str) -> Utf8Bytes {
    let (name, argument) = split(frame);
    if name == "error" {
        return format!("43{namespace},{id}[{{\"error\":{argument}}}]").into();
    }
    format!("43{namespace},{id}[{argument}]").into()
}

/// The client is in the namespace.
pub(super) fn connected(namespace: &str, sid: &str) -> Utf8Bytes {
    format!("40{namespace},{{\"sid\":\"{sid}\"}}").into()
}

/// Why a client does not get into a namespace.
#[derive(Debug, Serialize)]
pub(super) struct ConnectError {
    /// In words.
    pub(super) message: &'static str,
    /// For programs.
    pub(super) data: ConnectErrorData,
}

/// What `connect_error` carries as its `data`.
#[derive(Debug, Serialize)]
pub(super) struct ConnectErrorData {
    /// As in every error.
    pub(super) code: ErrorCode,
    /// The code with which a plain socket is closed for the same reason.
    pub(super) close_code: u16,
}

/// The client is not let into the namespace.
pub(super) fn refused(namespace: &str, error: &ConnectError) -> Utf8Bytes {
    let error = serde_json::to_string(error).expect("plain data");
    format!("44{namespace},{error}").into()
}

/// The client is sent out of the namespace.
pub(super) fn disconnected(namespace: &str) -> Utf8Bytes {
    format!("41{namespace},").into()
}

/// Says why a namespace ends.
pub(super) fn closing(namespace: &str, code: CloseCode, reason: &str) -> Utf8Bytes {
    let argument = serde_json::json!({"code": code.code(), "reason": reason});
    format!("42{namespace},[\"closing\",{argument}]").into()
}

/// A frame's type, and the object of its other fields. Our frames begin with their type, which needs no escapes.
fn split(frame: &str) -> (&str, Cow<'_, str>) {
    let Some((name, fields)) = frame.strip_prefix(FRAME_HEAD).and_then(|rest| rest.split_once('"')) else {
        return ("frame", Cow::Borrowed(frame));
    };
    let object = fields.strip_prefix(',').map_or(Cow::Borrowed("{}"), |fields| Cow::Owned(format!("{{{fields}")));
    (name, object)
}

#[cfg(test)]
mod tests;
