//! The files of the stack's own Postgres: `<data>/postgres/cluster` and the password beside it, made by `initdb` or copied from a template.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use tokio::runtime::Handle;

use crate::locate::PostgresPrograms;
use crate::logs::LogFile;
use crate::postgres_user::PostgresUser;
use crate::program::Program;
use crate::roles::{self, NewRoles};
use crate::secrets;

/// The superuser, who also owns the database.
pub const USER: &str = "chat";
/// The database.
pub const DATABASE: &str = "chat";

const INIT_LIMIT: Duration = Duration::from_mins(2);

/// A cluster's home.
#[derive(Debug, Clone)]
pub struct Cluster {
    home: PathBuf,
}

impl Cluster {
    /// The one of this data directory, made or not.
    pub fn of(data_dir: &Path) -> Self {
        Self { home: data_dir.join("postgres") }
    }

    /// The one of this data directory's standby, made or not.
    pub fn standby_of(data_dir: &Path) -> Self {
        Self { home: data_dir.join("postgres-standby") }
    }

    /// All of it.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Postgres' own data directory.
    pub fn data(&self) -> PathBuf {
        self.home.join("cluster")
    }

    /// Where it grows until it is whole.
    fn draft(&self, extension: &str) -> Self {
        Self { home: self.home.with_extension(extension) }
    }

    /// Whether it has been made.
    pub fn exists(&self) -> bool {
        self.data().join("PG_VERSION").is_file()
    }

    /// The major version that made it.
    pub fn major(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    /// The password of [`USER`].
    pub fn password(&self) -> Result<String> {
        let path = self.home.join("password");
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// Makes clusters.
#[derive(Debug)]
pub struct Maker<'a> {
    /// With these programs.
    pub programs: &'a PostgresPrograms,
    /// As this user.
    pub user: &'a PostgresUser,
    /// What they say goes there.
    pub log: &'a LogFile,
    /// The thread that starts children.
    pub keeper: &'a Handle,
}

impl Maker<'_> {
    /// A new cluster with the empty database. It appears whole or not at all; one that another process made meanwhile is as good.
    pub async fn make(&self, cluster: &Cluster) -> Result<()> {
        self.make_by_way_of(&cluster.draft("new"), cluster).await
    }

    async fn make_by_way_of(&self, draft: &Cluster, cluster: &Cluster) -> Result<()> {
        remove_if_there(&draft.home)?;
        fs::create_dir_all(&draft.home).with_context(|| format!("cannot create {}", draft.home.display()))?;
        self.user.give(&draft.home)?;
        let password = draft.home.join("password");
        secrets::write_private(&password, secrets::random_hex().as_bytes())?;
        self.user.give(&password)?;
        self.initdb(draft, &password).await?;
        self.create_database(draft).await?;
        self.add_roles(draft).await?;
        settle(draft, cluster)
    }

    /// A copy of the template, which is made first if there is none.
    pub async fn copy(&self, template: &Path, cluster: &Cluster) -> Result<()> {
        let template = Cluster { home: template.join(format!("postgres-{}-roles", self.programs.major)) };
        if !template.exists() {
            // Several test programs may be at it at once.
            let draft = template.draft(&format!("new-{:08x}", rand::random::<u32>()));
            self.make_by_way_of(&draft, &template).await?;
        }
        let draft = cluster.draft("new");
        remove_if_there(&draft.home)?;
        let copy =
            Program::new("cp", self.log.clone()).args(["-a", "--reflink=auto"]).args([&template.home, &draft.home]);
        copy.run(self.keeper, INIT_LIMIT).await?;
        settle(&draft, cluster)
    }

    async fn initdb(&self, cluster: &Cluster, password: &Path) -> Result<()> {
        let program = self.program("initdb").args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]);
        let program = program.args([format!("--username={USER}"), format!("--pwfile={}", password.display())]);
        program.args(["--pgdata".into(), cluster.data()]).run(self.keeper, INIT_LIMIT).await
    }

    async fn create_database(&self, cluster: &Cluster) -> Result<()> {
        self.execute(cluster, "postgres", format!("create database {DATABASE};\n\n")).await
    }

    /// Makes the roles, unless the cluster has them. It must not run.
    pub async fn add_roles(&self, cluster: &Cluster) -> Result<()> {
        if roles::are_in(&cluster.home) {
            return Ok(());
        }
        let roles = NewRoles::draw();
        self.execute(cluster, DATABASE, roles.sql()).await?;
        roles.keep(&cluster.home)
    }

    /// In single-user mode, so that no server has to be started for it; there each statement ends with an empty line.
    async fn execute(&self, cluster: &Cluster, database: &str, statements: String) -> Result<()> {
        let flags = ["--single", "-j", "-c", "exit_on_error=on", "-D"];
        let mut program =
            self.program("postgres").args(flags).args::<OsString>([cluster.data().into(), database.into()]);
        program.input = Some(statements);
        program.run(self.keeper, INIT_LIMIT).await
    }

    /// One of the programs, as that user, with its output in the log.
    pub fn program(&self, name: &str) -> Program {
        let mut program = Program::new(self.programs.program(name), self.log.clone());
        program.as_user = self.user.wrapper();
        program.dir = Some(PathBuf::from("/"));
        program.death_signal = Signal::SIGKILL;
        program
    }
}

fn settle(draft: &Cluster, cluster: &Cluster) -> Result<()> {
    match fs::rename(&draft.home, &cluster.home) {
        Ok(()) => Ok(()),
        Err(error) => {
            ensure!(cluster.exists(), "cannot rename {} to {}: {error}", draft.home.display(), cluster.home.display());
            remove_if_there(&draft.home)
        }
    }
}

fn remove_if_there(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", dir.display()))
        }
        _ => Ok(()),
    }
}
