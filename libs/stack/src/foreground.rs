//! `chat-stack run`: the stack in the foreground, from the first progress line to the last line of the stop.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::banner::banner;
use crate::options::StackOptions;
use crate::readiness::public_client;
use crate::run_file;
use crate::seed::seed_showcase;
use crate::stack::Stack;

/// `make` passes a signal on that the whole terminal group got already: what comes this soon after the first is the same one.
const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// Prints a line; a reader that has gone away is no reason to stop.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Starts the stack, seeds it if asked, and stays until a signal.
pub async fn run(options: StackOptions, with_demo: bool) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let begun = Instant::now();
    let stack = tokio::select! {
        stack = Stack::prepare(options) => stack?,
        () = signals.next() => return Ok(ExitCode::from(130)),
    };
    let outcome = tokio::select! {
        outcome = serve(&stack, with_demo, begun) => outcome,
        () = signals.next() => Ok(()),
    };
    if let Err(error) = &outcome {
        say(&format!("error: {error:#}"));
    }
    say("stopping (once more stops at once)");
    run_file::remove(&stack.options().data_dir);
    tokio::select! {
        stopped = stack.stop() => stopped?,
        () = signals.second() => {
            stack.kill_all();
            say("killed everything");
            return Ok(ExitCode::from(130));
        }
    }
    say("all stopped");
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Only ends with an error.
async fn serve(stack: &Stack, with_demo: bool, begun: Instant) -> Result<()> {
    stack.launch().await?;
    let demo = if with_demo { demo(stack).await } else { None };
    run_file::write(stack)?;
    say(&format!("ready after {:.1} s\n{}", begun.elapsed().as_secs_f32(), banner(stack, demo.as_ref())?));
    loop {
        stack.wait_change().await;
        run_file::write(stack)?;
    }
}

/// A stack without demo people is of use too, so a failure is only said.
async fn demo(stack: &Stack) -> Option<crate::seed::Demo> {
    say("demo: making three people and what they talk about");
    let made = async { seed_showcase(&public_client(stack.certificates())?, stack.api_url()?).await }.await;
    made.inspect_err(|error| say(&format!("demo: failed: {error:#}"))).ok()
}

/// The signals that mean stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }

    async fn second(&mut self) {
        let first = Instant::now();
        loop {
            self.next().await;
            if first.elapsed() > SAME_SIGNAL {
                return;
            }
        }
    }
}
