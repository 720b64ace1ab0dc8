//! WebP: chunks in a RIFF file; frames of an animation are chunks that hold chunks.

use super::take;

/// Bits of the extended header that announce what is not kept.
const EXIF_AND_XMP: u8 = 0x0C;
/// What stands in a frame before its chunks, in bytes.
const FRAME_HEADER_BYTES: usize = 16;

pub(super) fn strip(file: &[u8]) -> Option<Vec<u8>> {
    let mut rest = file.strip_prefix(b"RIFF")?;
    let size = take_size(&mut rest)?;
    let mut chunks = take(&mut rest, size)?.strip_prefix(b"WEBP")?;
    let mut kept = Vec::with_capacity(file.len());
    kept.extend(b"RIFF\0\0\0\0WEBP");
    while !chunks.is_empty() {
        copy_chunk(&mut chunks, &mut kept)?;
    }
    let size = u32::try_from(kept.len() - 8).ok()?;
    kept[4..8].copy_from_slice(&size.to_le_bytes());
    Some(kept)
}

fn take_size(rest: &mut &[u8]) -> Option<usize> {
    let size = take(rest, 4)?.first_chunk().map(|size| u32::from_le_bytes(*size))?;
    usize::try_from(size).ok()
}

/// Copies the next chunk, if it is part of the picture.
fn copy_chunk(rest: &mut &[u8], kept: &mut Vec<u8>) -> Option<()> {
    let kind = take(rest, 4)?;
    let size = take_size(rest)?;
    let body = take(rest, size)?;
    // The last one may lack its padding.
    let _padding = take(rest, size % 2);
    match kind {
        b"VP8X" => {
            let mut header = body.to_vec();
            *header.first_mut()? &= !EXIF_AND_XMP;
            append(kind, &header, kept)
        }
        b"ANMF" => {
            let (header, mut chunks) = body.split_at_checked(FRAME_HEADER_BYTES)?;
            let mut frame = header.to_vec();
            while !chunks.is_empty() {
                copy_chunk(&mut chunks, &mut frame)?;
            }
            append(kind, &frame, kept)
        }
        b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ICCP" => append(kind, body, kept),
        _ => Some(()),
    }
}

fn append(kind: &[u8], body: &[u8], kept: &mut Vec<u8>) -> Option<()> {
    kept.extend(kind);
    kept.extend(u32::try_from(body.len()).ok()?.to_le_bytes());
    kept.extend(body);
    if body.len() % 2 == 1 {
        kept.push(0);
    }
    Some(())
}
