//! The server's side of RFC 6455 behind the handshake, without a socket: bytes in, messages out, and frames that are built once
//! for any number of readers. Holds memory only in the middle of a message. No extensions.

mod decoder;
mod frame;
mod header;

pub use self::decoder::{Decoder, Message, ProtocolError};
pub use self::frame::{Frame, MAX_CONTROL_BYTES, binary, close, ping, pong};
