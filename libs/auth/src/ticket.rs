//! Tickets: what a browser puts into the URL of a socket in place of its token. Good for moments, and used once: who
//! used it first stands in the shared state, not here.

use std::time::Duration;

use chat_protocol::ids::{FamilyId, TokenId};
use chat_protocol::rest::PlatformRole;
use chat_protocol::rpc::Identity;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::claims::{Claims, TokenError};
use crate::own_token::OwnTokens;
use crate::rules::Rules;
use crate::secrets::Secrets;

/// Signs tickets and reads them.
#[derive(Debug, Clone)]
pub struct Tickets(OwnTokens);

/// What a ticket says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// By which its use is remembered.
    pub id: TokenId,
    /// When it was made, in milliseconds.
    pub issued_at: DateTime<Utc>,
    /// Until when it opens a socket, in whole seconds.
    pub expires_at: DateTime<Utc>,
    /// Whose it is, as the token behind it says.
    pub identity: Identity,
    /// The family of the token behind it.
    pub family: Option<FamilyId>,
    /// When the token behind it expires, and with it the socket.
    pub token_expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct TicketClaims {
    jti: TokenId,
    sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    role: PlatformRole,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    avatar_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fam: Option<FamilyId>,
    /// Milliseconds: what is younger than the memory of used tickets must be told from what is older.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    issued_ms: DateTime<Utc>,
    /// Of the token behind: of two tokens' names the newer's counts.
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    token_iat_ms: Option<DateTime<Utc>>,
    #[serde(with = "chrono::serde::ts_seconds")]
    token_exp: DateTime<Utc>,
}

impl Ticket {
    /// How long a ticket is good.
    pub const TTL: Duration = Duration::from_secs(30);

    /// A ticket for the bearer of a good token; no longer good than that.
    #[must_use]
    pub fn new(id: TokenId, claims: Claims, now: DateTime<Utc>) -> Self {
        let ttl = TimeDelta::from_std(Self::TTL).expect("half a minute fits");
        let expires_at = DateTime::from_timestamp((now + ttl).timestamp(), 0).unwrap_or(now);
        Self {
            id,
            issued_at: now,
            expires_at: expires_at.min(claims.expires_at),
            family: claims.family,
            token_expires_at: claims.expires_at,
            identity: claims.into(),
        }
    }
}

impl Tickets {
    /// With a shared secret; see [`MIN_SECRET_BYTES`](crate::MIN_SECRET_BYTES).
    #[must_use]
    pub fn hs256(secrets: impl Into<Secrets>, rules: Rules) -> Self {
        Self(OwnTokens::hs256(&secrets.into(), rules, "ticket"))
    }

    /// The ticket's text.
    #[must_use]
    pub fn sign(&self, ticket: &Ticket) -> String {
        let Identity { user_id, name, role, avatar_url, issued_at } = ticket.identity.clone();
        let claims = TicketClaims {
            jti: ticket.id,
            sub: user_id.to_string(),
            name,
            role,
            avatar_url,
            fam: ticket.family,
            issued_ms: ticket.issued_at,
            token_iat_ms: issued_at.map(chat_protocol::time::Timestamp::datetime),
            token_exp: ticket.token_expires_at,
        };
        self.0.sign(&claims, ticket.expires_at)
    }

    /// The ticket of a text that was signed here and has not expired. Whether it was used is another question.
    pub fn verify(&self, text: &str, now: DateTime<Utc>) -> Result<Ticket, TokenError> {
        let (claims, expires_at) = self.0.read::<TicketClaims>(text, now)?;
        let user_id = claims.sub.parse().map_err(|_| TokenError::Invalid("without a user id of ours"))?;
        let identity = Identity {
            user_id,
            name: claims.name,
            role: claims.role,
            avatar_url: claims.avatar_url,
            issued_at: claims.token_iat_ms.map(Into::into),
        };
        Ok(Ticket {
            id: claims.jti,
            issued_at: claims.issued_ms,
            expires_at,
            identity,
            family: claims.fam,
            token_expires_at: claims.token_exp,
        })
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::ids::UserId;
    use uuid::Uuid;

    use super::*;
    use crate::{RefreshTokens, Verifier};

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_800_000_000_250).unwrap()
    }

    fn claims(expires_in: TimeDelta) -> Claims {
        Claims {
            user_id: UserId::new(42).unwrap(),
            name: Some("Ada".into()),
            role: PlatformRole::Freelancer,
            avatar_url: Some("https://example.com/ada.png".into()),
            issued_at: DateTime::from_timestamp(1_799_999_000, 0),
            expires_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap() + expires_in,
            family: Some(FamilyId::from_uuid(Uuid::from_u128(7))),
        }
    }

    fn ticket(expires_in: TimeDelta) -> Ticket {
        Ticket::new(TokenId::from_uuid(Uuid::from_u128(1)), claims(expires_in), now())
    }

    #[test]
    fn what_was_signed_is_read_for_half_a_minute() {
        let tickets = Tickets::hs256(SECRET, Rules::default());
        let (ticket, text) = (ticket(TimeDelta::minutes(15)), tickets.sign(&ticket(TimeDelta::minutes(15))));
        assert_eq!(ticket.expires_at, DateTime::from_timestamp(1_800_000_030, 0).unwrap());
        assert_eq!(tickets.verify(&text, now()), Ok(ticket.clone()));
        assert_eq!(tickets.verify(&text, ticket.expires_at - TimeDelta::milliseconds(1)), Ok(ticket.clone()));
        assert_eq!(tickets.verify(&text, ticket.expires_at), Err(TokenError::Expired));
        assert_eq!(ticket.identity, claims(TimeDelta::minutes(15)).into());
    }

    #[test]
    fn ticket_is_no_longer_good_than_the_token_behind_it() {
        let ticket = ticket(TimeDelta::seconds(5));
        assert_eq!(
            (ticket.expires_at, ticket.token_expires_at),
            (claims(TimeDelta::seconds(5)).expires_at, ticket.expires_at)
        );
    }

    #[test]
    fn person_of_few_words_has_a_ticket_too() {
        let tickets = Tickets::hs256(SECRET, Rules::default());
        let claims =
            Claims { name: None, avatar_url: None, issued_at: None, family: None, ..claims(TimeDelta::hours(1)) };
        let ticket = Ticket::new(TokenId::from_uuid(Uuid::from_u128(1)), claims, now());
        assert_eq!(tickets.verify(&tickets.sign(&ticket), now()), Ok(ticket));
    }

    #[test]
    fn ticket_is_no_token_and_no_token_a_ticket() {
        let tickets = Tickets::hs256(SECRET, Rules::default());
        let text = tickets.sign(&ticket(TimeDelta::hours(1)));
        let wrong_type = TokenError::Invalid("of another type");
        assert_eq!(Verifier::hs256(SECRET, Rules::default()).verify(&text, now()), Err(wrong_type));
        let refused = RefreshTokens::hs256(SECRET, Rules::default()).verify(&text, now());
        assert!(matches!(refused, Err(TokenError::Invalid(_))), "{refused:?}");
        let forged = Tickets::hs256(b"another secret of thirty-two byte", Rules::default());
        let forged = forged.sign(&ticket(TimeDelta::hours(1)));
        assert!(matches!(tickets.verify(&forged, now()), Err(TokenError::Invalid(_))));
    }
}
