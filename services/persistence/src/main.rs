//! Starts the persistence service.

use std::process::ExitCode;

fn main() -> ExitCode {
    chat_runtime::service::main("persistence", chat_persistence::run)
}
