//! The stack: all processes together, started in order, stopped in order.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::assembly;
use crate::certificates::Certificates;
use crate::keeper::Keeper;
use crate::logs::LogFile;
use crate::nats_users::NatsUsers;
use crate::options::StackOptions;
use crate::process::Process;
use crate::program::Program;
use crate::roles::Role;
use crate::service::Service;
use crate::standby::Standby;
use crate::watcher::Watcher;

/// How long a migration may take.
const MIGRATION_LIMIT: Duration = Duration::from_mins(10);
/// How long Postgres may take to write its checkpoint when it stops.
const POSTGRES_GRACE: Duration = Duration::from_mins(1);
/// How long NATS may take to stop.
const NATS_GRACE: Duration = Duration::from_secs(10);

/// One running instance of a service.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The process.
    pub process: Process,
    /// Its address for clients; services that meet nobody but NATS have none.
    pub url: Option<String>,
    /// Its address for operations.
    pub ops_url: String,
}

/// Postgres, NATS and the services. Dropped without [`Stack::stop`], it kills them all.
pub struct Stack {
    pub(crate) options: StackOptions,
    pub(crate) watcher: Watcher,
    pub(crate) postgres: Process,
    pub(crate) standby: Option<Standby>,
    pub(crate) nats: Vec<Process>,
    pub(crate) services: BTreeMap<Service, Vec<Instance>>,
    pub(crate) database_url: String,
    pub(crate) standby_url: Option<String>,
    pub(crate) role_urls: BTreeMap<Role, String>,
    pub(crate) nats_url: String,
    pub(crate) nats_address: String,
    pub(crate) nats_users: NatsUsers,
    pub(crate) certificates: Option<Certificates>,
    pub(crate) jwt_secret: String,
    pub(crate) keeper: Keeper,
    pub(crate) _lock: File,
}

impl Stack {
    /// Starts everything and waits until it is ready; after a failure nothing is left running.
    pub async fn start(options: StackOptions) -> Result<Self> {
        let stack = Self::prepare(options).await?;
        match stack.launch().await {
            Ok(()) => Ok(stack),
            Err(error) => {
                stack.stop().await?;
                Err(error)
            }
        }
    }

    /// Takes the data directory and the ports, ends leftovers, makes the Postgres cluster; starts no server yet.
    pub async fn prepare(options: StackOptions) -> Result<Self> {
        assembly::assemble(options).await
    }

    /// Starts Postgres, NATS, the migration, then the services.
    pub async fn launch(&self) -> Result<()> {
        self.launch_servers().await?;
        self.migrate().await?;
        self.launch_services(&[Service::Persistence]).await?;
        // Together, because a fresh presence service listens for seconds before it counts as ready.
        self.launch_services(&[Service::Api, Service::Presence, Service::Gateway]).await?;
        self.watcher.set_restart(self.options.restart);
        Ok(())
    }

    /// Starts Postgres and NATS alone, for tests of one service or of a library.
    pub async fn launch_servers(&self) -> Result<()> {
        let limit = self.options.start_limit;
        self.watcher.report("postgres: starting");
        self.postgres.start(limit).await?;
        if let Some(standby) = &self.standby {
            self.watcher.report("postgres-standby: starting");
            standby.start(self.keeper.handle(), limit).await?;
        }
        self.watcher.report(&format!("nats: starting {}", self.nats.len()));
        // Together: none of a cluster is ready alone.
        start_together(&self.nats, limit).await
    }

    /// Makes the standby of Postgres the primary, whatever the primary does.
    pub async fn promote_standby(&self) -> Result<()> {
        self.standby.as_ref().context("Postgres has no standby")?.promote(self.keeper.handle()).await
    }

    /// Brings the database's schema up to date.
    pub async fn migrate(&self) -> Result<()> {
        self.watcher.report("migrate: bringing the schema up to date");
        let log = LogFile::create(&self.options.data_dir, "migrate")?;
        let mut program = Program::new(self.options.bin_dir.join("chatctl"), log).args(["migrate"]);
        program.env.push(("DATABASE_URL".into(), self.role_url(Role::Owner)?.to_owned()));
        program.run(self.keeper.handle(), MIGRATION_LIMIT).await
    }

    async fn launch_services(&self, services: &[Service]) -> Result<()> {
        for service in services {
            let instances = self.instances(*service);
            if !instances.is_empty() {
                self.watcher.report(&format!("{}: starting {}", service.name(), instances.len()));
            }
        }
        let instances = services.iter().flat_map(|service| self.instances(*service));
        start_together(instances.map(|instance| &instance.process), self.options.start_limit).await
    }

    /// Stops everything in order: gateways, api, presence, persistence, NATS, Postgres.
    pub async fn stop(&self) -> Result<()> {
        self.watcher.set_restart(false);
        for service in Service::STOP_ORDER {
            let processes = self.instances(service).iter().map(|instance| instance.process.clone()).collect();
            self.stop_together(processes, Signal::SIGTERM, self.options.stop_grace).await?;
        }
        self.stop_together(self.nats.clone(), Signal::SIGTERM, NATS_GRACE).await?;
        // The primary first: it waits until its standby has everything.
        self.stop_together(vec![self.postgres.clone()], Signal::SIGINT, POSTGRES_GRACE).await?;
        self.stop_together(self.standby().cloned().into_iter().collect(), Signal::SIGINT, POSTGRES_GRACE).await
    }

    async fn stop_together(&self, processes: Vec<Process>, signal: Signal, grace: Duration) -> Result<()> {
        let mut tasks = tokio::task::JoinSet::new();
        for process in processes {
            let watcher = self.watcher.clone();
            tasks.spawn(async move {
                let begun = Instant::now();
                let ran = process.pid().is_some();
                let itself = process.stop(signal, grace).await?;
                let how = if itself { "stopped" } else { "did not stop in time and was killed" };
                if ran {
                    watcher.report(&format!("{}: {how} ({} ms)", process.name(), begun.elapsed().as_millis()));
                }
                anyhow::Ok(())
            });
        }
        while let Some(result) = tasks.join_next().await {
            result.context("a stop was cut off")??;
        }
        Ok(())
    }

    /// Ends everything at once, with SIGKILL.
    pub fn kill_all(&self) {
        self.watcher.set_restart(false);
        let services = Service::STOP_ORDER.into_iter().flat_map(|service| self.instances(service));
        let processes = services.map(|instance| &instance.process);
        processes.chain(&self.nats).chain(self.standby()).chain([&self.postgres]).for_each(Process::kill_now);
    }

    /// All instances of a service.
    pub fn instances(&self, service: Service) -> &[Instance] {
        self.services.get(&service).map_or(&[], Vec::as_slice)
    }

    /// An instance of a service, counted from 0.
    pub fn instance(&self, service: Service, index: usize) -> Result<&Instance> {
        self.instances(service).get(index).with_context(|| format!("there is no {}-{}", service.name(), index + 1))
    }

    /// The Postgres server.
    #[must_use]
    pub fn postgres(&self) -> &Process {
        &self.postgres
    }

    /// The standby of Postgres.
    #[must_use]
    pub fn standby(&self) -> Option<&Process> {
        self.standby.as_ref().map(|standby| &standby.process)
    }

    /// The NATS server, or the first of several.
    #[must_use]
    pub fn nats(&self) -> &Process {
        &self.nats[0]
    }

    /// All servers of NATS; each knows itself by the name of its process.
    #[must_use]
    pub fn nats_servers(&self) -> &[Process] {
        &self.nats
    }

    /// The first api's URL, `http://…`.
    pub fn api_url(&self) -> Result<&str> {
        self.instance(Service::Api, 0)?.url.as_deref().context("an api has an address")
    }

    /// The first gateway's URL, `ws://…`.
    pub fn ws_url(&self) -> Result<&str> {
        self.instance(Service::Gateway, 0)?.url.as_deref().context("a gateway has an address")
    }

    /// The URL of the database (the primary, as it was at the start) for its superuser, with the password: for tests, and for looking around.
    #[must_use]
    pub fn database_url(&self) -> &str {
        &self.database_url
    }

    /// The URL of the standby's database for its superuser; it takes writes once it was promoted.
    #[must_use]
    pub fn standby_url(&self) -> Option<&str> {
        self.standby_url.as_deref()
    }

    /// The URL of the database for a role, with its password; with a standby it names both servers.
    pub fn role_url(&self, role: Role) -> Result<&str> {
        self.role_urls.get(&role).map(String::as_str).with_context(|| format!("there is no role {}", role.name()))
    }

    /// The URL of NATS (of all its servers, separated by commas) for the user who may everything, with the password: for tests, and for looking around.
    #[must_use]
    pub fn nats_url(&self) -> &str {
        &self.nats_url
    }

    /// The URL of NATS for a user, such as `api`, with the password.
    pub fn nats_url_as(&self, user: &str) -> Result<String> {
        self.nats_users.url(user, &self.nats_address)
    }

    /// The password of a user of NATS.
    pub fn nats_password(&self, user: &str) -> Result<&str> {
        self.nats_users.password(user)
    }

    /// The certificates of this stack; none without TLS.
    #[must_use]
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// The secret that signs tokens.
    #[must_use]
    pub fn jwt_secret(&self) -> &str {
        &self.jwt_secret
    }

    /// How the stack was built.
    #[must_use]
    pub fn options(&self) -> &StackOptions {
        &self.options
    }

    /// Waits until some process has a new pid.
    pub async fn wait_change(&self) {
        self.watcher.wait_change().await;
    }
}

async fn start_together(processes: impl IntoIterator<Item = &Process>, limit: Duration) -> Result<()> {
    let mut tasks = tokio::task::JoinSet::new();
    for process in processes {
        let process = process.clone();
        tasks.spawn(async move { process.start(limit).await });
    }
    while let Some(result) = tasks.join_next().await {
        result.context("a start was cut off")??;
    }
    Ok(())
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.kill_all();
        if self.options.remove_data {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_dir_all(&self.options.data_dir);
        }
    }
}
