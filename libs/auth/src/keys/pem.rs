//! Keys from a PEM file: one, or several one after another while the issuer changes from one to the next. They have no
//! names, so each is tried.

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
use pem::Pem;

use super::{Key, KeyError, KeySet, MAX_TRIES, SignatureAlgorithm, material};

impl KeySet {
    /// The keys of a PEM file, which must all be usable with these algorithms.
    pub fn from_pem(file: &[u8], algorithms: &[SignatureAlgorithm]) -> Result<Self, KeyError> {
        let blocks = ::pem::parse_many(file).map_err(|_| KeyError::Malformed("PEM file"))?;
        if blocks.len() > MAX_TRIES {
            return Err(KeyError::TooMany(MAX_TRIES));
        }
        let keys = blocks.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let set = Self { keys, ..Self::empty(algorithms) };
        let unlisted = set.keys.iter().find(|key| !set.algorithms.contains(&key.algorithm));
        match unlisted {
            Some(key) => Err(KeyError::NotListed(key.algorithm)),
            None if set.is_empty() => Err(KeyError::Empty),
            None => Ok(set),
        }
    }
}

fn read(block: &Pem) -> Result<Key, KeyError> {
    match block.tag() {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
        tag if tag.ends_with("PRIVATE KEY") => return Err(KeyError::Private),
        _ => return Err(KeyError::NoPublicKey),
    }
    let text = ::pem::encode(block);
    let bytes = text.as_bytes();
    let kinds = [
        (DecodingKey::from_ec_pem(bytes), Algorithm::ES256),
        (DecodingKey::from_ed_pem(bytes), Algorithm::EdDSA),
        (DecodingKey::from_rsa_pem(bytes), Algorithm::RS256),
    ];
    let found = kinds.into_iter().find_map(|(key, algorithm)| Some((key.ok()?, algorithm)));
    let (key, algorithm) = found.ok_or(KeyError::Unusable("neither of RSA nor of P-256 nor of Ed25519"))?;
    let jwk = Jwk::from_decoding_key(&key, Some(algorithm)).map_err(|_| KeyError::Unusable("malformed"))?;
    let key = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => material::rsa(&key.n, &key.e),
        AlgorithmParameters::EllipticCurve(key) => material::p256(&key.x, &key.y),
        AlgorithmParameters::OctetKeyPair(key) => material::ed25519(&key.x),
        _ => Err("of another kind"),
    };
    key.map_err(KeyError::Unusable)
}
