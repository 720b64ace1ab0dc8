//! What a server's WebSocket frames say, as far as a load program must know it: counted by their headers, and the beginning of
//! each looked at. Nothing is copied but what a read has cut in two. Pure.

use std::ops::Range;

/// How much of a frame is looked at: what stands before and in `seq`, or the whole of a control frame.
const LOOK: usize = 128;
/// How a message begins that is sent to everybody; see `docs/adr/0008`: it comes as it was published.
const MESSAGE: &[u8] = br#"{"type":"message_received","conversation_id":""#;
/// What stands between the conversation's id and the position.
const BEFORE_SEQ: &[u8] = br#"","seq":"#;
/// How long the text of a UUID is.
const ID: usize = 36;

/// A frame of text.
pub(crate) const TEXT: u8 = 1;
/// A frame that ends the connection.
pub(crate) const CLOSE: u8 = 8;
/// A frame that is to be answered by a pong.
pub(crate) const PING: u8 = 9;
/// The answer to a ping.
pub(crate) const PONG: u8 = 10;

/// A frame, as far as it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sight<'a> {
    pub(crate) opcode: u8,
    /// The first bytes of what it carries.
    pub(crate) start: &'a [u8],
}

impl Sight<'_> {
    /// The position in the log, if it is a message.
    pub(crate) fn seq(&self) -> Option<u64> {
        let rest = self.start.strip_prefix(MESSAGE)?.get(ID..)?.strip_prefix(BEFORE_SEQ)?;
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit());
        Some(digits.fold(0, |seq, digit| seq * 10 + u64::from(digit - b'0')))
    }
}

/// A frame's header: where its payload begins, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Header {
    opcode: u8,
    len: usize,
    payload: usize,
}

impl Header {
    /// None if more bytes are needed. Servers do not mask.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        let (len, len_bytes) = match second & 0x7f {
            126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 2),
            127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 8),
            short => (usize::from(short), 0),
        };
        Some(Self { opcode: first & 0x0f, payload: 2 + len_bytes, len })
    }
}

/// Takes the frames of one connection apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frames {
    /// What of the last frame has not come yet and is not looked at.
    skip: usize,
    /// A frame's beginning that is too short to be looked at.
    carry: Vec<u8>,
}

impl Frames {
    /// Takes in what was read, and shows each frame that begins in it.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(Sight<'_>)) {
        while !bytes.is_empty() {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if self.carry.is_empty() {
                bytes = self.look(bytes, &mut each);
            } else {
                bytes = self.complete(bytes, &mut each);
            }
        }
    }

    /// Frames that begin in `bytes`; what is too short is carried over.
    fn look<'a>(&mut self, mut bytes: &'a [u8], each: &mut impl FnMut(Sight<'_>)) -> &'a [u8] {
        while let Some((sight, frame)) = sight(bytes) {
            each(sight);
            let Some(rest) = bytes.get(frame..) else {
                self.skip = frame - bytes.len();
                return &[];
            };
            bytes = rest;
        }
        self.carry.extend_from_slice(bytes);
        &[]
    }

    /// Adds to the carried beginning what it needs, no more.
    fn complete<'a>(&mut self, bytes: &'a [u8], each: &mut impl FnMut(Sight<'_>)) -> &'a [u8] {
        let had = self.carry.len();
        self.carry.extend_from_slice(&bytes[..bytes.len().min(LOOK)]);
        let Some((sight, frame)) = sight(&self.carry) else { return &bytes[bytes.len().min(LOOK)..] };
        each(sight);
        self.carry.clear();
        let Some(rest) = bytes.get(frame - had..) else {
            self.skip = frame - had - bytes.len();
            return &[];
        };
        rest
    }
}

/// The frame at the beginning, and its whole length; none if too little of it is there.
fn sight(bytes: &[u8]) -> Option<(Sight<'_>, usize)> {
    let header = Header::parse(bytes)?;
    let start = bytes.get(header.payload..header.payload + header.len.min(LOOK))?;
    Some((Sight { opcode: header.opcode, start }, header.payload + header.len))
}

/// The first whole frame: its opcode, where its payload is, and so where the next begins.
pub(crate) fn whole(bytes: &[u8]) -> Option<(u8, Range<usize>)> {
    let header = Header::parse(bytes)?;
    let payload = header.payload..header.payload + header.len;
    bytes.get(payload.clone()).map(|_| (header.opcode, payload))
}

/// A frame as a server sends it.
pub(crate) fn from_server(opcode: u8, payload: &[u8]) -> Vec<u8> {
    framed(opcode, payload, None)
}

/// A frame as a client sends it: masked, with a mask that changes nothing.
pub(crate) fn from_client(opcode: u8, payload: &[u8]) -> Vec<u8> {
    framed(opcode, payload, Some([0; 4]))
}

fn framed(opcode: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len), _) if len < 126 => frame.push(masked | len),
        (_, Ok(len)) => {
            frame.push(masked | 0x7e);
            frame.extend(len.to_be_bytes());
        }
        _ => {
            frame.push(masked | 0x7f);
            // A length in memory fits into 64 bits.
            frame.extend(u64::try_from(payload.len()).unwrap_or(u64::MAX).to_be_bytes());
        }
    }
    frame.extend(mask.into_iter().flatten());
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(seq: u64, text: usize) -> Vec<u8> {
        let id = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";
        let text = "x".repeat(text);
        let json =
            format!(r#"{{"type":"message_received","conversation_id":"{id}","seq":{seq},"message":{{"c":"{text}"}}}}"#);
        from_server(TEXT, json.as_bytes())
    }

    #[test]
    fn frames_are_counted_wherever_reads_cut_them() {
        let mut stream = Vec::new();
        for (seq, text) in [(7, 0), (8, 20), (9, 1000), (10, 70_000), (11, 3)] {
            stream.extend(message(seq, text));
            stream.extend(from_server(PING, b""));
        }
        for size in [1, 2, 3, 7, 64, 127, 128, 129, 500, 4096, 1_000_000] {
            let (mut frames, mut seqs, mut pings) = (Frames::default(), Vec::new(), 0);
            for read in stream.chunks(size) {
                frames.feed(read, |sight| match sight.opcode {
                    PING => pings += 1,
                    _ => seqs.push(sight.seq().unwrap()),
                });
            }
            assert_eq!((seqs, pings), (vec![7, 8, 9, 10, 11], 5), "reads of {size}");
        }
    }

    #[test]
    fn only_messages_have_a_position() {
        let sight = |start| Sight { opcode: TEXT, start };
        assert_eq!(sight(br#"{"type":"heartbeat","last_seq":3}"#).seq(), None);
        assert_eq!(sight(b"").seq(), None);
        let frame = message(4_000_000_000, 100);
        assert_eq!(sight(&frame[4..]).seq(), Some(4_000_000_000));
    }

    #[test]
    fn the_position_is_where_messages_have_it() {
        let golden = include_str!("../../libs/protocol/tests/golden/v1/message_received.json");
        let event: chat_protocol::event::MessageReceived = serde_json::from_str(golden).unwrap();
        let wire = serde_json::to_vec(&event).unwrap();
        assert_eq!(Sight { opcode: TEXT, start: &wire[..LOOK] }.seq(), Some(42));
    }

    #[test]
    fn a_whole_frame_is_found_and_a_part_is_not() {
        let frame = message(1, 300);
        let (opcode, payload) = whole(&frame).unwrap();
        assert_eq!((opcode, payload), (TEXT, 4..frame.len()));
        assert_eq!(whole(&frame[..frame.len() - 1]), None);
    }

    #[test]
    fn what_a_client_sends_is_masked() {
        assert_eq!(from_client(PONG, b"ab"), [0x8a, 0x82, 0, 0, 0, 0, b'a', b'b']);
    }
}
