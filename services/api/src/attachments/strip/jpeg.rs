//! JPEG: segments, and the compressed data between them.

use super::{take, take_byte};

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
/// The longest JFIF header without a preview in it.
const MAX_JFIF_BYTES: usize = 14;

pub(super) fn strip(file: &[u8]) -> Option<Vec<u8>> {
    let mut rest = file.strip_prefix(&[0xFF, START])?;
    let mut kept = Vec::with_capacity(file.len());
    kept.extend([0xFF, START]);
    loop {
        let marker = next_marker(&mut rest)?;
        match marker {
            END => {
                kept.extend([0xFF, END]);
                return Some(kept);
            }
            START | 0x00 => return None,
            // Markers that stand alone.
            0x01 | 0xD0..=0xD7 => kept.extend([0xFF, marker]),
            _ => {
                let length = take(&mut rest, 2)?;
                let body = take(&mut rest, usize::from(u16::from_be_bytes([length[0], length[1]])).checked_sub(2)?)?;
                if is_picture(marker, body) {
                    kept.extend([0xFF, marker]);
                    kept.extend(length);
                    kept.extend(body);
                }
                if marker == SCAN {
                    let end = end_of_scan(rest);
                    kept.extend(take(&mut rest, end)?);
                }
            }
        }
    }
}

/// The next marker; whatever stands before it is skipped, as decoders do.
fn next_marker(rest: &mut &[u8]) -> Option<u8> {
    while take_byte(rest)? != 0xFF {}
    loop {
        match take_byte(rest)? {
            0xFF => {}
            marker => return Some(marker),
        }
    }
}

/// Where the next marker begins that ends the compressed data.
fn end_of_scan(data: &[u8]) -> usize {
    let ends = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF);
    data.windows(2).position(ends).unwrap_or(data.len())
}

/// Tables, frames and scans; of what applications add: density, colours.
fn is_picture(marker: u8, body: &[u8]) -> bool {
    match marker {
        0xE0 => body.starts_with(b"JFIF\0") && body.len() <= MAX_JFIF_BYTES,
        0xE2 => body.starts_with(b"ICC_PROFILE\0"),
        0xEE => body.starts_with(b"Adobe"),
        0xE1..=0xEF | 0xFE => false,
        _ => true,
    }
}
