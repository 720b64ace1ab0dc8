//! From the text of a token to [`Claims`]: signature by a pinned algorithm first, then the claims by hand against the
//! time that is passed in. `jsonwebtoken` is trusted with the signature alone.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Header, TokenData, Validation};
use serde::de::DeserializeOwned;

use crate::MAX_TOKEN_BYTES;
use crate::claims::{Claims, RawClaims, TokenError};
use crate::rules::Rules;

/// Header types of tokens that may open a door. Tickets and whatever else is signed with the same key have others.
const ACCESS_TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// Checks tokens against one key.
#[derive(Debug, Clone)]
pub struct Verifier {
    key: DecodingKey,
    signature: Validation,
    rules: Rules,
}

impl Verifier {
    /// A verifier of HS256 tokens; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES) for the secret.
    #[must_use]
    pub fn hs256(secret: &[u8], rules: Rules) -> Self {
        Self { key: DecodingKey::from_secret(secret), signature: signature_only(Algorithm::HS256), rules }
    }

    /// What the token says, if its signature, time, issuer, audience and user id hold at `now`.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let token = decode::<RawClaims>(token, &self.key, &self.signature)?;
        check_type(&token.header)?;
        token.claims.check(&self.rules, now)
    }
}

/// What was signed with the key; nothing of it has been checked.
pub(crate) fn decode<C: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    signature: &Validation,
) -> Result<TokenData<C>, TokenError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(TokenError::Invalid("too long"));
    }
    let token = jsonwebtoken::decode::<C>(token, key, signature)
        .map_err(|_| TokenError::Invalid("malformed or not signed by the key"))?;
    // RFC 7515, 4.1.11: what must be understood and is not, refuses the token.
    if token.header.crit.is_some() { Err(TokenError::Invalid("with critical headers")) } else { Ok(token) }
}

/// The algorithm that is pinned, and nothing of the claims.
pub(crate) fn signature_only(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn check_type(header: &Header) -> Result<(), TokenError> {
    let typ = header.typ.as_deref().unwrap_or("JWT");
    let is_access = ACCESS_TYPES.iter().any(|access| typ.eq_ignore_ascii_case(access));
    if is_access { Ok(()) } else { Err(TokenError::Invalid("of another type")) }
}

#[cfg(test)]
mod tests;
