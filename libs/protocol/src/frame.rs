//! Frames of the WebSocket protocol, in both directions. Durable events are frames too: see [`crate::event`].

mod client;
mod server;

pub use self::client::{Authenticate, BadFrame, ClientFrame, Resume, ResumeRequest, Target};
pub use self::server::{ReadState, ServerFrame};
