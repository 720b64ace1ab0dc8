//! The doors between the parts: what each user of NATS and each role of Postgres may, and that nobody comes in unencrypted where TLS is on.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod broker;
mod broker_matrix;
mod database_matrix;
mod encrypted;
mod reader;
mod schema;
mod upgrade;
