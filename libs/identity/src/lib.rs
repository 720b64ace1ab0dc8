//! Whose tokens count, for api and gateways alike: the settings, and the keys, which are fetched, kept fresh and changed
//! while the service runs. What a token must be is decided in `chat-auth`.

mod config;
mod jwks_url;
mod keyring;
mod refreshing;
mod source;

pub use config::{Accounts, AuthSection};
pub use jwks_url::JwksUrl;
pub use keyring::{Keyring, VerifyError};
