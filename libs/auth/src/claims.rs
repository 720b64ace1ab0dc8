//! The claims of a token: as they come (any JSON), and what becomes of them. A claim that decides about access is right
//! or refuses the token; one that only describes the person is dropped if it is wrong.

use chat_protocol::ids::{FamilyId, UserId};
use chat_protocol::limits::MAX_NAME_CHARS;
use chat_protocol::rest::{PlatformRole, is_web_url};
use chat_protocol::rpc::Identity;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use crate::rules::Rules;

/// What a verified token says of its bearer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub user_id: UserId,
    /// The display name, trimmed and cut to 200 characters.
    pub name: Option<String>,
    /// `Client` or `Freelancer`, or `Service` where the issuer is listed for it: no claim makes more of anybody.
    pub role: PlatformRole,
    /// A picture, http or https.
    pub avatar_url: Option<String>,
    /// When the token was made, never later than the moment of the check; of two tokens' names the newer's counts.
    pub issued_at: Option<DateTime<Utc>>,
    /// The token's `exp`. With a leeway it may lie that far in the past already.
    pub expires_at: DateTime<Utc>,
    /// The token family that a log-out revokes (`fam`).
    pub family: Option<FamilyId>,
}

impl From<Claims> for Identity {
    /// What other services need to know of the bearer.
    fn from(claims: Claims) -> Self {
        Self {
            user_id: claims.user_id,
            name: claims.name,
            role: claims.role,
            avatar_url: claims.avatar_url,
            issued_at: claims.issued_at.map(Into::into),
        }
    }
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was good once: the bearer fetches a fresh one.
    #[error("the token has expired")]
    Expired,
    /// It may be good: whoever signs such tokens may have a key by now that we have not been told of.
    #[error("the token is signed with a key that is not known")]
    UnknownKey,
    /// It never was good, or not for us, or is not yet; the reason is for our log alone.
    #[error("the token is {0}")]
    Invalid(&'static str),
}

/// The claims as they come. `Some(Null)` is a claim that is there and null.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RawClaims {
    #[serde(default, deserialize_with = "present")]
    sub: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    user_id: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    exp: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    nbf: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    iat: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    iss: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    aud: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    fam: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    token_type: Option<Value>,
    name: Option<Value>,
    role: Option<Value>,
    avatar_url: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl RawClaims {
    /// Checks everything; the expiry last, so that `Expired` means that nothing else is wrong.
    pub(crate) fn check(&self, rules: &Rules, now: DateTime<Utc>) -> Result<Claims, TokenError> {
        let user_id = self.user_id().ok_or(TokenError::Invalid("without a user id of ours"))?;
        let expires_at = time(self.exp.as_ref())?.ok_or(TokenError::Invalid("without exp"))?;
        let not_before = time(self.nbf.as_ref())?;
        let issued_at = time(self.iat.as_ref())?.map(|issued_at| issued_at.min(now));
        let family = self.family()?;
        self.check_use()?;
        let role = self.role(rules);
        if role != PlatformRole::Service {
            self.check_issuer(rules)?;
        }
        self.check_audience(rules)?;
        if not_before.is_some_and(|not_before| now < not_before - rules.leeway()) {
            return Err(TokenError::Invalid("not valid yet"));
        }
        if now >= expires_at + rules.leeway() {
            return Err(TokenError::Expired);
        }
        let (name, avatar_url) = (self.name(), self.avatar_url());
        Ok(Claims { user_id, name, role, avatar_url, issued_at, expires_at, family })
    }

    /// `sub`, whatever it is; `user_id` only where there is no `sub`.
    fn user_id(&self) -> Option<UserId> {
        match self.sub.as_ref().or(self.user_id.as_ref())? {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64().and_then(UserId::new),
            _ => None,
        }
    }

    fn family(&self) -> Result<Option<FamilyId>, TokenError> {
        let Some(family) = &self.fam else { return Ok(None) };
        // A family that cannot be read could not be revoked.
        let family = family.as_str().and_then(|text| Uuid::try_parse(text).ok());
        family.map(|id| Some(FamilyId::from_uuid(id))).ok_or(TokenError::Invalid("of a malformed family"))
    }

    /// Refresh tokens of well-known issuers are signed with the same key and say so here.
    fn check_use(&self) -> Result<(), TokenError> {
        match &self.token_type {
            None => Ok(()),
            Some(Value::String(text)) if text == "access" => Ok(()),
            Some(_) => Err(TokenError::Invalid("no access token")),
        }
    }

    fn issuer(&self) -> Option<&str> {
        self.iss.as_ref().and_then(Value::as_str)
    }

    fn check_issuer(&self, rules: &Rules) -> Result<(), TokenError> {
        let Some(expected) = &rules.issuer else { return Ok(()) };
        let is_expected = self.issuer() == Some(expected);
        if is_expected { Ok(()) } else { Err(TokenError::Invalid("by another issuer")) }
    }

    fn check_audience(&self, rules: &Rules) -> Result<(), TokenError> {
        let Some(expected) = &rules.audience else { return Ok(()) };
        let is_expected = match &self.aud {
            Some(Value::String(audience)) => audience == expected,
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == expected),
            _ => false,
        };
        if is_expected { Ok(()) } else { Err(TokenError::Invalid("for another audience")) }
    }

    fn name(&self) -> Option<String> {
        let text = self.name.as_ref()?.as_str()?;
        let printable: String = text.chars().filter(|c| !c.is_control()).collect();
        let name: String = printable.trim().chars().take(MAX_NAME_CHARS).collect();
        let name = name.trim_end();
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// An issuer that is listed for services must say of each token that it is one's.
    fn role(&self, rules: &Rules) -> PlatformRole {
        let may_be_service = self.issuer().is_some_and(|issuer| rules.service_issuers.iter().any(|one| one == issuer));
        match self.role.as_ref().and_then(Value::as_str) {
            Some("freelancer") => PlatformRole::Freelancer,
            Some("service") if may_be_service => PlatformRole::Service,
            _ => PlatformRole::Client,
        }
    }

    fn avatar_url(&self) -> Option<String> {
        let url = self.avatar_url.as_ref()?.as_str()?;
        is_web_url(url).then(|| url.to_owned())
    }
}

/// A point in time: a number of seconds since 1970, with or without a fraction (cut off), that a calendar can show.
fn time(claim: Option<&Value>) -> Result<Option<DateTime<Utc>>, TokenError> {
    let Some(claim) = claim else { return Ok(None) };
    let time = seconds(claim).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(Some).ok_or(TokenError::Invalid("with a malformed time"))
}

fn seconds(claim: &Value) -> Option<i64> {
    let Value::Number(number) = claim else { return None };
    let within = |float: &f64| float.abs() < 1e15;
    #[expect(clippy::cast_possible_truncation, reason = "the fraction is cut off, and the range was checked")]
    number.as_i64().or_else(|| number.as_f64().filter(within).map(|float| float.floor() as i64))
}
