//! NATS: connect, declare streams and buckets, publish and read commands, publish events, ask and answer, share small
//! state.

pub mod asker;
pub mod attributes;
pub mod commands;
pub mod connection;
pub mod error;
pub mod events;
pub mod feed;
pub mod heads;
pub mod kv;
pub mod limits;
pub mod live;
pub mod moderation;
pub mod positions;
mod pulse;
pub mod reader;
pub mod revocations;
pub mod rpc;
mod servers;
pub mod sifting;
pub mod standing;
pub mod streams;
pub mod tail;
pub mod tickets;
pub mod trace;

pub use connection::{Bus, NatsOptions, NatsTls};
pub use error::BusError;
