//! What every service is started, configured, watched and stopped with. Nothing here knows a conversation:
//! the crate sits below all services and beside `chat-protocol`.

pub mod backoff;
pub mod clock;
pub mod config;
pub mod faults;
pub mod health_check;
pub mod http_server;
pub mod lifecycle;
pub mod ops;
pub mod origins;
pub mod secret;
pub mod service;
pub mod telemetry;
pub mod traces;

pub use crypto::install_crypto;

mod crypto;
mod supervisor;
