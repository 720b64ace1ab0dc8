//! Tokens that we alone make and read: refresh tokens and tickets. Signed with the secret of the access tokens, and of
//! another type, so that a [`Verifier`](crate::Verifier) refuses them and neither passes for the other.

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::claims::TokenError;
use crate::keys::{self, Key, SignatureAlgorithm};
use crate::rules::Rules;
use crate::secrets::Secrets;

/// Signs and reads tokens of one kind.
#[derive(Clone)]
pub(crate) struct OwnTokens {
    header: Header,
    token_type: &'static str,
    signing_key: EncodingKey,
    verifying_keys: Vec<Key>,
    rules: Rules,
}

/// What every token of ours says, around what its kind adds.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope<C> {
    /// For readers that do not look at the header.
    token_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    aud: Option<String>,
    #[serde(with = "chrono::serde::ts_seconds")]
    exp: DateTime<Utc>,
    #[serde(flatten)]
    claims: C,
}

impl OwnTokens {
    /// Of the header type `<token_type>+jwt`.
    pub(crate) fn hs256(secrets: &Secrets, rules: Rules, token_type: &'static str) -> Self {
        let typ = Some(format!("{token_type}+jwt"));
        Self {
            header: Header { typ, ..Header::new(Algorithm::HS256) },
            token_type,
            signing_key: secrets.signing_key(),
            verifying_keys: secrets.verifying_keys(),
            rules,
        }
    }

    /// The token; the same claims and the same second give the same text.
    pub(crate) fn sign<C: Serialize>(&self, claims: &C, expires_at: DateTime<Utc>) -> String {
        let envelope = Envelope {
            token_type: self.token_type.to_owned(),
            iss: self.rules.issuer.clone(),
            aud: self.rules.audience.clone(),
            exp: expires_at,
            claims,
        };
        jsonwebtoken::encode(&self.header, &envelope, &self.signing_key)
            .expect("HS256 signs with any secret, and the claims are plain JSON")
    }

    /// What a token of this kind says, and until when it holds.
    pub(crate) fn read<C: DeserializeOwned>(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<(C, DateTime<Utc>), TokenError> {
        let (header, algorithm) = keys::read_header(token)?;
        if header.typ != self.header.typ || algorithm != SignatureAlgorithm::Hs256 {
            return Err(TokenError::Invalid("of another type"));
        }
        let envelope: Envelope<C> = keys::decode(token, &self.verifying_keys)?;
        if envelope.iss != self.rules.issuer || envelope.aud != self.rules.audience {
            return Err(TokenError::Invalid("by another issuer or for another audience"));
        }
        if now >= envelope.exp + self.rules.leeway() {
            return Err(TokenError::Expired);
        }
        Ok((envelope.claims, envelope.exp))
    }
}

impl std::fmt::Debug for OwnTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnTokens").field("token_type", &self.token_type).finish_non_exhaustive()
    }
}
