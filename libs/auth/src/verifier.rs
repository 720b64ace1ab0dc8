//! From the text of a token to [`Claims`]: signature by a pinned algorithm first, then the claims by hand against the
//! time that is passed in. `jsonwebtoken` is trusted with the signature alone.

use chrono::{DateTime, Utc};
use jsonwebtoken::Header;

use crate::claims::{Claims, RawClaims, TokenError};
use crate::keys::{self, Key, KeySet, SignatureAlgorithm};
use crate::rules::Rules;
use crate::secrets::Secrets;

/// Header types of tokens that may open a door. Tickets and whatever else is signed with the same key have others.
const ACCESS_TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// Checks tokens against the keys that count.
#[derive(Debug, Clone)]
pub struct Verifier {
    secrets: Vec<Key>,
    outside: Option<KeySet>,
    rules: Rules,
}

impl Verifier {
    /// A verifier of HS256 tokens; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES) for the secret.
    #[must_use]
    pub fn hs256(secrets: impl Into<Secrets>, rules: Rules) -> Self {
        Self { secrets: secrets.into().verifying_keys(), outside: None, rules }
    }

    /// A verifier of tokens that others sign; with our secrets, also of those that we sign for accounts of our own.
    #[must_use]
    pub fn outside(keys: KeySet, own: Option<Secrets>, rules: Rules) -> Self {
        let secrets = own.map_or_else(Vec::new, |secrets| secrets.verifying_keys());
        Self { secrets, outside: Some(keys), rules }
    }

    /// What the token says, if its signature, time, issuer, audience and user id hold at `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let (header, algorithm) = keys::read_header(token)?;
        check_type(&header)?;
        let kid = header.kid.as_deref();
        match (algorithm, &self.outside) {
            (SignatureAlgorithm::Hs256, outside) => {
                keys::check_idle_name(kid)?;
                let claims: RawClaims = keys::decode(token, &self.secrets)?;
                // Where others say who people are, our own tokens are those of accounts, and no machine's.
                let rules = if outside.is_some() { &self.rules.without_services() } else { &self.rules };
                claims.check(rules, now)
            }
            (_, None) => Err(TokenError::Invalid("of an algorithm that does not count here")),
            (algorithm, Some(outside)) => {
                let claims: RawClaims = keys::decode(token, outside.fitting(algorithm, kid)?)?;
                claims.check(&self.rules, now)
            }
        }
    }
}

fn check_type(header: &Header) -> Result<(), TokenError> {
    let typ = header.typ.as_deref().unwrap_or("JWT");
    let is_access = ACCESS_TYPES.iter().any(|access| typ.eq_ignore_ascii_case(access));
    if is_access { Ok(()) } else { Err(TokenError::Invalid("of another type")) }
}

#[cfg(test)]
mod forged;
#[cfg(test)]
mod tests;
