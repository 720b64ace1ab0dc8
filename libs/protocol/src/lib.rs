//! What the services and their clients say to each other: ids, frames, commands, events, subjects, errors and limits.
//! Pure data and pure functions: no I/O, no clock, no SQL.

pub mod close;
pub mod command;
pub mod error;
pub mod event;
pub mod frame;
pub mod heads;
pub mod ids;
pub mod limits;
pub mod live;
pub mod message;
pub mod moderation;
pub mod partition;
pub mod permissions;
pub mod presence;
pub mod reply;
pub mod rest;
pub mod rpc;
#[cfg(feature = "schema")]
pub mod schema;
pub mod subjects;
pub mod taken;
pub mod time;
pub mod trace;
