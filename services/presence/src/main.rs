//! The presence service: who is online.

use std::process::ExitCode;

use chat_presence::{Config, run};

fn main() -> ExitCode {
    chat_runtime::service::main("presence", |config: Config, lifecycle| async move { run(&config, &lifecycle).await })
}
