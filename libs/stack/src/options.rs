//! What can be chosen about a stack.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::certificates::TlsMode;
use crate::hosts::Hosts;
use crate::service::Service;
use crate::watcher::Report;

/// How to build a stack.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own, by name")]
pub struct StackOptions {
    /// All files: the servers' data, logs, secrets, `run.json`.
    pub data_dir: PathBuf,
    /// Whether the data directory is removed at the end.
    pub remove_data: bool,
    /// Where finished Postgres clusters are kept to be copied.
    pub template_dir: Option<PathBuf>,
    /// Where the services' programs and `chatctl` lie.
    pub bin_dir: PathBuf,
    /// Postgres' programs, if they are not to be looked for.
    pub postgres_bin_dir: Option<PathBuf>,
    /// The NATS server, if it is not to be looked for.
    pub nats_server: Option<PathBuf>,
    /// The configuration of NATS, if not ours for development.
    pub nats_config: Option<PathBuf>,
    /// How much of TLS there is.
    pub tls: TlsMode,
    /// How many servers of NATS: one, or three as a cluster.
    pub nats_servers: u16,
    /// Whether Postgres has a standby, which has every commit before anybody is answered.
    pub with_standby: bool,
    /// How many of each service.
    pub instances: Instances,
    /// Where each process runs.
    pub hosts: Hosts,
    /// Port of the first api; any free one if none.
    pub api_port: Option<u16>,
    /// Port of the first gateway; any free one if none.
    pub ws_port: Option<u16>,
    /// Whether what dies is started again.
    pub restart: bool,
    /// Postgres' cache, MB.
    pub shared_buffers_mb: u32,
    /// Whether services get the supervisor's environment.
    pub inherit_env: bool,
    /// More variables for all instances of a service.
    pub service_env: Vec<(Service, String, String)>,
    /// The web page that the apis serve.
    pub web: Option<WebPage>,
    /// Whether pages of this stack's own apis are let in, unless origins are named.
    pub admit_own_pages: bool,
    /// The services' tracing filter, if not their own default.
    pub log_filter: Option<String>,
    /// How long a process may take to get ready.
    pub start_limit: Duration,
    /// How long a service may take to stop before it is killed.
    pub stop_grace: Duration,
    /// Takes the lines of progress and trouble.
    pub report: Report,
}

/// A web page, as it was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebPage {
    /// The folder with its `index.html`.
    pub dir: PathBuf,
    /// Whether it offers to be one of the demo people.
    pub with_demo_people: bool,
}

/// How many of each service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instances {
    /// `ws-gateway`.
    pub gateways: u16,
    /// `persistence`.
    pub persistence: u16,
    /// `api`.
    pub api: u16,
    /// `presence`.
    pub presence: u16,
}

impl Instances {
    /// The number of that service.
    #[must_use]
    pub fn of(&self, service: Service) -> u16 {
        match service {
            Service::Persistence => self.persistence,
            Service::Api => self.api,
            Service::Presence => self.presence,
            Service::Gateway => self.gateways,
        }
    }
}

impl Default for Instances {
    fn default() -> Self {
        Self { gateways: 2, persistence: 2, api: 1, presence: 1 }
    }
}

impl StackOptions {
    /// For `make run`: data that stays, the environment handed on, restarts.
    pub fn for_run(data_dir: PathBuf) -> Result<Self> {
        Ok(Self {
            data_dir,
            remove_data: false,
            template_dir: None,
            bin_dir: own_bin_dir()?,
            postgres_bin_dir: None,
            nats_server: None,
            nats_config: None,
            tls: TlsMode::Off,
            nats_servers: 1,
            with_standby: false,
            instances: Instances::default(),
            hosts: Hosts::default(),
            api_port: None,
            ws_port: None,
            restart: true,
            shared_buffers_mb: 256,
            inherit_env: true,
            service_env: Vec::new(),
            web: None,
            admit_own_pages: true,
            log_filter: None,
            start_limit: Duration::from_mins(1),
            stop_grace: Duration::from_secs(20),
            report: Arc::new(|_| ()),
        })
    }

    /// For tests: a data directory of its own that disappears, free ports, nothing inherited, no restarts, no limits.
    pub fn for_tests() -> Result<Self> {
        let bin_dir = own_bin_dir()?;
        let base = bin_dir.parent().unwrap_or(&bin_dir).join("stack");
        let data_dir = base.join(format!("run-{}-{:08x}", std::process::id(), rand::random::<u32>()));
        Ok(Self {
            remove_data: true,
            template_dir: Some(base),
            restart: false,
            shared_buffers_mb: 64,
            inherit_env: false,
            admit_own_pages: false,
            ..Self::for_run(data_dir)?
        }
        .public_env("LIMITS", "off"))
    }

    /// For tests of the shape of production: [`for_tests`](Self::for_tests) [`as_in_production`](Self::as_in_production).
    pub fn production() -> Result<Self> {
        Self::for_tests().map(Self::as_in_production)
    }

    /// In the shape of production: three servers of NATS that sync before they answer, Postgres with a standby, two of each service.
    #[must_use]
    pub fn as_in_production(mut self) -> Self {
        self.nats_servers = 3;
        self.with_standby = true;
        self.instances = Instances { gateways: 2, persistence: 2, api: 2, presence: 2 };
        let replicated = [Service::Api, Service::Persistence];
        replicated.into_iter().fold(self, |options, service| options.env(service, "STREAM_REPLICAS", "3"))
    }

    /// With one more variable for all instances of a service.
    #[must_use]
    pub fn env(mut self, service: Service, name: &str, value: impl Into<String>) -> Self {
        self.service_env.push((service, name.to_owned(), value.into()));
        self
    }

    /// With one more variable for all instances of the services that have a public port.
    #[must_use]
    pub fn public_env(self, name: &str, value: &str) -> Self {
        let public = Service::ALL.into_iter().filter(|service| service.public().is_some());
        public.fold(self, |options, service| options.env(service, name, value))
    }

    /// With a web page, which may speak with the stack that serves it.
    #[must_use]
    pub fn serving(mut self, page: WebPage) -> Self {
        self.web = Some(page);
        self.admit_own_pages = true;
        self
    }

    /// With these numbers of instances.
    #[must_use]
    pub fn instances(mut self, instances: Instances) -> Self {
        self.instances = instances;
        self
    }

    /// What the services with a public port are told last by this name.
    pub(crate) fn public_value(&self, name: &str) -> Option<&str> {
        let named = |(of, known, _): &&(Service, String, String)| of.public().is_some() && known == name;
        self.service_env.iter().rfind(named).map(|(.., value)| value.as_str())
    }

    pub(crate) fn env_of(&self, service: Service) -> Vec<(String, String)> {
        let own = self.service_env.iter().filter(|(of, ..)| *of == service);
        own.map(|(_, name, value)| (name.clone(), value.clone())).collect()
    }
}

/// The directory of this program; of a test program in `target/<profile>/deps`, the one above.
fn own_bin_dir() -> Result<PathBuf> {
    let program = std::env::current_exe().context("this program's own path is unknown")?;
    let dir = program.parent().map(Path::to_owned).context("this program has no directory")?;
    Ok(if dir.ends_with("deps") { dir.parent().map(Path::to_owned).unwrap_or(dir) } else { dir })
}
