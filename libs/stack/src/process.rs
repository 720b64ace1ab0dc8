//! One supervised process: started, watched, reported when it dies, restarted if that is wanted, signalled, stopped.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rand::Rng;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::ports::ReservedPort;
use crate::proc_fs::{self, ProcessIdentity};
use crate::program::Program;
use crate::readiness::Readiness;
use crate::watcher::Watcher;

/// How long a process that got SIGKILL may take to disappear.
const KILL_LIMIT: Duration = Duration::from_secs(10);
/// The wait before the first restart, doubled each time.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// The longest wait before a restart.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);
/// Who ran this long starts again at the first backoff.
const STABLE: Duration = Duration::from_secs(30);

/// What a process is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Stopped,
    Starting,
    Running(ProcessIdentity),
    /// It ended although it should run; how.
    Died(String),
}

/// A process of the stack. Clones are the same process.
#[derive(Debug, Clone)]
pub struct Process {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    program: Program,
    readiness: Readiness,
    pid_file: PathBuf,
    /// Set for Postgres: orphans of a killed server that run here must be gone before the next start.
    orphans_in: Option<PathBuf>,
    reserved: std::sync::Mutex<Vec<ReservedPort>>,
    wanted: watch::Sender<bool>,
    state: watch::Sender<State>,
    watcher: Watcher,
}

impl Process {
    /// A process that is not started yet; its watching task runs on the keeper.
    pub(crate) fn new(
        name: &str,
        program: Program,
        readiness: Readiness,
        data_dir: &Path,
        watcher: &Watcher,
        keeper: &Handle,
    ) -> Self {
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            orphans_in: program.dir.clone().filter(|_| matches!(readiness, Readiness::Postgres { .. })),
            program,
            readiness,
            pid_file: data_dir.join("pid").join(name),
            reserved: std::sync::Mutex::default(),
            wanted: watch::Sender::new(false),
            state: watch::Sender::new(State::Stopped),
            watcher: watcher.clone(),
        });
        keeper.spawn(Arc::clone(&shared).keep());
        Self { shared }
    }

    /// Holds these ports until the first start.
    pub(crate) fn reserving(self, ports: impl IntoIterator<Item = ReservedPort>) -> Self {
        self.shared.reserved.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(ports);
        self
    }

    /// Its name, such as `ws-gateway-1`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The file that holds its output.
    #[must_use]
    pub fn log_path(&self) -> &Path {
        self.shared.program.log.path()
    }

    /// The pid of the running process.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.identity().map(|identity| identity.pid)
    }

    fn identity(&self) -> Option<ProcessIdentity> {
        match &*self.shared.state.borrow() {
            State::Running(identity) => Some(identity.clone()),
            _ => None,
        }
    }

    /// Starts it, if it does not run, and waits until it is ready.
    pub async fn start(&self, limit: Duration) -> Result<()> {
        self.shared.state.send_if_modified(|state| {
            let idle = matches!(state, State::Stopped | State::Died(_));
            if idle {
                *state = State::Starting;
            }
            idle
        });
        self.shared.wanted.send_replace(true);
        self.wait_ready(limit).await
    }

    /// Waits until it answers that it is ready. A death ends the wait, unless dead processes are restarted.
    pub async fn wait_ready(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        let mut reason = String::from("it has not been asked yet");
        while Instant::now() < deadline {
            let state = self.shared.state.borrow().clone();
            match state {
                State::Running(_) => match self.shared.readiness.probe().await {
                    Ok(()) => return Ok(()),
                    Err(error) => reason = format!("{error:#}"),
                },
                State::Died(how) if !self.shared.watcher.restarts() => {
                    bail!("{} ended at its start ({how}); {}", self.name(), self.shared.program.log.tail());
                }
                State::Stopped => bail!("{} was stopped while it started", self.name()),
                State::Died(_) | State::Starting => {}
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("{} is not ready after {} s ({reason}); {}", self.name(), limit.as_secs(), self.shared.program.log.tail())
    }

    /// Sends a signal to the process and all its descendants; after SIGKILL waits until they are gone, after SIGSTOP until
    /// they stand still.
    /// `SIGSTOP` and `SIGCONT` thus halt and resume all of a Postgres server.
    pub async fn kill(&self, signal: Signal) -> Result<()> {
        let identity = self.identity().with_context(|| format!("{} does not run", self.name()))?;
        signal_tree(identity.pid, signal)?;
        if signal == Signal::SIGKILL {
            self.wait_gone(&identity, KILL_LIMIT).await?;
        }
        if signal == Signal::SIGSTOP {
            self.wait_halted(&identity).await?;
        }
        Ok(())
    }

    /// Whether the process and all its descendants stand still.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.pid().is_some_and(proc_fs::is_halted)
    }

    async fn wait_halted(&self, identity: &ProcessIdentity) -> Result<()> {
        let standing = async {
            while !proc_fs::is_halted(identity.pid) {
                sleep(Duration::from_millis(1)).await;
                // Whom a parent made between the look at its children and its own halt was told nothing.
                signal_tree(identity.pid, Signal::SIGSTOP)?;
            }
            Ok(())
        };
        timeout(KILL_LIMIT, standing).await.with_context(|| format!("{} does not stand still", self.name()))?
    }

    /// Stops it with `signal`, and with SIGKILL what has not ended after `grace`. Says whether it ended by itself.
    pub async fn stop(&self, signal: Signal, grace: Duration) -> Result<bool> {
        self.shared.wanted.send_replace(false);
        let Some(identity) = self.identity() else {
            self.shared.state.send_replace(State::Stopped);
            return Ok(true);
        };
        ignore_gone(killpg(Pid::from_raw(identity.pid), signal))?;
        signal_tree(identity.pid, Signal::SIGCONT)?;
        if self.wait_gone(&identity, grace).await.is_ok() {
            return Ok(true);
        }
        signal_tree(identity.pid, Signal::SIGKILL)?;
        self.wait_gone(&identity, KILL_LIMIT).await?;
        Ok(false)
    }

    /// Ends it at once, without waiting: for the hard stop and for a stack that is dropped.
    pub(crate) fn kill_now(&self) {
        self.shared.wanted.send_replace(false);
        if let Some(identity) = self.identity() {
            // Nobody is left to be told; the next start looks for leftovers.
            let _ = signal_tree(identity.pid, Signal::SIGKILL);
        }
    }

    async fn wait_gone(&self, identity: &ProcessIdentity, limit: Duration) -> Result<()> {
        let mut state = self.shared.state.subscribe();
        let gone = state.wait_for(|state| !matches!(state, State::Running(now) if now == identity));
        match timeout(limit, gone).await {
            Ok(_) => Ok(()),
            Err(_) => bail!("{} (pid {}) still runs after {} s", self.name(), identity.pid, limit.as_secs()),
        }
    }
}

impl Shared {
    /// The life of the process: waits until it is wanted, runs it, decides what its end means.
    async fn keep(self: Arc<Self>) {
        let mut wanted = self.wanted.subscribe();
        let mut backoff = FIRST_BACKOFF;
        while wanted.wait_for(|wanted| *wanted).await.is_ok() {
            let started = Instant::now();
            let how = match self.run_once().await {
                Ok(how) => how,
                Err(error) => format!("{error:#}"),
            };
            if !*wanted.borrow_and_update() {
                self.state.send_replace(State::Stopped);
                continue;
            }
            if !self.watcher.restarts() {
                self.watcher.report(&format!("{} died: {how}", self.name));
                // Before its death can be seen: who sees it may start it again at once.
                self.wanted.send_replace(false);
                self.state.send_replace(State::Died(how));
                continue;
            }
            self.state.send_replace(State::Died(how.clone()));
            backoff = if started.elapsed() > STABLE { FIRST_BACKOFF } else { backoff };
            let pause = backoff.mul_f64(rand::rng().random_range(0.8..1.2));
            let log = self.program.log.path().display();
            self.watcher.report(&format!(
                "{} died: {how}; restart in {} ms (log: {log})",
                self.name,
                pause.as_millis()
            ));
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
            // Either the pause is over or the process is no longer wanted; the loop sees which.
            let _ = timeout(pause, wanted.wait_for(|wanted| !*wanted)).await;
        }
    }

    async fn run_once(&self) -> Result<String> {
        if let Some(dir) = &self.orphans_in {
            end_orphans(dir).await?;
        }
        self.reserved.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        let mut child = self.program.spawn()?;
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok()).context("the child has no pid")?;
        let identity = ProcessIdentity::of(pid).context("the child ended at once")?;
        fs::write(&self.pid_file, identity.to_string())
            .with_context(|| format!("cannot write {}", self.pid_file.display()))?;
        self.state.send_replace(State::Running(identity));
        self.watcher.changed();
        if !*self.wanted.borrow() {
            // Stopped while it was being started: whoever did has not seen a process.
            child.start_kill().context("cannot kill it")?;
        }
        let status = child.wait().await.context("cannot wait for it")?;
        // A file that stays names a process that no longer lives: harmless.
        let _ = fs::remove_file(&self.pid_file);
        Ok(status.to_string())
    }
}

/// Ends the postgres processes that outlived their killed postmaster; they leave by themselves as soon as they look up.
async fn end_orphans(dir: &Path) -> Result<()> {
    for _ in 0..200 {
        let orphans = proc_fs::running_in(dir, "postgres");
        if orphans.is_empty() {
            return Ok(());
        }
        for pid in orphans {
            ignore_gone(kill(Pid::from_raw(pid), Signal::SIGKILL))?;
        }
        sleep(Duration::from_millis(20)).await;
    }
    bail!("postgres processes of an earlier server still run in {}", dir.display())
}

/// Signals a process and its descendants, parents first.
pub(crate) fn signal_tree(root: i32, signal: Signal) -> Result<()> {
    for pid in proc_fs::tree(root) {
        ignore_gone(kill(Pid::from_raw(pid), signal))?;
    }
    Ok(())
}

fn ignore_gone(result: Result<(), Errno>) -> Result<()> {
    match result {
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(errno).context("cannot signal a process"),
    }
}
