//! NATS: connect, declare the streams, publish and read commands, publish events, ask and answer.

pub mod asker;
pub mod commands;
pub mod connection;
pub mod error;
pub mod events;
pub mod heads;
pub mod live;
pub mod positions;
pub mod reader;
pub mod rpc;
pub mod streams;

pub use connection::{Bus, NatsOptions};
pub use error::BusError;
