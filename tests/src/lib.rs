//! The harness of the end-to-end tests: one stack for all tests of a program, or one of a test's own where it breaks things.

use anyhow::Result;
use tokio::sync::OnceCell;

pub use chat_stack::{Instance, Instances, Process, Service, Signal, Stack, StackOptions};

/// The stack that the tests of one program share: two gateways, two workers, an api, presence, a fresh database.
///
/// Nobody may stop or halt a part of it. It ends with the program: its processes are killed with it, and its directory is removed by the
/// next stack that starts.
pub async fn shared_stack() -> &'static Stack {
    static STACK: OnceCell<Stack> = OnceCell::const_new();
    STACK.get_or_init(|| async { own_stack().await.expect("the shared stack starts") }).await
}

/// A stack of the test's own, to be broken; `stop` it at the end. Other numbers, timers or restarts: [`StackOptions::for_tests`].
pub async fn own_stack() -> Result<Stack> {
    Stack::start(StackOptions::for_tests()?).await
}
