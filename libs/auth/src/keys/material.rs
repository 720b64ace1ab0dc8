//! Public keys as they come, from PEM or from a key set: whether they are what they say, and good enough.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;

use super::{Key, SignatureAlgorithm};

/// Bits of RSA: less is too weak, more is slow to check (and the library's own bound).
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;
/// Bytes of a coordinate of P-256 and of a point of Ed25519.
const COORDINATE_BYTES: usize = 32;

/// RSA, from modulus and exponent.
pub(super) fn rsa(n: &str, e: &str) -> Result<Key, &'static str> {
    let (n, e) = (number(n)?, number(e)?);
    let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
    if bits < *RSA_BITS.start() {
        return Err("of RSA with less than 2048 bits");
    }
    if bits > *RSA_BITS.end() {
        return Err("of RSA with more than 4096 bits");
    }
    let exponent = e.iter().fold(0_u64, |value, byte| value.saturating_mul(256).saturating_add(u64::from(*byte)));
    let is_exponent = (3..1 << 33).contains(&exponent) && exponent % 2 == 1;
    if !is_exponent || n.last().is_none_or(|last| last % 2 == 0) {
        return Err("no key of RSA");
    }
    Ok(Key::new(SignatureAlgorithm::Rs256, DecodingKey::from_rsa_raw_components(&n, &e)))
}

/// A point of P-256, from its coordinates.
pub(super) fn p256(x: &str, y: &str) -> Result<Key, &'static str> {
    if decode(x)?.len() != COORDINATE_BYTES || decode(y)?.len() != COORDINATE_BYTES {
        return Err("no point of P-256");
    }
    let key = DecodingKey::from_ec_components(x, y).map_err(|_| "no point of P-256")?;
    checked(SignatureAlgorithm::Es256, key).ok_or("no point of P-256")
}

/// A point of Ed25519.
pub(super) fn ed25519(x: &str) -> Result<Key, &'static str> {
    if decode(x)?.len() != COORDINATE_BYTES {
        return Err("no point of Ed25519");
    }
    let key = DecodingKey::from_ed_components(x).map_err(|_| "no point of Ed25519")?;
    checked(SignatureAlgorithm::EdDsa, key).ok_or("no point of Ed25519")
}

/// The key, if the library can work with it.
fn checked(algorithm: SignatureAlgorithm, key: DecodingKey) -> Option<Key> {
    jsonwebtoken::crypto::verify("", b"", &key, algorithm.of_library()).ok()?;
    Some(Key::new(algorithm, key))
}

/// Big-endian, without the zeros that some put before numbers.
fn number(text: &str) -> Result<Vec<u8>, &'static str> {
    let bytes = decode(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Ok(bytes[zeros..].to_vec())
}

fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| "not in base64url")
}
