//! The promises under load and faults: each test runs one scenario on a stack of its own, one at a time, and has its history judged.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod order;
mod workers;

use std::time::Duration;

use chatcheck::runner::Settings;

/// A promised deadline, as it is asserted on this machine.
fn deadline(promised: Duration) -> Duration {
    Settings::read().deadline(promised)
}
