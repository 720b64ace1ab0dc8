//! The header of a frame that a client sent.

use crate::decoder::ProtocolError;
use crate::frame::MAX_CONTROL_BYTES;

/// The longest header: two bytes, a length of eight, a mask of four.
pub(crate) const MAX_HEADER_BYTES: usize = 14;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn read(bits: u8) -> Option<Self> {
        Some(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return None,
        })
    }

    pub(crate) const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// A header that is right by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) opcode: Opcode,
    pub(crate) is_final: bool,
    pub(crate) mask: [u8; 4],
    /// Of the payload.
    pub(crate) length: u64,
}

impl Header {
    /// Reads the header that the bytes begin with; with its own length. None if there is not all of it yet.
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some(first) = bytes.first() else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(ProtocolError::Reserved);
        }
        let opcode = Opcode::read(first & 0x0F).ok_or(ProtocolError::Reserved)?;
        let is_final = first & 0x80 != 0;
        let Some(second) = bytes.get(1) else { return Ok(None) };
        if second & 0x80 == 0 {
            return Err(ProtocolError::Unmasked);
        }
        let short = second & 0x7F;
        if opcode.is_control() && (!is_final || usize::from(short) > MAX_CONTROL_BYTES) {
            return Err(ProtocolError::Control);
        }
        let width = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let size = 2 + width + 4;
        let (Some(length), Some(mask)) = (bytes.get(2..2 + width), bytes.get(2 + width..size)) else { return Ok(None) };
        let length =
            if width == 0 { u64::from(short) } else { length.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)) };
        let mut header = Self { opcode, is_final, mask: [0; 4], length };
        header.mask.copy_from_slice(mask);
        Ok(Some((header, size)))
    }
}

/// Takes the mask off a part of a payload that begins `offset` bytes behind its beginning.
pub(crate) fn unmask(part: &mut [u8], mask: [u8; 4], offset: usize) {
    let mut turned = mask;
    turned.rotate_left(offset % 4);
    let wide = u64::from(u32::from_ne_bytes(turned));
    let wide = wide | wide << 32;
    let mut words = part.chunks_exact_mut(8);
    for word in &mut words {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(word);
        word.copy_from_slice(&(u64::from_ne_bytes(bytes) ^ wide).to_ne_bytes());
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip(turned.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mask_comes_off_wherever_the_payload_is_cut() {
        let (mask, plain) = ([1, 2, 3, 4], (0..100).collect::<Vec<u8>>());
        let masked: Vec<u8> = plain.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        for cut in 0..=masked.len() {
            let mut parts = masked.clone();
            let (first, second) = parts.split_at_mut(cut);
            unmask(first, mask, 0);
            unmask(second, mask, cut);
            assert_eq!(parts, plain, "cut at {cut}");
        }
    }

    #[test]
    fn header_waits_for_its_last_byte() {
        let bytes = [0x81, 0xFE, 1, 2, 9, 8, 7, 6];
        for cut in 0..bytes.len() {
            assert_eq!(Header::read(&bytes[..cut]), Ok(None));
        }
        let header = Header { opcode: Opcode::Text, is_final: true, mask: [9, 8, 7, 6], length: 258 };
        assert_eq!(Header::read(&bytes), Ok(Some((header, 8))));
    }
}
