//! GIF: a header, then extensions and images in blocks of at most 255 bytes.

use super::{take, take_byte};

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;
const GRAPHIC_CONTROL: u8 = 0xF9;
const APPLICATION: u8 = 0xFF;

pub(super) fn strip(file: &[u8]) -> Option<Vec<u8>> {
    let mut rest = file;
    let header = take(&mut rest, 13)?;
    if !header.starts_with(b"GIF8") {
        return None;
    }
    let mut kept = Vec::with_capacity(file.len());
    kept.extend(header);
    kept.extend(take(&mut rest, table_bytes(header[10]))?);
    loop {
        match take_byte(&mut rest) {
            // Many lack the trailer.
            None | Some(TRAILER) => {
                kept.push(TRAILER);
                return Some(kept);
            }
            Some(EXTENSION) => {
                let label = take_byte(&mut rest)?;
                let blocks = take_blocks(&mut rest)?;
                if is_picture(label, blocks) {
                    kept.extend([EXTENSION, label]);
                    kept.extend(blocks);
                }
            }
            Some(IMAGE) => {
                let descriptor = take(&mut rest, 9)?;
                kept.push(IMAGE);
                kept.extend(descriptor);
                kept.extend(take(&mut rest, table_bytes(descriptor[8]))?);
                kept.push(take_byte(&mut rest)?);
                kept.extend(take_blocks(&mut rest)?);
            }
            Some(_) => return None,
        }
    }
}

/// How long the table of colours is that these flags announce.
fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Blocks, each after its length, up to and with the empty one.
fn take_blocks<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut length = 0;
    loop {
        let block = usize::from(*rest.get(length)?);
        length += block + 1;
        if block == 0 {
            return take(rest, length);
        }
    }
}

/// How frames follow each other, and how often.
fn is_picture(label: u8, blocks: &[u8]) -> bool {
    let is_loop = blocks.starts_with(b"\x0bNETSCAPE2.0") || blocks.starts_with(b"\x0bANIMEXTS1.0");
    label == GRAPHIC_CONTROL || label == APPLICATION && is_loop
}
