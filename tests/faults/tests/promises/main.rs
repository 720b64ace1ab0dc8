//! The promises under load and faults: each test runs one scenario on a stack of its own, one at a time, and has its history judged.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod affairs;
mod campaign;
mod gateways;
mod mutants;
mod nats;
mod order;
mod postgres;
mod repeats;
mod slow_readers;
mod streams;
mod workers;

use std::time::Duration;

use chatcheck::runner::Settings;

/// A promised deadline, as it is asserted on this machine.
fn deadline(promised: Duration) -> Duration {
    Settings::read().deadline(promised)
}
