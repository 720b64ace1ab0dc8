//! The services under attack: by tools that others wrote, by forged tokens, and by what must never be found in a log.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod canary;
mod conformance;
mod documented;
mod echo;
mod forgeries;
mod schema;
mod tokens;
mod tools;
