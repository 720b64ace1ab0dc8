//! A program as the stack starts it: in a session of its own, with a parent-death signal, its output in its log.
//! The wrappers (`setsid`, `unshare` or `setpriv`) replace themselves, so the pid is the program's own.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::logs::LogFile;

/// What a child that starts from an empty environment is given all the same.
const KEPT_VARIABLES: [&str; 7] = ["HOME", "LANG", "LLVM_PROFILE_FILE", "PATH", "RUST_BACKTRACE", "TMPDIR", "TZ"];

/// How to start one child.
#[derive(Debug, Clone)]
pub struct Program {
    /// The file to execute and its arguments.
    pub command: Vec<OsString>,
    /// Commands that bring it to its host; they come first.
    pub host: Vec<String>,
    /// Commands that change the user before it; each executes its last arguments.
    pub as_user: Vec<String>,
    /// Variables that are set.
    pub env: Vec<(String, String)>,
    /// Whether the rest of the supervisor's environment is handed on.
    pub inherit_env: bool,
    /// Variables that are never handed on.
    pub hidden_env: &'static [&'static str],
    /// The signal that it gets when the supervisor dies.
    pub death_signal: Signal,
    /// Its working directory, if not the supervisor's.
    pub dir: Option<PathBuf>,
    /// What it reads from its standard input.
    pub input: Option<String>,
    /// Where its output goes.
    pub log: LogFile,
}

impl Program {
    /// A program without arguments, in a clean environment.
    pub fn new(file: impl Into<OsString>, log: LogFile) -> Self {
        Self {
            command: vec![file.into()],
            host: Vec::new(),
            as_user: Vec::new(),
            env: Vec::new(),
            inherit_env: false,
            hidden_env: &[],
            death_signal: Signal::SIGKILL,
            dir: None,
            input: None,
            log,
        }
    }

    /// With more arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.extend(args.into_iter().map(Into::into));
        self
    }

    /// Starts it. To be called on the keeper's thread alone.
    pub fn spawn(&self) -> Result<Child> {
        let mut command = self.wrapped();
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(self.log.append()?).stderr(self.log.append()?);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command.kill_on_drop(true);
        command.spawn().with_context(|| format!("cannot start {}", self.command[0].display()))
    }

    /// Runs it to its end; a failure shows the end of its log.
    pub async fn run(self, keeper: &Handle, limit: Duration) -> Result<()> {
        let task = keeper.spawn(async move { self.run_here(limit).await });
        task.await.context("the keeper has ended")?
    }

    async fn run_here(self, limit: Duration) -> Result<()> {
        let name = self.command[0].display();
        let mut child = self.spawn()?;
        if let (Some(input), Some(mut pipe)) = (&self.input, child.stdin.take()) {
            pipe.write_all(input.as_bytes()).await.with_context(|| format!("{name} did not read its input"))?;
        }
        let Ok(status) = timeout(limit, child.wait()).await else {
            child.kill().await.with_context(|| format!("cannot stop {name}"))?;
            bail!("{name} did not end within {} s; {}", limit.as_secs(), self.log.tail());
        };
        let status = status.with_context(|| format!("cannot wait for {name}"))?;
        if !status.success() {
            bail!("{name} failed ({status}); {}", self.log.tail());
        }
        Ok(())
    }

    /// `setpriv --pdeathsig` comes after the change of user, because that change clears the signal.
    fn wrapped(&self) -> Command {
        let mut command = Command::new("setsid");
        command.args(&self.host).args(&self.as_user).args([
            "setpriv",
            "--pdeathsig",
            self.death_signal.as_str().trim_start_matches("SIG"),
        ]);
        command.arg("--").args(&self.command);
        if !self.inherit_env {
            command.env_clear();
            command.envs(KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        }
        for name in self.hidden_env {
            command.env_remove(name);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}
