//! The shape of production: three servers of NATS, Postgres with a standby, two of each service; and the files of `deploy/` in use.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod proxies;
mod shape;
mod units;
