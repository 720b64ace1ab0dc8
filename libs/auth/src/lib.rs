//! Who is calling: tokens are verified and signed here, passwords hashed and checked. Pure functions of their input and
//! of the time that is passed in; stores and sockets are elsewhere.

pub mod password;

mod claims;
mod keys;
mod own_token;
mod refresh;
mod rules;
mod secrets;
mod signer;
mod ticket;
mod vapid;
mod verifier;

pub use claims::{Claims, TokenError};
pub use keys::{KeyError, KeySet, MAX_DOCUMENT_BYTES, SignatureAlgorithm, SkippedKey};
pub use refresh::{RefreshToken, RefreshTokens};
pub use rules::Rules;
pub use secrets::Secrets;
pub use signer::{Bearer, Signer};
pub use ticket::{Ticket, Tickets};
pub use vapid::{BadVapidKey, VapidKey};
pub use verifier::Verifier;

/// The shortest shared secret that is worth the name: HS256 wants a key as long as its output (RFC 7518, 3.2).
pub const MIN_SECRET_BYTES: usize = 32;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;
