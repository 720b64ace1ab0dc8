//! Keys from a key set (RFC 7517). What is not for us is passed over: issuers publish keys for other uses there, too.

use serde::Deserialize;
use serde_json::Value;

use super::{Key, KeyError, KeySet, MAX_KID_BYTES, SignatureAlgorithm, material};

/// The largest key set that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 256 * 1024;
/// Most entries of a key set.
const MAX_ENTRIES: usize = 100;

/// An entry that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedKey {
    /// Its name.
    pub kid: Option<String>,
    /// Why.
    pub reason: &'static str,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// The keys of a key set that are for these algorithms; and those that are not used, with the reason.
    pub fn from_jwks(document: &[u8], algorithms: &[SignatureAlgorithm]) -> Result<(Self, Vec<SkippedKey>), KeyError> {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(KeyError::Malformed("key set of at most 256 KiB"));
        }
        let Document { keys: entries } =
            serde_json::from_slice(document).map_err(|_| KeyError::Malformed("JSON object with `keys`"))?;
        if entries.len() > MAX_ENTRIES {
            return Err(KeyError::TooMany(MAX_ENTRIES));
        }
        let mut set = Self::empty(algorithms);
        let mut skipped = Vec::new();
        for entry in &entries {
            match read(entry, &set.algorithms) {
                Ok(key) => set.keys.push(key),
                Err(reason) => skipped.push(SkippedKey { kid: text(entry, "kid").map(cut), reason }),
            }
        }
        Ok((set, skipped))
    }
}

fn read(entry: &Value, algorithms: &[SignatureAlgorithm]) -> Result<Key, &'static str> {
    let kid = match entry.get("kid") {
        None => None,
        Some(Value::String(kid)) if (1..=MAX_KID_BYTES).contains(&kid.len()) => Some(kid.clone()),
        Some(_) => return Err("of a malformed name"),
    };
    if entry.get("d").is_some() {
        return Err("a private key: whoever reads the key set can sign with it");
    }
    if entry.get("use").is_some_and(|of| of != "sig") || !may_verify(entry) {
        return Err("for another use");
    }
    let algorithm = algorithm_of(entry)?;
    if !algorithms.contains(&algorithm) {
        return Err("of an algorithm that does not count here");
    }
    let part = |name| text(entry, name).ok_or("incomplete");
    let key = match algorithm {
        SignatureAlgorithm::Rs256 => material::rsa(part("n")?, part("e")?),
        SignatureAlgorithm::Es256 => material::p256(part("x")?, part("y")?),
        SignatureAlgorithm::EdDsa => material::ed25519(part("x")?),
        SignatureAlgorithm::Hs256 => Err("a secret"),
    };
    Ok(Key { kid, ..key? })
}

/// The one algorithm that a key is for, as its kind says; if it names one, it must be that.
fn algorithm_of(entry: &Value) -> Result<SignatureAlgorithm, &'static str> {
    let (algorithm, names): (_, &[&str]) = match (text(entry, "kty"), text(entry, "crv")) {
        (Some("RSA"), _) => (SignatureAlgorithm::Rs256, &["RS256"]),
        (Some("EC"), Some("P-256")) => (SignatureAlgorithm::Es256, &["ES256"]),
        (Some("OKP"), Some("Ed25519")) => (SignatureAlgorithm::EdDsa, &["EdDSA", "Ed25519"]),
        (Some("oct"), _) => return Err("a secret, which has no place in a key set"),
        _ => return Err("of another kind"),
    };
    let is_named = entry.get("alg").is_none_or(|named| names.iter().any(|name| named == name));
    if is_named { Ok(algorithm) } else { Err("for another algorithm") }
}

fn may_verify(entry: &Value) -> bool {
    match entry.get("key_ops") {
        None => true,
        Some(operations) => operations.as_array().is_some_and(|all| all.iter().any(|one| one == "verify")),
    }
}

fn text<'e>(entry: &'e Value, name: &str) -> Option<&'e str> {
    entry.get(name)?.as_str()
}

/// Short enough for a line of the log.
fn cut(kid: &str) -> String {
    kid.chars().take(64).collect()
}
