//! Limits and origins, on a stack that has them: small ones, and proxies on this machine that may name anybody's address.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod addresses;
mod log_ins;
mod off;
mod origins;
mod people;
mod sharing;
mod socketio;

use std::sync::atomic::{AtomicU32, Ordering};

use chat_e2e::{App, Rest, Stack, options};
use reqwest::Method;
use reqwest::header::HeaderMap;
use tokio::sync::OnceCell;

/// What pages may speak with the stack.
const LISTED: &str = "https://app.example.com,http://localhost:3000,https://xn--bcher-kva.example";
/// Settings that differ from the defaults.
const SETTINGS: [(&str, &str); 10] = [
    ("LIMITS", "on"),
    ("ALLOWED_ORIGINS", LISTED),
    ("TRUSTED_PROXIES", "127.0.0.0/8"),
    ("MAX_CONNECTIONS_PER_ADDRESS", "4"),
    ("MAX_SOCKETS_PER_USER", "3"),
    ("MAX_RATE_REFUSALS", "150"),
    ("SEARCH_LIMIT", "1/2"),
    ("ANONYMOUS_LIMIT", "1/20"),
    ("REGISTRATIONS_PER_HOUR", "3"),
    ("FAILED_LOGINS_PER_ADDRESS", "8"),
];

/// The stack that all tests of this program share.
async fn stack() -> &'static Stack {
    static STACK: OnceCell<Stack> = OnceCell::const_new();
    let start = || async {
        let options = options().expect("the programs are built");
        let options = SETTINGS.into_iter().fold(options, |options, (name, value)| options.public_env(name, value));
        Stack::start(options).await.expect("the stack starts")
    };
    STACK.get_or_init(start).await
}

async fn app() -> App {
    App::of(stack().await).expect("a started stack has addresses")
}

/// An address that no other test uses.
fn fresh_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("203.0.{}.{}", 113 + number / 250, 1 + number % 250)
}

/// A request that comes from that address, by way of a proxy.
fn from(address: &str, rest: &Rest, method: Method, path: &str) -> reqwest::RequestBuilder {
    rest.request(method, path).header("x-forwarded-for", format!("198.51.100.9, {address}"))
}

/// The number in a header.
#[track_caller]
fn number(headers: &HeaderMap, name: &str) -> u64 {
    let value = headers.get(name).unwrap_or_else(|| panic!("{name}: {headers:?}"));
    value.to_str().unwrap().parse().unwrap()
}
