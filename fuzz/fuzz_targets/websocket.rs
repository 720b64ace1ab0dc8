//! Whatever bytes a client sends behind the handshake, cut anywhere: the decoder does not panic, says the same however they are cut,
//! and keeps to its limits.
#![no_main]

use chat_websocket::{Decoder, Message, ProtocolError};
use libfuzzer_sys::fuzz_target;

const MAX: usize = 4096;

fuzz_target!(|data: (u8, &[u8])| {
    let (piece, bytes) = (usize::from(data.0) + 1, data.1);
    let whole = read(bytes, usize::MAX);
    assert_eq!(read(bytes, piece), whole, "cut into pieces of {piece}");
    for message in whole.0 {
        match message {
            Message::Text(text) => assert!(text.len() <= MAX),
            Message::Binary(bytes) => assert!(bytes.len() <= MAX),
            Message::Ping(payload) | Message::Pong(payload) => assert!(payload.len() <= 125),
            Message::Close(said) => assert!(said.is_none_or(|(code, _)| code >= 1000)),
        }
    }
});

fn read(bytes: &[u8], piece: usize) -> (Vec<Message>, Option<ProtocolError>) {
    let (mut decoder, mut messages) = (Decoder::new(MAX), Vec::new());
    for mut input in bytes.chunks(piece) {
        loop {
            match decoder.read(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}
