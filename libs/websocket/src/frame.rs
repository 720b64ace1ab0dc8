//! Frames as a server sends them: one piece, no mask.

use bytes::Bytes;

/// The longest payload of a control frame.
pub const MAX_CONTROL_BYTES: usize = 125;

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// A text frame with its header. Clones share the bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

impl Frame {
    /// The frame of a text, which is copied once.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self(build(TEXT, text.as_bytes()))
    }

    /// What goes over the wire.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The same, for whoever needs no more than that.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// What the frame says.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[self.header_bytes()..]).expect("only ever made from a text")
    }

    /// How long the text is.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len() - self.header_bytes()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn header_bytes(&self) -> usize {
        match self.0[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Frame").field(&self.as_str()).finish()
    }
}

impl From<&str> for Frame {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        Self::text(&text)
    }
}

/// A frame of bytes.
#[must_use]
pub fn binary(bytes: &[u8]) -> Bytes {
    build(BINARY, bytes)
}

/// The question whether the other end lives.
#[must_use]
pub fn ping() -> Bytes {
    Bytes::from_static(&[PING, 0])
}

/// The answer to a ping: what it carried.
#[must_use]
pub fn pong(payload: &[u8]) -> Bytes {
    build(PONG, &payload[..payload.len().min(MAX_CONTROL_BYTES)])
}

/// The last frame, with a code and a reason, which is cut to what fits.
#[must_use]
pub fn close(code: Option<u16>, reason: &str) -> Bytes {
    let Some(code) = code else { return build(CLOSE, &[]) };
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend_from_slice(&reason.as_bytes()[..reason.floor_char_boundary(MAX_CONTROL_BYTES - 2)]);
    build(CLOSE, &payload)
}

fn build(first: u8, payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(first);
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => frame.push(short),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_grows_with_the_text() {
        for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            let text = "x".repeat(length);
            let frame = Frame::text(&text);
            assert_eq!((frame.bytes().len(), frame.len(), frame.as_str()), (header + length, length, text.as_str()));
        }
    }

    #[test]
    fn reason_is_cut_between_characters() {
        let frame = close(Some(4002), &"ü".repeat(100));
        assert_eq!(frame.len(), 2 + 2 + 122);
        assert!(std::str::from_utf8(&frame[4..]).is_ok());
    }
}
