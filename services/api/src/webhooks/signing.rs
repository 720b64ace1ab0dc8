//! Keys of webhooks and what they sign, after Standard Webhooks: HMAC-SHA256 over id, time and body. Pure but for drawing keys.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use rand::RngCore as _;
use sha2::Sha256;

/// What a secret begins with.
const PREFIX: &str = "whsec_";
/// How long a key is that is drawn here, and how short and long another may be, in bytes.
const DRAWN_BYTES: usize = 32;
const MIN_BYTES: usize = 24;
const MAX_BYTES: usize = 64;

/// A new key.
pub(crate) fn draw() -> Vec<u8> {
    let mut key = vec![0; DRAWN_BYTES];
    rand::rng().fill_bytes(&mut key);
    key
}

/// The key of a secret; none if it is none.
pub(crate) fn read(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX)?).ok()?;
    (MIN_BYTES..=MAX_BYTES).contains(&key.len()).then_some(key)
}

/// The secret of a key.
pub(crate) fn write(key: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(key))
}

/// The value of `webhook-signature`: one signature for each key, with blanks between them.
pub(crate) fn sign(keys: &[Vec<u8>], id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut header = String::new();
    for key in keys {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        let blank = if header.is_empty() { "" } else { " " };
        write!(header, "{blank}v1,{}", STANDARD.encode(mac.finalize().into_bytes())).expect("texts take everything");
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn signature_is_that_of_the_specification() {
        let key = read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signature = sign(&[key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn every_key_signs() {
        let keys = [draw(), draw()];
        let both = sign(&keys, "a", 1, b"x");
        let each = keys.map(|key| sign(&[key], "a", 1, b"x"));
        assert_eq!(both, each.join(" "));
    }

    #[test]
    fn secrets_survive_being_written() {
        let key = draw();
        assert_eq!(read(&write(&key)), Some(key));
        for bad in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
            "whsec_é",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&write(&[7; 65])), None);
    }
}
