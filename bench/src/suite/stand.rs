//! Servers for one part of a round: `chat-stack run` as a process of its own, on free ports, in a directory of its own.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::run_file::RunFile;

/// How long servers may take to be ready: the first time a database is made.
const START_LIMIT: Duration = Duration::from_mins(2);
/// How long they may take to stop.
const STOP_LIMIT: Duration = Duration::from_mins(2);
/// How often it is looked whether they are ready.
const LOOK: Duration = Duration::from_millis(100);
/// What they need to come to rest.
const REST: Duration = Duration::from_secs(2);

/// How many of each service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instances {
    pub(super) gateways: u16,
    pub(super) persistence: u16,
    pub(super) api: u16,
    pub(super) presence: u16,
}

/// Running servers. Dropped, they are killed: the supervisor's children end with it.
#[derive(Debug)]
pub(super) struct Servers {
    child: Child,
    run_file: PathBuf,
}

/// What a scenario is run against, as this program's jobs are told.
#[derive(Debug, Clone)]
pub(super) enum System {
    /// This stack.
    Stack(PathBuf),
    /// A peer, by its file.
    Peer(PathBuf),
}

impl System {
    pub(super) fn stack(servers: &Servers) -> Self {
        Self::Stack(servers.run_file.clone())
    }

    pub(super) fn arguments(&self) -> [PathBuf; 2] {
        match self {
            Self::Stack(file) => ["--run-file".into(), file.clone()],
            Self::Peer(file) => ["--peer-file".into(), file.clone()],
        }
    }
}

impl Servers {
    /// Starts them with an empty database and waits until all are ready.
    pub(super) async fn start(work_dir: &Path, instances: Instances) -> anyhow::Result<Self> {
        let data_dir = std::path::absolute(work_dir)?.join("stack");
        if data_dir.exists() {
            std::fs::remove_dir_all(&data_dir).context("cannot remove the data of the last run")?;
        }
        std::fs::create_dir_all(&data_dir)?;
        let log = File::create(work_dir.join("stack.log"))?;
        let (api_port, ws_port) = (free_port()?, free_port()?);
        let program = std::env::current_exe()?.with_file_name("chat-stack");
        let mut command = Command::new(&program);
        // From here, so that it finds its tools and serves no page.
        command.current_dir(&data_dir).args(["run", "--no-demo"]).env("DATA_DIR", &data_dir).env("LIMITS", "off");
        command.env("API_PORT", api_port.to_string()).env("WS_PORT", ws_port.to_string());
        let numbers = [
            ("GATEWAYS", instances.gateways),
            ("PERSISTENCE", instances.persistence),
            ("API", instances.api),
            ("PRESENCE", instances.presence),
        ];
        command.envs(numbers.map(|(name, number)| (name, number.to_string())));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut servers = Self { child, run_file: data_dir.join("run.json") };
        servers.ready().await?;
        sleep(REST).await;
        Ok(servers)
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while !self.run_file.exists() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the servers do not start ({status}): see stack.log in the working directory");
            }
            ensure!(begun.elapsed() < START_LIMIT, "the servers are not ready in time: see stack.log");
            sleep(LOOK).await;
        }
        Ok(())
    }

    pub(super) fn run_file(&self) -> anyhow::Result<RunFile> {
        RunFile::read(&self.run_file)
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        end(self.child, Signal::SIGINT).await
    }
}

/// Ends a process and waits for it.
pub(super) async fn end(mut child: Child, signal: Signal) -> anyhow::Result<()> {
    if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) {
        kill(Pid::from_raw(pid), signal).context("cannot stop what was started")?;
    }
    timeout(STOP_LIMIT, child.wait()).await.context("what was started does not stop")??;
    Ok(())
}

/// A port that is free now. Those that the kernel gives to outgoing connections are not taken, so that it stays free.
pub(super) fn free_port() -> anyhow::Result<u16> {
    for _ in 0..200 {
        let port = rand::random_range(10_000..20_000);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no free port")
}
