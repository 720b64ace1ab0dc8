//! NATS as the stack runs it: one server on `deploy/nats/dev.conf`, or three as a cluster on `deploy/nats/production.conf`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::certificates::Certificates;
use crate::hosts::Hosts;
use crate::logs::LogFile;
use crate::nats_users::NatsUsers;
use crate::ports::ReservedPort;
use crate::program::Program;
use crate::readiness::Readiness;

/// The configuration for one machine; everything that differs between copies is on the command line.
const ONE: &str = include_str!("../../../deploy/nats/dev.conf");
/// The configuration of each of three; everything that differs is in the environment.
const OF_THREE: &str = include_str!("../../../deploy/nats/production.conf");
/// Who there is, for both.
const ACCOUNTS: &str = include_str!("../../../deploy/nats/accounts-dev.conf");
/// What each may.
const PERMISSIONS: &str = include_str!("../../../deploy/nats/permissions.conf");
/// What a server of three shows and asks.
const TLS: &str = include_str!("../../../deploy/nats/tls.conf");

/// Where one server listens.
#[derive(Debug)]
pub struct NatsPorts {
    host: String,
    client: ReservedPort,
    /// To the others of a cluster, and to whoever asks how it is.
    inner: Option<(ReservedPort, ReservedPort)>,
}

impl NatsPorts {
    /// Those of so many servers.
    pub fn reserve(servers: u16, hosts: &Hosts) -> Result<Vec<Self>> {
        let pair = || anyhow::Ok((ReservedPort::probe()?, ReservedPort::probe()?));
        let inner = || (servers > 1).then(pair).transpose();
        let host = |index| hosts.address(&name(index, servers.into()));
        let one = |index| Ok(Self { host: host(index), client: ReservedPort::probe()?, inner: inner()? });
        (0..servers.into()).map(one).collect()
    }

    /// For clients: host and port.
    pub fn client(&self) -> String {
        self.at(&self.client)
    }

    fn cluster(&self) -> Option<String> {
        self.inner.as_ref().map(|(cluster, _)| self.at(cluster))
    }

    fn at(&self, port: &ReservedPort) -> String {
        format!("{}:{}", self.host, port.number())
    }

    /// How to ask whether the server is ready: in a cluster, whether its streams are.
    pub fn readiness(&self) -> Readiness {
        match &self.inner {
            None => Readiness::Nats { host: self.host.clone(), port: self.client.number() },
            Some((_, monitor)) => Readiness::Http { url: format!("http://{}/healthz", self.at(monitor)) },
        }
    }

    /// All of them, to be held until the start.
    pub fn into_all(self) -> impl Iterator<Item = ReservedPort> {
        let inner = self.inner.into_iter().flat_map(|(cluster, monitor)| [cluster, monitor]);
        std::iter::once(self.client).chain(inner)
    }
}

/// What one of so many servers is called, counted from 0.
fn name(index: usize, servers: usize) -> String {
    if servers == 1 { "nats".to_owned() } else { format!("nats-{}", index + 1) }
}

/// The servers of NATS.
pub struct Nats<'a> {
    /// Their program.
    pub server: &'a Path,
    /// Their configuration.
    pub config: &'a Path,
    /// Who may connect.
    pub users: &'a NatsUsers,
    /// What they show.
    pub certificates: Option<&'a Certificates>,
    /// Where their files go.
    pub data_dir: &'a Path,
    /// Where each of them listens.
    pub ports: &'a [NatsPorts],
}

impl Nats<'_> {
    /// What a server is called, counted from 0.
    pub fn name(&self, index: usize) -> String {
        name(index, self.ports.len())
    }

    /// How to start one with `JetStream`.
    pub fn program(&self, index: usize, log: LogFile) -> Result<Program> {
        let mut program = Program::new(self.server, log).args(["-c".into(), OsString::from(self.config)]);
        program.env.extend(self.users.environment());
        program.dir = Some(self.data_dir.to_owned());
        let (name, ports) = (self.name(index), &self.ports[index]);
        let store = self.data_dir.join(&name);
        let Some((cluster, monitor)) = &ports.inner else {
            let (host, port) = (ports.host.clone(), ports.client.number().to_string());
            let place = ["-a".into(), host.into(), "-p".into(), port.into()];
            return Ok(program.args::<OsString>(place).args(["-sd".into(), OsString::from(store)]));
        };
        let mut set = |variable: &str, value: String| program.env.push((variable.to_owned(), format!("\"{value}\"")));
        set("NATS_SERVER_NAME", name);
        set("NATS_STORE_DIR", store.display().to_string());
        set("NATS_LISTEN", ports.client());
        set("NATS_MONITOR", ports.at(monitor));
        set("NATS_CLUSTER_LISTEN", ports.at(cluster));
        set("NATS_CLUSTER_HOST", ports.at(cluster));
        let password = self.users.password(NatsUsers::CLUSTER)?;
        for (number, address) in (1..).zip(self.ports.iter().filter_map(NatsPorts::cluster)) {
            set(&format!("NATS_ROUTE_{number}"), format!("nats://cluster:{password}@{address}"));
        }
        if let Some(certificates) = self.certificates {
            set("NATS_TLS_CA_FILE", certificates.authority().display().to_string());
            set("NATS_TLS_CERT_FILE", certificates.certificate(Certificates::SERVER).display().to_string());
            set("NATS_TLS_KEY_FILE", certificates.key(Certificates::SERVER).display().to_string());
        }
        Ok(program)
    }
}

/// The operator's configuration, or ours for so many servers, written to the data directory.
pub fn configuration(
    named: Option<&Path>,
    servers: u16,
    certificates: Option<&Certificates>,
    data_dir: &Path,
) -> Result<PathBuf> {
    if let Some(path) = named {
        return fs::canonicalize(path)
            .with_context(|| format!("cannot read the NATS configuration {}", path.display()));
    }
    let write = |name: &str, text: &str| {
        let path = data_dir.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };
    write("permissions.conf", PERMISSIONS)?;
    if servers == 1 {
        write("accounts-dev.conf", ACCOUNTS)?;
        let tls = certificates.map(Certificates::nats_configuration).unwrap_or_default();
        return write("nats.conf", &format!("{ONE}{tls}"));
    }
    write("accounts.conf", ACCOUNTS)?;
    write("tls.conf", if certificates.is_some() { TLS } else { "" })?;
    write("nats.conf", OF_THREE)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::locate::find_nats_server;

    fn check(config: &str, env: &[(String, String)]) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let server = find_nats_server(None, &[fs::canonicalize(&root).unwrap()]).unwrap();
        let mut command = Command::new(server);
        command.arg("-t").arg("-c").arg(root.join("deploy/nats").join(config)).envs(env.iter().cloned());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What a server of so many is given.
    fn environment(servers: u16) -> (tempfile::TempDir, Vec<(String, String)>) {
        let dir = tempfile::tempdir().unwrap();
        let certificates = Certificates::make(dir.path(), &[]).unwrap();
        let nats = Nats {
            server: Path::new("nats-server"),
            config: Path::new("nats.conf"),
            users: &NatsUsers::load_or_create(dir.path()).unwrap(),
            certificates: Some(&certificates),
            data_dir: dir.path(),
            ports: &NatsPorts::reserve(servers, &Hosts::default()).unwrap(),
        };
        let program = nats.program(0, LogFile::create(dir.path(), "nats").unwrap()).unwrap();
        (dir, program.env)
    }

    #[test]
    fn development_configuration_is_valid() {
        check("dev.conf", &environment(1).1);
    }

    #[test]
    fn production_configuration_is_valid() {
        let (_dir, env) = environment(3);
        check("production.conf", &env);
    }
}
