//! Whatever comes in whatever pieces: what is read is what tungstenite reads, and what is built tungstenite reads back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::{self, Read, Write};

use chat_websocket::{Decoder, Frame, Message, close, ping, pong};
use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tokio_tungstenite::tungstenite::{Error, Message as Theirs};

const MAX: usize = 1000;

/// One verdict on one stream of bytes.
#[derive(Debug, PartialEq)]
struct Verdict {
    messages: Vec<Message>,
    /// The close code for what came then, if that was wrong.
    error: Option<u16>,
}

fn ours(pieces: &[&[u8]]) -> Verdict {
    let (mut decoder, mut messages) = (Decoder::new(MAX), Vec::new());
    for mut input in pieces.iter().copied() {
        loop {
            match decoder.read(&mut input) {
                Ok(Some(message)) => {
                    let is_last = matches!(message, Message::Close(_));
                    messages.push(message);
                    if is_last {
                        return Verdict { messages, error: None };
                    }
                }
                Ok(None) => break,
                Err(error) => return Verdict { messages, error: Some(error.close_code()) },
            }
        }
    }
    Verdict { messages, error: None }
}

/// A connection that brings the bytes at once, and swallows what is written.
struct Tape<'a>(&'a [u8]);

impl Read for Tape<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 if !into.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

impl Write for Tape<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn theirs(bytes: &[u8], role: Role) -> Verdict {
    let config = WebSocketConfig::default().max_message_size(Some(MAX)).max_frame_size(Some(MAX));
    let (mut context, mut tape) = (WebSocketContext::new(role, Some(config)), Tape(bytes));
    let mut messages = Vec::new();
    loop {
        let message = match context.read(&mut tape) {
            Ok(Theirs::Text(text)) => Message::Text(text.to_string()),
            Ok(Theirs::Binary(bytes)) => Message::Binary(bytes.to_vec()),
            Ok(Theirs::Ping(bytes)) => Message::Ping(bytes.to_vec()),
            Ok(Theirs::Pong(bytes)) => Message::Pong(bytes.to_vec()),
            Ok(Theirs::Close(frame)) => {
                // What is wrong with a code it tells as if the client had said so.
                if frame.as_ref().is_some_and(|frame| frame.reason == "Protocol violation") {
                    return Verdict { messages, error: Some(1002) };
                }
                let said = frame.map(|CloseFrame { code, reason }| (code.into(), reason.to_string()));
                messages.push(Message::Close(said));
                return Verdict { messages, error: None };
            }
            Ok(Theirs::Frame(_)) => unreachable!("frames are not read one by one"),
            Err(Error::Io(_)) => return Verdict { messages, error: None },
            Err(error) => return Verdict { messages, error: Some(code_of(&error)) },
        };
        messages.push(message);
    }
}

fn code_of(error: &Error) -> u16 {
    match error {
        Error::Capacity(_) => 1009,
        Error::Utf8(_) => 1007,
        _ => 1002,
    }
}

prop_compose! {
    fn client_frame()(
        opcode in prop_oneof![8 => 0_u8..3, 3 => 8_u8..11, 1 => 0_u8..16], is_final in prop::bool::weighted(0.7),
        reserved in prop_oneof![30 => Just(0_u8), 1 => 0_u8..8], is_masked in prop::bool::weighted(0.98), mask: [u8; 4],
        payload in prop_oneof![
            6 => "[a-zäß€😀]{0,40}".prop_map(String::into_bytes), 2 => prop::collection::vec(any::<u8>(), 0..20),
            2 => (1000_u16..1016).prop_map(|code| code.to_be_bytes().to_vec()),
            1 => (0_usize..1100).prop_map(|length| vec![b'x'; length]),
        ],
    ) -> Vec<u8> {
        let mut frame = vec![u8::from(is_final) << 7 | reserved << 4 | opcode];
        let masked = u8::from(is_masked) << 7;
        if let Ok(short @ ..126) = u8::try_from(payload.len()) {
            frame.push(masked | short);
        } else {
            frame.push(masked | 0x7E);
            frame.extend(u16::try_from(payload.len()).unwrap().to_be_bytes());
        }
        if is_masked {
            frame.extend(mask);
        }
        frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| if is_masked { byte ^ mask } else { *byte }));
        frame
    }
}

/// The bytes cut in places.
fn pieces<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn we_read_what_tungstenite_reads(
        frames in prop::collection::vec(client_frame(), 0..8), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let bytes = frames.concat();
        let (ours, theirs) = (ours(&pieces(&bytes, &cuts)), theirs(&bytes, Role::Server));
        let is_any_too_large = frames.iter().any(|frame| frame.len() > MAX);
        prop_assert!(agree(&ours, &theirs, is_any_too_large), "{ours:?} {theirs:?}");
    }

    #[test]
    fn cuts_change_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..200), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        prop_assert_eq!(ours(&pieces(&bytes, &cuts)), ours(&[&bytes]));
    }

    #[test]
    fn what_is_built_is_read_back(said in "\\PC{0,300}", payload in prop::collection::vec(any::<u8>(), 0..126), code in 3000_u16..5000) {
        let sent = [Frame::text(&said).bytes().to_vec(), ping().to_vec(), pong(&payload).to_vec(), close(Some(code), "why").to_vec()];
        let expected = vec![
            Message::Text(said), Message::Ping(Vec::new()), Message::Pong(payload), Message::Close(Some((code, "why".to_owned()))),
        ];
        prop_assert_eq!(theirs(&sent.concat(), Role::Client), Verdict { messages: expected, error: None });
    }
}

/// The same messages and the same verdict on what follows, except that we do not wait for the rest of what is already wrong.
fn agree(ours: &Verdict, theirs: &Verdict, is_any_too_large: bool) -> bool {
    let is_early = theirs.error.is_none() && matches!(ours.error, Some(1002 | 1007 | 1009));
    // A control frame can be wrong in two ways at once: by its header, and by its text, or its size if it is too long for one.
    let is_either = match (ours.error, theirs.error) {
        (Some(1002), Some(1007)) => true,
        (Some(1002), Some(1009)) => is_any_too_large,
        _ => false,
    };
    ours.messages == theirs.messages && (ours.error == theirs.error || is_early || is_either)
}
