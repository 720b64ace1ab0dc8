//! PNG: chunks with a length, a kind and a checksum.

use super::take;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What a picture consists of, animated ones and their colours included.
const PICTURE: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs",
    b"cICP", b"mDCV", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn strip(file: &[u8]) -> Option<Vec<u8>> {
    let mut rest = file.strip_prefix(SIGNATURE)?;
    let mut kept = Vec::with_capacity(file.len());
    kept.extend(SIGNATURE);
    loop {
        let length = rest.first_chunk().map(|length| u32::from_be_bytes(*length))?;
        let chunk = take(&mut rest, usize::try_from(length).ok()?.checked_add(12)?)?;
        let kind = &chunk[4..8];
        if PICTURE.iter().any(|known| known.as_slice() == kind) {
            kept.extend(chunk);
        }
        if kind == b"IEND" {
            return Some(kept);
        }
    }
}
