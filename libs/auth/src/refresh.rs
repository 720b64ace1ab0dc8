//! Refresh tokens: which token of which family of whom. Whether it still counts stands in the database.

use std::time::Duration;

use chat_protocol::ids::{FamilyId, TokenId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::claims::TokenError;
use crate::own_token::OwnTokens;
use crate::rules::Rules;
use crate::secrets::Secrets;

/// Signs refresh tokens and reads them.
#[derive(Debug, Clone)]
pub struct RefreshTokens(OwnTokens);

/// What a refresh token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshToken {
    /// Which one of its family.
    pub id: TokenId,
    /// What a log-in began.
    pub family: FamilyId,
    /// Who logged in.
    pub user_id: UserId,
    /// When it was made, in whole seconds.
    pub issued_at: DateTime<Utc>,
    /// Until when it is good, in whole seconds.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct RefreshClaims {
    sub: String,
    #[serde(with = "chrono::serde::ts_seconds")]
    iat: DateTime<Utc>,
    fam: FamilyId,
    jti: TokenId,
}

impl RefreshTokens {
    /// How long a refresh token is good, unless configured otherwise.
    pub const TTL: Duration = Duration::from_hours(30 * 24);

    /// With a shared secret; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES).
    #[must_use]
    pub fn hs256(secrets: impl Into<Secrets>, rules: Rules) -> Self {
        Self(OwnTokens::hs256(&secrets.into(), rules, "refresh"))
    }

    /// The token's text, always the same for the same token.
    #[must_use]
    pub fn sign(&self, token: &RefreshToken) -> String {
        let claims =
            RefreshClaims { sub: token.user_id.to_string(), iat: token.issued_at, fam: token.family, jti: token.id };
        self.0.sign(&claims, token.expires_at)
    }

    /// The token of a text that was signed here and has not expired.
    pub fn verify(&self, text: &str, now: DateTime<Utc>) -> Result<RefreshToken, TokenError> {
        let (claims, expires_at) = self.0.read::<RefreshClaims>(text, now)?;
        let user_id = claims.sub.parse().map_err(|_| TokenError::Invalid("without a user id of ours"))?;
        Ok(RefreshToken { id: claims.jti, family: claims.fam, user_id, issued_at: claims.iat, expires_at })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::{Bearer, Signer, Verifier};

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn token() -> RefreshToken {
        RefreshToken {
            id: TokenId::from_uuid(Uuid::from_u128(2)),
            family: FamilyId::from_uuid(Uuid::from_u128(1)),
            user_id: UserId::new(42).unwrap(),
            issued_at: now(),
            expires_at: now() + TimeDelta::days(30),
        }
    }

    #[test]
    fn what_was_signed_is_read_until_it_expires() {
        let rules = Rules { issuer: Some("us".into()), audience: Some("chat".into()), ..Rules::default() };
        let tokens = RefreshTokens::hs256(SECRET, rules);
        let text = tokens.sign(&token());
        assert_eq!(tokens.verify(&text, now()), Ok(token()));
        assert_eq!(tokens.verify(&text, token().expires_at - TimeDelta::milliseconds(1)), Ok(token()));
        assert_eq!(tokens.verify(&text, token().expires_at), Err(TokenError::Expired));
    }

    #[test]
    fn same_token_has_the_same_text_wherever_it_is_signed() {
        let [here, there] = [(), ()].map(|()| RefreshTokens::hs256(SECRET, Rules::default()).sign(&token()));
        assert_eq!(here, there);
        let other = RefreshToken { id: TokenId::from_uuid(Uuid::from_u128(3)), ..token() };
        assert_ne!(RefreshTokens::hs256(SECRET, Rules::default()).sign(&other), here);
    }

    #[test]
    fn foreign_tokens_are_refused() {
        let tokens = RefreshTokens::hs256(SECRET, Rules::default());
        let forged = RefreshTokens::hs256(b"another secret of thirty-two byte", Rules::default()).sign(&token());
        let issuer = Rules { issuer: Some("us".into()), ..Rules::default() };
        let of_another_issuer = RefreshTokens::hs256(SECRET, issuer).sign(&token());
        let bearer = Bearer {
            user_id: token().user_id,
            name: "Ada".into(),
            role: chat_protocol::rest::PlatformRole::Client,
            avatar_url: None,
            family: Some(token().family),
        };
        let access = Signer::hs256(SECRET, Rules::default(), Signer::ACCESS_TTL);
        let access = access.access_token(&bearer, now(), Signer::ACCESS_TTL);
        let good = tokens.sign(&token());
        let bent = format!("{}x", &good[..good.len() - 1]);
        for refused in [&forged, &of_another_issuer, &access, &bent, "", "x", "a.b.c", &"x".repeat(9000)] {
            assert!(matches!(tokens.verify(refused, now()), Err(TokenError::Invalid(_))), "{refused}");
        }
    }

    #[test]
    fn refresh_token_is_no_access_token() {
        let text = RefreshTokens::hs256(SECRET, Rules::default()).sign(&token());
        let refused = Verifier::hs256(SECRET, Rules::default()).verify(&text, now());
        assert_eq!(refused, Err(TokenError::Invalid("of another type")));
    }
}
