//! Our own access tokens, for installations without an identity provider.

use std::time::Duration;

use chat_protocol::ids::{FamilyId, UserId};
use chat_protocol::rest::PlatformRole;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

use crate::rules::Rules;
use crate::secrets::Secrets;

/// Whom a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user_id: UserId,
    /// The display name.
    pub name: String,
    /// The role; what is more than `Freelancer` is not signed, because no claim makes anybody that.
    pub role: PlatformRole,
    /// A picture.
    pub avatar_url: Option<String>,
    /// The token family that a log-out revokes.
    pub family: Option<FamilyId>,
}

/// Signs tokens that a [`Verifier`](crate::Verifier) of the same secret and rules accepts.
#[derive(Debug, Clone)]
pub struct Signer {
    key: EncodingKey,
    rules: Rules,
    access_ttl: Duration,
}

#[derive(Serialize)]
struct SignedClaims<'a> {
    /// A text, as RFC 7519 has it.
    sub: String,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<PlatformRole>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fam: Option<FamilyId>,
}

impl Signer {
    /// How long an access token is good, unless configured otherwise.
    pub const ACCESS_TTL: Duration = Duration::from_mins(15);

    /// A signer with a shared secret; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES).
    #[must_use]
    pub fn hs256(secrets: impl Into<Secrets>, rules: Rules, access_ttl: Duration) -> Self {
        Self { key: secrets.into().signing_key(), rules, access_ttl }
    }

    /// How long an access token of this signer is good.
    #[must_use]
    pub const fn access_ttl(&self) -> Duration {
        self.access_ttl
    }

    /// An access token that is good for `ttl` from `now` on, in whole seconds: [`access_ttl`](Self::access_ttl), or
    /// less for a test or a tool.
    #[must_use]
    pub fn access_token(&self, bearer: &Bearer, now: DateTime<Utc>, ttl: Duration) -> String {
        let issued_at = now.timestamp();
        let ttl_secs = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        let claims = SignedClaims {
            sub: bearer.user_id.to_string(),
            name: &bearer.name,
            role: matches!(bearer.role, PlatformRole::Client | PlatformRole::Freelancer).then_some(bearer.role),
            avatar_url: bearer.avatar_url.as_deref(),
            iss: self.rules.issuer.as_deref(),
            aud: self.rules.audience.as_deref(),
            iat: issued_at,
            exp: issued_at.saturating_add(ttl_secs),
            fam: bearer.family,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.key)
            .expect("HS256 signs with any secret, and the claims are plain JSON")
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::{TokenError, Verifier};

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn bearer() -> Bearer {
        Bearer {
            user_id: UserId::new(42).unwrap(),
            name: "Ada".into(),
            role: PlatformRole::Freelancer,
            avatar_url: Some("https://example.com/ada.png".into()),
            family: Some(FamilyId::from_uuid(Uuid::from_u128(7))),
        }
    }

    #[test]
    fn own_token_passes_own_check_until_it_expires() {
        let rules = Rules { issuer: Some("us".into()), audience: Some("chat".into()), ..Rules::default() };
        let signer = Signer::hs256(SECRET, rules.clone(), Signer::ACCESS_TTL);
        let token = signer.access_token(&bearer(), now(), signer.access_ttl());
        let verifier = Verifier::hs256(SECRET, rules);
        let claims = verifier.verify(&token, now()).unwrap();
        let Bearer { user_id, name, role, avatar_url, family } = bearer();
        assert_eq!((claims.user_id, claims.name, claims.role), (user_id, Some(name), role));
        assert_eq!((claims.avatar_url, claims.family), (avatar_url, family));
        assert_eq!(claims.issued_at, Some(now()));
        assert_eq!(claims.expires_at, now() + TimeDelta::minutes(15));
        let last = claims.expires_at - TimeDelta::seconds(1);
        assert!(verifier.verify(&token, last).is_ok());
        assert_eq!(verifier.verify(&token, claims.expires_at), Err(TokenError::Expired));
    }

    #[test]
    fn own_token_of_other_rules_is_refused() {
        let signer = Signer::hs256(SECRET, Rules::default(), Signer::ACCESS_TTL);
        let token = signer.access_token(&bearer(), now(), Signer::ACCESS_TTL);
        let rules = Rules { audience: Some("chat".into()), ..Rules::default() };
        let refused = Verifier::hs256(SECRET, rules).verify(&token, now());
        assert_eq!(refused, Err(TokenError::Invalid("for another audience")));
    }

    #[test]
    fn admin_is_not_signed() {
        let signer = Signer::hs256(SECRET, Rules::default(), Signer::ACCESS_TTL);
        let admin = Bearer { role: PlatformRole::Admin, ..bearer() };
        let token = signer.access_token(&admin, now(), Signer::ACCESS_TTL);
        let claims = Verifier::hs256(SECRET, Rules::default()).verify(&token, now()).unwrap();
        assert_eq!(claims.role, PlatformRole::Client);
    }
}
