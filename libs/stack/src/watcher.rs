//! What the processes of one stack share with who started it: where to report, whether to restart, a bell for changed pids.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Takes one line of progress or trouble.
pub type Report = Arc<dyn Fn(&str) + Send + Sync>;

/// Shared by all processes of a stack.
#[derive(Clone)]
pub(crate) struct Watcher {
    report: Report,
    restart: Arc<AtomicBool>,
    changed: Arc<Notify>,
}

impl Watcher {
    /// Reports there; does not restart until told to.
    pub fn new(report: Report) -> Self {
        Self { report, restart: Arc::default(), changed: Arc::default() }
    }

    /// Passes a line on.
    pub fn report(&self, line: &str) {
        (self.report)(line);
    }

    /// From now on, whether what dies is started again.
    pub fn set_restart(&self, restart: bool) {
        self.restart.store(restart, Ordering::Relaxed);
    }

    /// Whether what dies is started again.
    pub fn restarts(&self) -> bool {
        self.restart.load(Ordering::Relaxed)
    }

    /// Some process has a new pid.
    pub fn changed(&self) {
        self.changed.notify_one();
    }

    /// Waits for the next new pid.
    pub async fn wait_change(&self) {
        self.changed.notified().await;
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("restart", &self.restart).finish_non_exhaustive()
    }
}
