//! Key pairs, and tokens signed with them.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::pkcs8::{EncodePublicKey as _, LineEnding};
use rsa::rand_core::OsRng;
use serde_json::{Value, json};

/// PKCS #8 around a scalar of P-256, and `SubjectPublicKeyInfo` around a point of it.
const P256_PRIVATE: &str = "MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCA=";
const P256_PUBLIC: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
/// The same around a seed and a point of Ed25519.
const ED25519_PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEIA==";
const ED25519_PUBLIC: &str = "MCowBQYDK2VwAyEA";

/// A key pair.
#[derive(Debug, Clone)]
pub struct Key {
    /// The name in headers and key sets.
    pub kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
    pem: String,
}

impl Key {
    /// A pair for RS256, 2,048 bits. Making one takes a while, so all with the same name are the same.
    #[must_use]
    pub fn rsa(kid: &str) -> Self {
        static PAIRS: OnceLock<parking_lot::Mutex<Vec<Key>>> = OnceLock::new();
        let mut pairs = PAIRS.get_or_init(Default::default).lock();
        if let Some(known) = pairs.iter().find(|pair| pair.kid == kid) {
            return known.clone();
        }
        let fresh = Self::rsa_of(kid, 2048);
        pairs.push(fresh.clone());
        fresh
    }

    /// A pair for RS256 of that many bits.
    #[must_use]
    pub fn rsa_of(kid: &str, bits: usize) -> Self {
        let private = rsa::RsaPrivateKey::new(&mut OsRng, bits).expect("a pair can be made");
        let pem = private.to_public_key().to_public_key_pem(LineEnding::LF).expect("keys have a PEM form");
        let der = private.to_pkcs1_der().expect("keys have a DER form");
        Self {
            kid: kid.to_owned(),
            algorithm: Algorithm::RS256,
            private: EncodingKey::from_rsa_der(der.as_bytes()),
            pem,
        }
    }

    /// A pair for ES256.
    #[must_use]
    pub fn p256(kid: &str) -> Self {
        let private = EncodingKey::from_ec_der(&around(P256_PRIVATE, &random()));
        Self::of_curve(kid, Algorithm::ES256, private, P256_PUBLIC)
    }

    /// A pair for `EdDSA`.
    #[must_use]
    pub fn ed25519(kid: &str) -> Self {
        let private = EncodingKey::from_ed_der(&around(ED25519_PRIVATE, &random()));
        Self::of_curve(kid, Algorithm::EdDSA, private, ED25519_PUBLIC)
    }

    fn of_curve(kid: &str, algorithm: Algorithm, private: EncodingKey, public: &str) -> Self {
        let mut key = Self { kid: kid.to_owned(), algorithm, private, pem: String::new() };
        let jwk = key.jwk();
        let coordinates = ["x", "y"].into_iter().filter_map(|name| jwk[name].as_str());
        let point: Vec<u8> = coordinates.flat_map(|text| URL_SAFE_NO_PAD.decode(text).expect("base64")).collect();
        key.pem = pem("PUBLIC KEY", &around(public, &point));
        key
    }

    /// The public key as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The public key as an entry of a key set.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.private, self.algorithm).expect("pairs have a public half");
        let mut jwk = serde_json::to_value(jwk).expect("plain JSON");
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The name of the algorithm.
    #[must_use]
    pub fn alg(&self) -> String {
        format!("{:?}", self.algorithm)
    }

    /// The header of a good token.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({"alg": self.alg(), "typ": "JWT", "kid": self.kid})
    }

    /// A token of these claims, with the header of a good one.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_text(&self.header().to_string(), &claims.to_string())
    }

    /// A token of any header and payload, signed as the key can.
    #[must_use]
    pub fn sign_text(&self, header: &str, payload: &str) -> String {
        sign(&self.private, self.algorithm, header, payload)
    }
}

/// A token of any header and payload, signed with a secret, whatever the header says.
#[must_use]
pub fn signed_with_secret(secret: &[u8], header: &str, payload: &str) -> String {
    sign(&EncodingKey::from_secret(secret), Algorithm::HS256, header, payload)
}

fn sign(key: &EncodingKey, algorithm: Algorithm, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).expect("the key is of the algorithm");
    format!("{message}.{signature}")
}

fn around(prefix: &str, key: &[u8]) -> Vec<u8> {
    let mut der = STANDARD.decode(prefix).expect("constants are base64");
    der.extend_from_slice(key);
    der
}

/// 32 random bytes; of P-256 all but four in 2^32 sets of them are scalars.
fn random() -> [u8; 32] {
    rand::random()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
