//! From start to exit code: a stop token, tasks with names, readiness, signals. A task that ends before the stop was
//! asked for takes the process down with a failure code: half a service is worse than none.

mod readiness;

use std::any::Any;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use readiness::{Readiness, ReadinessSnapshot};

use crate::supervisor;

/// The life of a process. Clones share it.
#[derive(Debug, Clone)]
pub struct Lifecycle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    stop: CancellationToken,
    end: CancellationToken,
    tracker: TaskTracker,
    running: Mutex<BTreeMap<&'static str, usize>>,
    readiness: Readiness,
    failed: AtomicBool,
    drain_limit: Duration,
}

/// What is expected of a spawned task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Runs until the stop.
    Service,
    /// Runs once, and may end well at any time.
    Step,
}

/// How the process came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Clean,
    TaskFailed,
    DrainTimedOut,
    SecondSignal,
}

impl Lifecycle {
    /// A lifecycle that gives tasks ten seconds to finish after the stop.
    #[must_use]
    pub fn new() -> Self {
        Self::with_drain_limit(Duration::from_secs(10))
    }

    /// A lifecycle that gives tasks `drain_limit` to finish after the stop.
    #[must_use]
    pub fn with_drain_limit(drain_limit: Duration) -> Self {
        Self(Arc::new(Inner {
            stop: CancellationToken::new(),
            end: CancellationToken::new(),
            tracker: TaskTracker::new(),
            running: Mutex::default(),
            readiness: Readiness::default(),
            failed: AtomicBool::new(false),
            drain_limit,
        }))
    }

    /// The soft stop: when it is cancelled, take no new work, finish what there is, return.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.0.stop.clone()
    }

    /// Cancelled when every task has finished (or the time for it is over): for what must outlive the others, such as
    /// the operations port.
    #[must_use]
    pub fn end(&self) -> CancellationToken {
        self.0.end.clone()
    }

    /// The conditions under which this process wants traffic.
    #[must_use]
    pub fn ready(&self) -> &Readiness {
        &self.0.readiness
    }

    /// For short tasks (one connection, one request) whose end means nothing, but which the stop should wait for.
    #[must_use]
    pub fn tracker(&self) -> &TaskTracker {
        &self.0.tracker
    }

    /// Begins the stop, as a signal would.
    pub fn request_stop(&self) {
        self.0.readiness.stopping();
        self.0.stop.cancel();
    }

    /// Runs a task that lives as long as the process: if it ends before the stop (well, with an error or by a panic),
    /// that is logged and the process stops with a failure code. The stop waits for it.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let supervised = self.clone().supervise(name, Kind::Service, task);
        drop(self.0.tracker.spawn(supervised));
    }

    /// Runs a task that may finish, but not fail: the start of a service. A stop drops it where it stands.
    pub fn spawn_step(&self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let stop = self.stop();
        let task = async move { stop.run_until_cancelled(task).await.unwrap_or(Ok(())) };
        let supervised = self.clone().supervise(name, Kind::Step, task);
        drop(self.0.tracker.spawn(supervised));
    }

    /// Like [`spawn`](Self::spawn), for a task that runs until [`end`](Self::end) and that the stop does not wait for.
    pub fn spawn_to_the_end(
        &self,
        name: &'static str,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let supervised = self.clone().supervise(name, Kind::Service, task);
        drop(tokio::spawn(supervised));
    }

    /// Waits for SIGTERM, SIGINT, a failed task or [`request_stop`](Self::request_stop), then stops: not ready, stop
    /// token, wait for the tasks up to the drain limit. A second signal ends the waiting (code 130).
    pub async fn run_until_stopped(self) -> ExitCode {
        let mut signals = match Signals::new() {
            Ok(signals) => signals,
            Err(error) => {
                tracing::error!("cannot listen to signals: {error:#}");
                return ExitCode::FAILURE;
            }
        };
        match self.wait(async || signals.next().await).await {
            Outcome::Clean => ExitCode::SUCCESS,
            Outcome::TaskFailed | Outcome::DrainTimedOut => ExitCode::FAILURE,
            Outcome::SecondSignal => ExitCode::from(130),
        }
    }

    async fn wait(&self, mut next_signal: impl AsyncFnMut() -> &'static str) -> Outcome {
        tokio::select! {
            name = next_signal() => tracing::info!(signal = name, "stopping"),
            () = self.0.stop.cancelled() => tracing::info!("stopping"),
        }
        self.request_stop();
        supervisor::say_stopping();
        self.0.tracker.close();
        let outcome = tokio::select! {
            () = self.0.tracker.wait() => self.outcome_of_tasks(),
            name = next_signal() => {
                tracing::warn!(signal = name, "second signal: stopping at once");
                Outcome::SecondSignal
            }
            () = tokio::time::sleep(self.0.drain_limit) => self.drain_timed_out(),
        };
        self.0.end.cancel();
        outcome
    }

    fn outcome_of_tasks(&self) -> Outcome {
        if self.0.failed.load(Ordering::Acquire) {
            Outcome::TaskFailed
        } else {
            tracing::info!("stopped");
            Outcome::Clean
        }
    }

    fn drain_timed_out(&self) -> Outcome {
        let tasks: Vec<_> = self.0.running.lock().keys().copied().collect();
        let limit_secs = self.0.drain_limit.as_secs_f64();
        tracing::error!(limit_secs, ?tasks, "not everything finished in time");
        Outcome::DrainTimedOut
    }

    async fn supervise(self, name: &'static str, kind: Kind, task: impl Future<Output = anyhow::Result<()>>) {
        *self.0.running.lock().entry(name).or_default() += 1;
        let ended = AssertUnwindSafe(task).catch_unwind().await;
        self.forget_running(name);
        match ended {
            Err(panic) => {
                self.fail();
                tracing::error!(task = name, panic = panic_text(&*panic), "task panicked");
            }
            Ok(Err(error)) if self.0.stop.is_cancelled() => {
                tracing::warn!(task = name, "task failed while stopping: {error:#}");
            }
            Ok(Err(error)) => {
                self.fail();
                tracing::error!(task = name, "task failed: {error:#}");
            }
            Ok(Ok(())) if kind == Kind::Service && !self.0.stop.is_cancelled() => {
                self.fail();
                tracing::error!(task = name, "task ended before the stop");
            }
            Ok(Ok(())) => tracing::debug!(task = name, "task finished"),
        }
    }

    fn fail(&self) {
        self.0.failed.store(true, Ordering::Release);
        self.request_stop();
    }

    fn forget_running(&self, name: &'static str) {
        let mut running = self.0.running.lock();
        match running.get_mut(name) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(running.remove(name)),
        }
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&'static str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without text")
}

/// The two signals that ask a process to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT")?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(test)]
mod tests;
