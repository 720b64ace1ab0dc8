//! Systems like this one: for each a script under `scripts/bench-peers/` that says what it installs, and what is said here: how it
//! is spoken to, and how one sees that it is there. They get the Postgres of the same stand, and nothing else runs beside them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use nix::sys::signal::Signal;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use super::stand::{Servers, System, end, free_port};
use crate::many::{Dialect, PeerFile};

/// How long installing may take, the first time.
const INSTALL_LIMIT: Duration = Duration::from_mins(10);
/// How long making people and conversations may take.
const SEED_LIMIT: Duration = Duration::from_mins(2);
/// How long until it answers.
const START_LIMIT: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(200);
/// As many as `many` asks for.
const SIZE: [(&str, &str); 2] = [("CONVERSATIONS", "100"), ("MEMBERS", "10")];

/// What is known of one.
#[derive(Debug, Clone, Copy)]
struct Kind {
    name: &'static str,
    /// The folder in `PEERS`, and the script.
    folder: &'static str,
    dialect: Dialect,
    /// What carries messages between its processes; `redis` needs a `redis-server`.
    layer: &'static str,
    workers: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind { name: "django", folder: "django-channels", dialect: Dialect::Django, layer: "memory", workers: "1" },
    Kind { name: "django-redis", folder: "django-channels", dialect: Dialect::Django, layer: "redis", workers: "2" },
    Kind { name: "socketio", folder: "socketio", dialect: Dialect::SocketIo, layer: "memory", workers: "1" },
];

/// One that can be started.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    kind: Kind,
    folder: PathBuf,
    work_dir: PathBuf,
    script: PathBuf,
}

/// One that runs.
#[derive(Debug)]
pub(super) struct Running {
    server: Child,
    layer: Option<Child>,
    pub(super) system: System,
}

impl Peer {
    /// All whose folders are there, and whose programs are.
    pub(super) fn all(folder: &Path, work_dir: &Path) -> anyhow::Result<Vec<Self>> {
        let scripts = std::path::absolute("scripts/bench-peers")?;
        let make = |kind: Kind| Self {
            kind,
            folder: folder.to_owned(),
            work_dir: work_dir.to_owned(),
            script: scripts.join(kind.folder),
        };
        let is_there = |kind: &Kind| {
            let has_layer = kind.layer != "redis" || is_in_path("redis-server");
            if !has_layer {
                println!("{}: left out, because there is no redis-server", kind.name);
            }
            has_layer && folder.join(kind.folder).is_dir()
        };
        let found: Vec<_> = KINDS.into_iter().filter(is_there).map(make).collect();
        ensure!(!found.is_empty(), "PEERS: {} has none of the peers that are known", folder.display());
        Ok(found)
    }

    pub(super) fn name(&self) -> &'static str {
        self.kind.name
    }

    /// Installs what is missing, makes people and conversations, starts it, and waits until it answers.
    pub(super) async fn start(&self, servers: &Servers) -> anyhow::Result<Running> {
        std::fs::create_dir_all(&self.work_dir)?;
        let run = servers.run_file()?;
        let (server_url, _) = run.postgres.url.rsplit_once('/').context("a URL without a database")?;
        let database = format!("{server_url}/peer");
        let (port, layer_port) = (free_port()?, free_port()?);
        let env = [
            ("DATABASE_URL", database),
            ("PORT", port.to_string()),
            ("LAYER", self.kind.layer.to_owned()),
            ("LAYER_PORT", layer_port.to_string()),
            ("WORKERS", self.kind.workers.to_owned()),
        ];
        let do_it = |verb: &str| -> anyhow::Result<Command> {
            let log = File::options().create(true).append(true).open(self.work_dir.join("peers.log"))?;
            let mut command = Command::new(&self.script);
            command.arg(verb).env("PEERS", &self.folder).env("WORK", &self.work_dir).envs(SIZE).envs(env.clone());
            command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
            Ok(command)
        };
        for (verb, limit) in [("install", INSTALL_LIMIT), ("seed", SEED_LIMIT)] {
            let status = timeout(limit, do_it(verb)?.status()).await.with_context(|| format!("{verb}: no end"))??;
            ensure!(status.success(), "{verb} failed: see peers.log in the working directory");
        }
        let layer = match self.kind.layer {
            "redis" => Some(do_it("layer")?.spawn()?),
            _ => None,
        };
        if layer.is_some() {
            answers(layer_port, b"PING\r\n").await.context("the layer does not answer")?;
        }
        let server = do_it("start")?.spawn()?;
        answers(port, b"GET / HTTP/1.0\r\n\r\n").await.context("it does not answer")?;
        let pid = |child: &Child| child.id().and_then(|pid| i32::try_from(pid).ok());
        let file = PeerFile {
            name: self.kind.name.to_owned(),
            dialect: self.kind.dialect,
            address: ([127, 0, 0, 1], port).into(),
            seed_file: self.work_dir.join("seed.json"),
            server: pid(&server).into_iter().collect(),
            postgres: run.postgres.pids.clone(),
            layer: layer.as_ref().and_then(pid).into_iter().collect(),
        };
        let path = self.work_dir.join("peer.json");
        std::fs::write(&path, serde_json::to_string_pretty(&file)?)?;
        Ok(Running { server, layer, system: System::Peer(path) })
    }
}

impl Running {
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        end(self.server, Signal::SIGTERM).await?;
        match self.layer {
            Some(layer) => end(layer, Signal::SIGTERM).await,
            None => Ok(()),
        }
    }
}

/// Waits until a server says anything at all.
async fn answers(port: u16, question: &[u8]) -> anyhow::Result<()> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let begun = Instant::now();
    loop {
        let ask = async {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
            stream.write_all(question).await?;
            stream.read(&mut [0; 16]).await
        };
        if timeout(START_LIMIT, ask).await?.is_ok_and(|len| len > 0) {
            return Ok(());
        }
        ensure!(begun.elapsed() < START_LIMIT, "nothing answers");
        sleep(LOOK).await;
    }
}

fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}
