//! Who is let in: a token or a ticket becomes an identity, or the close code that says why not. Asks the shared state,
//! never the database.

use chat_auth::{Claims, Ticket, Tickets, TokenError};
use chat_bus::revocations::{Origin, RevocationWatch, Revocations};
use chat_bus::{Bus, BusError, tickets};
use chat_identity::{Keyring, VerifyError};
use chat_protocol::close::CloseCode;
use chat_protocol::ids::FamilyId;
use chat_protocol::rpc::Identity;
use chrono::{DateTime, Utc};

/// What somebody shows to be let in. Does not print.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A token in a header, a subprotocol or a frame.
    Token(String),
    /// A ticket in the URL (`?ticket=`).
    Ticket(String),
    /// A token in the URL (`?token=`), which counts only where the operator allows it.
    QueryToken(String),
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token",
            Self::Ticket(_) => "Ticket",
            Self::QueryToken(_) => "QueryToken",
        })
    }
}

/// Somebody who is let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Who.
    pub identity: Identity,
    /// Until when; a ticket's socket lives as long as the token behind the ticket.
    pub expires_at: DateTime<Utc>,
    /// The family of the token, if it is one of ours.
    pub family: Option<FamilyId>,
}

impl Admitted {
    /// What decides whether the token is revoked; see [`Admission::watch`].
    #[must_use]
    pub const fn origin(&self) -> Origin {
        Origin { user_id: self.identity.user_id, issued_at: self.identity.issued_at, family: self.family }
    }
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    /// It was good once: fetch a fresh one.
    #[error("expired")]
    Expired,
    /// Perhaps good: nobody knows its key yet.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// It was revoked, with its family or with all of its person's.
    #[error("revoked")]
    Revoked,
    /// It never was good, or was used before.
    #[error("{0}")]
    Invalid(&'static str),
    /// It cannot be found out now: come back.
    #[error("the shared state does not answer")]
    Unavailable,
}

impl AdmissionError {
    /// How the socket is closed.
    #[must_use]
    pub const fn close_code(self) -> CloseCode {
        match self {
            Self::Expired | Self::Revoked => CloseCode::TokenExpired,
            Self::UnknownKey | Self::Invalid(_) => CloseCode::NotAuthenticated,
            Self::Unavailable => CloseCode::Unavailable,
        }
    }
}

impl From<TokenError> for AdmissionError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::Expired,
            TokenError::UnknownKey => Self::UnknownKey,
            TokenError::Invalid(reason) => Self::Invalid(reason),
        }
    }
}

impl From<VerifyError> for AdmissionError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Refused(error) => error.into(),
            VerifyError::NotReady => Self::Unavailable,
        }
    }
}

/// The door of a gateway.
#[derive(Debug, Clone)]
pub struct Admission {
    keyring: Keyring,
    tickets: Tickets,
    revocations: Revocations,
    bus: Bus,
    allows_query_token: bool,
}

impl Admission {
    /// For tokens of these keys, and these tickets.
    #[must_use]
    pub fn new(
        keyring: Keyring,
        tickets: Tickets,
        bus: Bus,
        revocations: Revocations,
        allows_query_token: bool,
    ) -> Self {
        Self { keyring, tickets, revocations, bus, allows_query_token }
    }

    /// What the query of a URL shows, if anything that counts here.
    #[must_use]
    pub fn credential_in(&self, query: &str) -> Option<Credential> {
        let value = |wanted: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value.to_owned())
        };
        let token = || value("token").filter(|_| self.allows_query_token).map(Credential::QueryToken);
        value("ticket").map(Credential::Ticket).or_else(token)
    }

    /// Lets somebody in, once it is known what is revoked. A ticket is used by this.
    pub async fn admit(&self, credential: Credential, now: DateTime<Utc>) -> Result<Admitted, AdmissionError> {
        match credential {
            Credential::Token(token) => self.admit_token(&token, now).await,
            Credential::QueryToken(token) if self.allows_query_token => self.admit_token(&token, now).await,
            Credential::QueryToken(_) => Err(AdmissionError::Invalid("a token in the URL")),
            Credential::Ticket(ticket) => self.admit_ticket(&ticket, now).await,
        }
    }

    /// Lets the bearer of a token in, by what is known here: for somebody who is in already and shows a fresh one. What was missed
    /// shows before anything is told on the socket.
    pub fn verify_token(&self, token: &str, now: DateTime<Utc>) -> Result<Admitted, AdmissionError> {
        let admitted = Admitted::from(self.keyring.verify_now(token, now)?);
        if self.revocations.is_revoked(&admitted.origin()) {
            return Err(AdmissionError::Revoked);
        }
        if self.revocations.has_listed() { Ok(admitted) } else { Err(AdmissionError::Unavailable) }
    }

    /// Ends when the token is revoked. A socket holds one watch, for its newest token.
    #[must_use]
    pub fn watch(&self, origin: Origin) -> RevocationWatch {
        self.revocations.watch(origin)
    }

    async fn admit_token(&self, token: &str, now: DateTime<Utc>) -> Result<Admitted, AdmissionError> {
        let admitted = Admitted::from(self.keyring.verify(token, now).await?);
        self.check(&admitted.origin()).await?;
        Ok(admitted)
    }

    async fn admit_ticket(&self, ticket: &str, now: DateTime<Utc>) -> Result<Admitted, AdmissionError> {
        let ticket = self.tickets.verify(ticket, now)?;
        let (id, issued_at) = (ticket.id, ticket.issued_at);
        let admitted = Admitted::from(ticket);
        self.check(&admitted.origin()).await?;
        let used = tickets::use_ticket(&self.bus, id, issued_at.into()).await;
        if used.map_err(|error| unavailable(&error))? {
            Ok(admitted)
        } else {
            Err(AdmissionError::Invalid("a ticket that was used before"))
        }
    }

    async fn check(&self, origin: &Origin) -> Result<(), AdmissionError> {
        let is_revoked = self.revocations.look_up(origin).await.map_err(|error| unavailable(&error))?;
        if is_revoked { Err(AdmissionError::Revoked) } else { Ok(()) }
    }
}

fn unavailable(error: &BusError) -> AdmissionError {
    tracing::warn!(%error, "nobody can be let in");
    AdmissionError::Unavailable
}

impl From<Claims> for Admitted {
    fn from(claims: Claims) -> Self {
        Self { expires_at: claims.expires_at, family: claims.family, identity: claims.into() }
    }
}

impl From<Ticket> for Admitted {
    fn from(ticket: Ticket) -> Self {
        Self { identity: ticket.identity, expires_at: ticket.token_expires_at, family: ticket.family }
    }
}

#[cfg(test)]
mod tests;
