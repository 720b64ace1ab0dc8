//! The shape of production: three servers of NATS, Postgres with a standby, two of each service; and the files of `deploy/` in use.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

mod images;
mod proxies;
mod shape;
mod supervised;
mod units;

/// A program of the build that this test is of.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test is a program");
    let built = test.ancestors().nth(2).expect("tests stand in deps/").join(name);
    assert!(built.is_file(), "{} is built: cargo build --workspace --bins", built.display());
    built
}
