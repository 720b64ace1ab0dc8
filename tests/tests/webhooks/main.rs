//! Webhooks, on a stack with short delays, and receivers that are what receivers are: down, slow, lying, gone.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod hook;
mod inside;
mod keeping;
mod killed;
mod missed;
mod receiver;
mod signed;
mod trouble;

use std::net::Ipv4Addr;

use chat_e2e::{App, Service, Stack, StackOptions, options};
use tokio::sync::OnceCell;

use crate::receiver::{Receiver, free_port, shared_receiver};

/// Where webhooks are.
const WEBHOOKS: &str = "/api/admin/webhooks/";
/// Settings that differ from the defaults: five attempts, a second apart.
const SETTINGS: [(&str, &str); 9] = [
    ("WEBHOOK_ALLOW_HTTP", "true"),
    // Nothing else of this machine.
    ("WEBHOOK_ALLOW_NETWORKS", "127.0.0.1/32"),
    ("WEBHOOK_TIMEOUT_MS", "1500"),
    ("WEBHOOK_RETRY_SECS", "1,1,1,1"),
    ("WEBHOOK_DISABLE_AFTER_SECS", "15"),
    ("WEBHOOK_ENDPOINT_CONCURRENCY", "2"),
    ("WEBHOOK_POLL_MS", "50"),
    ("MISSED_AFTER_SECS", "2"),
    ("MISSED_POLL_MS", "100"),
];

/// What all tests share.
struct Shared {
    stack: Stack,
    receiver: &'static Receiver,
    /// A port that may be posted to, where nobody is until a test wants it.
    empty_port: u16,
}

fn webhook_options(ports: &[u16]) -> StackOptions {
    let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
    let options = options().expect("the programs are built").env(Service::Api, "WEBHOOK_PORTS", ports.join(","));
    SETTINGS.into_iter().fold(options, |options, (name, value)| options.env(Service::Api, name, value))
}

async fn shared() -> (&'static Shared, App) {
    static SHARED: OnceCell<Shared> = OnceCell::const_new();
    let start = || async {
        let (receiver, empty_port) = (shared_receiver(), free_port(Ipv4Addr::LOCALHOST));
        let stack = Stack::start(webhook_options(&[receiver.port, empty_port])).await.expect("the stack starts");
        Shared { stack, receiver, empty_port }
    };
    let shared = SHARED.get_or_init(start).await;
    (shared, App::of(&shared.stack).expect("a started stack has addresses"))
}
