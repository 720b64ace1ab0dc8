//! An identity provider for tests: keys of every algorithm, made at run time; tokens signed with them, good and forged;
//! and a server of key sets, on loopback, that does what it is told.

mod key;
mod server;

pub use key::{Key, signed_with_secret};
pub use server::KeyServer;
