//! The keys that tokens are checked with. Each is pinned to its one algorithm; a token says by a name (`kid`) which of the
//! known ones signed it, and never where to find another.

mod jwks;
mod material;
mod pem;

use std::fmt;
use std::str::FromStr;

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde::de::DeserializeOwned;

pub use self::jwks::{MAX_DOCUMENT_BYTES, SkippedKey};
use crate::MAX_TOKEN_BYTES;
use crate::claims::TokenError;

/// Most keys of one algorithm that are tried on one token, because nothing says which of them signed it.
const MAX_TRIES: usize = 8;
/// The longest name of a key, in bytes.
const MAX_KID_BYTES: usize = 256;

/// How a token may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// With a shared secret.
    Hs256,
    /// RSA.
    Rs256,
    /// ECDSA on P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl SignatureAlgorithm {
    /// All.
    pub const ALL: [Self; 4] = [Self::Hs256, Self::Rs256, Self::Es256, Self::EdDsa];

    /// The name in headers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    const fn of_library(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Rs256 => Algorithm::RS256,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }

    fn of_header(header: &Header) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.of_library() == header.alg)
    }
}

impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SignatureAlgorithm {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::ALL.into_iter().find(|one| one.name() == text).ok_or(KeyError::UnknownAlgorithm)
    }
}

/// Why a file or document of keys cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Of a setting.
    #[error("HS256, RS256, ES256 and EdDSA are known")]
    UnknownAlgorithm,
    /// Not the format at all.
    #[error("it is no {0}")]
    Malformed(&'static str),
    /// Nothing in it.
    #[error("there is no public key in it")]
    Empty,
    /// More than anybody needs.
    #[error("there are more than {0} keys in it")]
    TooMany(usize),
    /// It should be kept elsewhere.
    #[error("there is a private key in it; only public ones belong there")]
    Private,
    /// Something else in PEM.
    #[error("there is something else than public keys in it (of a certificate, take the key: openssl x509 -pubkey)")]
    NoPublicKey,
    /// One of the keys.
    #[error("one of its keys is {0}")]
    Unusable(&'static str),
    /// One of the keys.
    #[error("one of its keys is for {0}, which is not among the algorithms that count")]
    NotListed(SignatureAlgorithm),
}

/// A key, and the only algorithm that it is for.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    kid: Option<String>,
    algorithm: SignatureAlgorithm,
    material: DecodingKey,
    signature: Validation,
}

impl Key {
    fn new(algorithm: SignatureAlgorithm, material: DecodingKey) -> Self {
        Self { kid: None, algorithm, material, signature: signature_only(algorithm.of_library()) }
    }

    pub(crate) fn secret(secret: &[u8]) -> Self {
        Self::new(SignatureAlgorithm::Hs256, DecodingKey::from_secret(secret))
    }

    fn decode<C: DeserializeOwned>(&self, token: &str) -> Option<C> {
        jsonwebtoken::decode(token, &self.material, &self.signature).ok().map(|token| token.claims)
    }
}

/// The public keys of those whose tokens count, and the algorithms that they may use.
#[derive(Debug, Clone)]
pub struct KeySet {
    keys: Vec<Key>,
    algorithms: Vec<SignatureAlgorithm>,
}

impl KeySet {
    /// No keys yet.
    #[must_use]
    pub fn empty(algorithms: &[SignatureAlgorithm]) -> Self {
        let algorithms = algorithms.iter().copied().filter(|one| *one != SignatureAlgorithm::Hs256).collect();
        Self { keys: Vec::new(), algorithms }
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Algorithm and name of each, such as `RS256 2026-11`.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let describe = |key: &Key| match &key.kid {
            Some(kid) => format!("{} {kid}", key.algorithm),
            None => key.algorithm.to_string(),
        };
        self.keys.iter().map(describe).collect()
    }

    /// Those that may have signed a token with this header. By name, if it has one and a key has that; else those without a
    /// name; else the only one there is.
    pub(crate) fn fitting(&self, algorithm: SignatureAlgorithm, kid: Option<&str>) -> Result<Vec<&Key>, TokenError> {
        if !self.algorithms.contains(&algorithm) {
            return Err(TokenError::Invalid("of an algorithm that does not count here"));
        }
        let fitting: Vec<&Key> = self.keys.iter().filter(|key| key.algorithm == algorithm).collect();
        if fitting.is_empty() {
            return Err(TokenError::UnknownKey);
        }
        if kid.is_none() && fitting.len() == 1 {
            return Ok(fitting);
        }
        let (nameless, named): (Vec<_>, Vec<_>) = fitting.into_iter().partition(|key| key.kid.is_none());
        let of_that_name: Vec<_> = named.into_iter().filter(|key| key.kid.as_deref() == kid).collect();
        let mut keys = if of_that_name.is_empty() {
            check_idle_name(kid)?;
            nameless
        } else {
            of_that_name
        };
        keys.truncate(MAX_TRIES);
        match (keys.is_empty(), kid) {
            (false, _) => Ok(keys),
            (true, Some(_)) => Err(TokenError::UnknownKey),
            (true, None) => Err(TokenError::Invalid("without the name of its key")),
        }
    }
}

/// The header of a token, if it asks for nothing strange; nothing is known of its signature yet.
pub(crate) fn read_header(token: &str) -> Result<(Header, SignatureAlgorithm), TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Invalid("too long"));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid("malformed"))?;
    let algorithm = SignatureAlgorithm::of_header(&header);
    let algorithm = algorithm.ok_or(TokenError::Invalid("of an algorithm that does not count here"))?;
    // RFC 7515, 4.1.11: what must be understood and is not, refuses the token. So does what RFC 7797 would have named there.
    if header.crit.is_some() || header.extras.inner().contains_key("b64") {
        return Err(TokenError::Invalid("with critical headers"));
    }
    let brings_key = header.jwk.is_some() || header.jku.is_some() || header.x5c.is_some() || header.x5u.is_some();
    if brings_key {
        return Err(TokenError::Invalid("with a key of its own"));
    }
    let is_kid = header.kid.as_ref().is_none_or(|kid| (1..=MAX_KID_BYTES).contains(&kid.len()));
    if is_kid { Ok((header, algorithm)) } else { Err(TokenError::Invalid("with a malformed name of its key")) }
}

/// Keys without names may be given one by others, and it means nothing here; but what looks like a path, a URL or a statement
/// was meant for a reader that does not exist.
pub(crate) fn check_idle_name(kid: Option<&str>) -> Result<(), TokenError> {
    let Some(kid) = kid else { return Ok(()) };
    let is_plain = kid.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:=+~@/".contains(c));
    let is_path = kid.starts_with('/') || kid.contains("//") || kid.contains("..");
    if is_plain && !is_path { Ok(()) } else { Err(TokenError::Invalid("with a malformed name of its key")) }
}

/// What was signed with one of the keys; nothing of it has been checked.
pub(crate) fn decode<'k, C: DeserializeOwned>(
    token: &str,
    keys: impl IntoIterator<Item = &'k Key>,
) -> Result<C, TokenError> {
    let decoded = keys.into_iter().find_map(|key| key.decode(token));
    decoded.ok_or(TokenError::Invalid("malformed or not signed by the key"))
}

/// The algorithm that is pinned, and nothing of the claims.
fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
mod tests;
