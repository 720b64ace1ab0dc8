//! Who we are to push services (VAPID, RFC 8292): one key pair of an operator, and a short token for each service that is spoken to.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::pkcs8::EncodePrivateKey as _;
use serde::Serialize;

/// How long a token is good: push services take no more than a day.
const TOKEN_TTL: Duration = Duration::from_hours(12);

/// A text that is no private key of the curve P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("32 bytes in base64url or hex are a private key; these are none")]
pub struct BadVapidKey;

/// The key pair. Its `Debug` does not print the private half.
#[derive(Clone)]
pub struct VapidKey {
    signing: EncodingKey,
    secret: SecretKey,
    public: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

impl VapidKey {
    /// Reads a private key: 32 bytes, in base64url or as 64 hex digits.
    pub fn parse(text: &str) -> Result<Self, BadVapidKey> {
        let text = text.trim();
        let bytes = match text.len() {
            64 => from_hex(text),
            _ => URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok(),
        };
        Self::of(&bytes.ok_or(BadVapidKey)?)
    }

    /// A new one. `random` is 32 random bytes; one in four thousand million is none.
    pub fn of(random: &[u8]) -> Result<Self, BadVapidKey> {
        let random: &[u8; 32] = random.try_into().map_err(|_| BadVapidKey)?;
        let secret = SecretKey::from_slice(random).map_err(|_| BadVapidKey)?;
        let document = secret.to_pkcs8_der().map_err(|_| BadVapidKey)?;
        let public = URL_SAFE_NO_PAD.encode(secret.public_key().to_encoded_point(false));
        Ok(Self { signing: EncodingKey::from_ec_der(document.as_bytes()), secret, public })
    }

    /// What browsers subscribe with (`applicationServerKey`): the uncompressed point in base64url.
    #[must_use]
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The private half in base64url, to be kept by the operator.
    #[must_use]
    pub fn private(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.secret.to_bytes())
    }

    /// The value of `Authorization` for the push service at `origin`. `subject` says whom that may write to: `mailto:` or `https:`.
    #[must_use]
    pub fn authorization(&self, origin: &str, subject: &str, now: DateTime<Utc>) -> String {
        let exp = (now + TOKEN_TTL).timestamp();
        let claims = Claims { aud: origin, exp, sub: subject };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.signing);
        let token = token.expect("a key of P-256 signs plain JSON");
        format!("vapid t={token}, k={}", self.public)
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VapidKey").field("public", &self.public).finish_non_exhaustive()
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    Some(digits?.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::{Value, json};

    use super::*;

    /// RFC 8291, appendix A: the key pair of the sender, whose use is the same.
    const PRIVATE: &str = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw";
    const PUBLIC: &str = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";

    #[test]
    fn public_key_follows_from_the_private_one_in_either_spelling() {
        let key = VapidKey::parse(PRIVATE).unwrap();
        assert_eq!((key.public(), key.private().as_str()), (PUBLIC, PRIVATE));
        let bytes = URL_SAFE_NO_PAD.decode(PRIVATE).unwrap();
        let digit = |number: u8| char::from_digit(u32::from(number), 16).unwrap();
        let hex: String = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        assert_eq!(VapidKey::parse(&format!("{hex}\n")).unwrap().public(), PUBLIC);
        assert!(!format!("{key:?}").contains(PRIVATE));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let zero = "0".repeat(64);
        let order = "f".repeat(64);
        for bad in ["", "x", PUBLIC, &PRIVATE[1..], zero.as_str(), order.as_str(), &"é".repeat(32)] {
            assert!(VapidKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn token_names_the_service_the_operator_and_its_end() {
        let key = VapidKey::parse(PRIVATE).unwrap();
        let now = Utc::now();
        let header = key.authorization("https://push.example.net", "mailto:ops@example.com", now);
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, PUBLIC);
        let point = key.secret.public_key().to_encoded_point(false);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let verifying =
            DecodingKey::from_ec_components(&encode(point.x().unwrap()), &encode(point.y().unwrap())).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&["https://push.example.net"]);
        let claims = jsonwebtoken::decode::<Value>(token, &verifying, &rules).unwrap().claims;
        assert_eq!(claims["sub"], json!("mailto:ops@example.com"));
        assert_eq!(claims["exp"], json!(now.timestamp() + 12 * 3600));
    }
}
