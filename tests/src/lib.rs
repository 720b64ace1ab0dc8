//! The harness of the end-to-end tests: one stack for all tests of a program, or one of a test's own where it breaks things;
//! and the clients that tests use it with.

mod app;
mod authority;
mod bus;
mod collector;
mod database;
mod files;
mod line;
mod metrics;
mod node;
mod relay;
mod rest;
mod socket;
mod socketio;

use anyhow::Result;
use tokio::sync::OnceCell;

pub use chat_stack::{Certificates, Instance, Instances, Process, Role, Service, Signal, Stack, StackOptions, TlsMode};

pub use crate::app::{App, User, send_path};
pub use crate::authority::SERVICE_ISSUER;
pub use crate::bus::Writer;
pub use crate::collector::{Collector, Recorded};
pub use crate::database::{Database, Trace};
pub use crate::files::{ATTACHMENTS, Download, form, form_around, hex, sha256_hex};
pub use crate::line::{Carrier, Line};
pub use crate::metrics::counter;
pub use crate::node::{Node, node_program, run_node};
pub use crate::relay::Relay;
pub use crate::rest::{Answer, Rest};
pub use crate::socket::{Closed, Credentials, Socket};
pub use crate::socketio::SocketIo;

/// How long anything that must happen may take. Nothing waits that long unless it fails.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// The stack that the tests of one program share: two gateways, two workers, two apis, presence, a fresh database; timers are low.
///
/// Nobody may stop or halt a part of it. It ends with the program: its processes are killed with it, and its directory is removed by the
/// next stack that starts.
pub async fn shared_stack() -> &'static Stack {
    static STACK: OnceCell<Stack> = OnceCell::const_new();
    STACK.get_or_init(|| async { own_stack().await.expect("the shared stack starts") }).await
}

/// A stack of the test's own, to be broken; `stop` it at the end. Other numbers, timers or restarts: [`options`].
pub async fn own_stack() -> Result<Stack> {
    Stack::start(options()?).await
}

/// How the tests' stacks are built: heartbeats, the wait for a token, the wait for search and the times of presence are short.
pub fn options() -> Result<StackOptions> {
    let settings = [
        (Service::Api, "SERVICE_ISSUERS", SERVICE_ISSUER),
        (Service::Gateway, "SERVICE_ISSUERS", SERVICE_ISSUER),
        (Service::Gateway, "HEARTBEAT_MS", "250"),
        (Service::Gateway, "AUTHENTICATION_TIMEOUT_MS", "1500"),
        (Service::Gateway, "PRESENCE_LEASE_INTERVAL_MS", "500"),
        (Service::Persistence, "SEARCH_INTERVAL_MS", "100"),
        (Service::Presence, "PRESENCE_LISTEN_MS", "1000"),
        (Service::Presence, "PRESENCE_GRACE_MS", "1000"),
        (Service::Presence, "PRESENCE_FLUSH_MS", "100"),
    ];
    let add = |options: StackOptions, (service, name, value)| options.env(service, name, value);
    let options = settings.into_iter().fold(StackOptions::for_tests()?, add);
    Ok(options.instances(Instances { api: 2, ..Instances::default() }))
}
