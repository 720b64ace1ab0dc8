//! Refresh tokens: signed with the same secret as access tokens, and of another type, so that they open no door.

use std::time::Duration;

use chat_protocol::ids::UserId;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;

use crate::rules::Rules;

/// The header type of a refresh token; a [`Verifier`](crate::Verifier) refuses it.
const REFRESH_TYPE: &str = "refresh+jwt";

/// Signs refresh tokens.
#[derive(Debug, Clone)]
pub struct RefreshSigner {
    key: EncodingKey,
    rules: Rules,
    ttl: Duration,
}

#[derive(Serialize)]
struct SignedClaims<'a> {
    sub: String,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    iat: i64,
    exp: i64,
    fam: Uuid,
    jti: Uuid,
}

impl RefreshSigner {
    /// How long a refresh token is good, unless configured otherwise.
    pub const TTL: Duration = Duration::from_hours(30 * 24);

    /// A signer with a shared secret; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES).
    #[must_use]
    pub fn hs256(secret: &[u8], rules: Rules, ttl: Duration) -> Self {
        Self { key: EncodingKey::from_secret(secret), rules, ttl }
    }

    /// The refresh token `id` of a family: what a log-in begins and each refresh goes on with.
    #[must_use]
    pub fn token(&self, user_id: UserId, family: Uuid, id: Uuid, now: DateTime<Utc>) -> String {
        let issued_at = now.timestamp();
        let ttl_secs = i64::try_from(self.ttl.as_secs()).unwrap_or(i64::MAX);
        let claims = SignedClaims {
            sub: user_id.to_string(),
            token_type: "refresh",
            iss: self.rules.issuer.as_deref(),
            aud: self.rules.audience.as_deref(),
            iat: issued_at,
            exp: issued_at.saturating_add(ttl_secs),
            fam: family,
            jti: id,
        };
        let header = Header { typ: Some(REFRESH_TYPE.to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.key)
            .expect("HS256 signs with any secret, and the claims are plain JSON")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{TokenError, Verifier};

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn refresh_token_is_no_access_token() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let signer = RefreshSigner::hs256(SECRET, Rules::default(), RefreshSigner::TTL);
        let token = signer.token(UserId::new(42).unwrap(), Uuid::from_u128(1), Uuid::from_u128(2), now);
        let refused = Verifier::hs256(SECRET, Rules::default()).verify(&token, now);
        assert_eq!(refused, Err(TokenError::Invalid("of another type")));
    }
}
