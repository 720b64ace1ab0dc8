//! Postgres as the stack runs it: on loopback, with its files in the data directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::certificates::Certificates;
use crate::cluster::{Cluster, DATABASE, USER};
use crate::locate::PostgresPrograms;
use crate::logs::LogFile;
use crate::postgres_user::PostgresUser;
use crate::program::Program;
use crate::readiness::Readiness;
use crate::roles::Role;

/// The server over a cluster.
pub struct Postgres<'a> {
    /// Its programs.
    pub programs: &'a PostgresPrograms,
    /// As whom.
    pub user: &'a PostgresUser,
    /// Its files.
    pub cluster: &'a Cluster,
    /// Its host, and from where it may be reached, if from more than that.
    pub host: (&'a str, Option<&'a str>),
    /// Its port.
    pub port: u16,
    /// What else it is told; a primary or a standby of two.
    pub more: Vec<String>,
    /// The memory for its cache, MB.
    pub shared_buffers_mb: u32,
    /// What it gets when the supervisor dies.
    pub death_signal: Signal,
    /// What it shows, and asks of its clients; none: no TLS.
    pub certificates: Option<&'a Certificates>,
}

impl Postgres<'_> {
    /// How to start it. Durable as promised, in tests too: `fsync` and `synchronous_commit` stay on.
    pub fn program(&self, log: LogFile) -> Result<Program> {
        let mut program = Program::new(self.programs.program("postgres"), log)
            .args([OsString::from("-D"), self.cluster.data().into()]);
        let settings = [
            format!("listen_addresses={}", self.host.0),
            format!("port={}", self.port),
            "unix_socket_directories=".to_owned(),
            "max_connections=100".to_owned(),
            format!("shared_buffers={}MB", self.shared_buffers_mb),
            "fsync=on".to_owned(),
            "synchronous_commit=on".to_owned(),
            "log_line_prefix=%m [%p] ".to_owned(),
        ];
        let settings = settings.into_iter().chain(self.more.iter().cloned()).chain(self.access_settings()?);
        program = program.args(settings.flat_map(|setting| ["-c".to_owned(), setting]));
        program.as_user = self.user.wrapper();
        program.dir = Some(self.cluster.data());
        program.death_signal = self.death_signal;
        Ok(program)
    }

    /// With certificates it takes no connection that is not encrypted, nor one without a certificate of the same authority.
    fn access_settings(&self) -> Result<Vec<String>> {
        let Some(certificates) = self.certificates else {
            // What `initdb` wrote is enough for loopback.
            let network = self.host.1.map(|network| self.access_file("host", network, ""));
            return Ok(network.transpose()?.into_iter().collect());
        };
        let key = certificates.key(Certificates::SERVER);
        self.user.give(&key)?;
        Ok(vec![
            self.access_file("hostssl", self.host.1.unwrap_or("127.0.0.1/32"), "clientcert=verify-ca")?,
            "ssl=on".to_owned(),
            "ssl_min_protocol_version=TLSv1.2".to_owned(),
            format!("ssl_cert_file={}", certificates.certificate(Certificates::SERVER).display()),
            format!("ssl_key_file={}", key.display()),
            format!("ssl_ca_file={}", certificates.authority().display()),
        ])
    }

    fn access_file(&self, kind: &str, network: &str, more: &str) -> Result<String> {
        let access = self.cluster.home().join("pg_hba.conf");
        let rule = |database| format!("{kind} {database} all {network} scram-sha-256 {more}\n");
        fs::write(&access, ["all", "replication"].map(rule).concat())
            .with_context(|| format!("cannot write {}", access.display()))?;
        Ok(format!("hba_file={}", access.display()))
    }

    /// How to ask whether it is ready.
    pub fn readiness(&self) -> Readiness {
        Readiness::Postgres {
            pg_isready: self.programs.program("pg_isready"),
            host: self.host.0.to_owned(),
            port: self.port,
        }
    }

    /// The URL for the superuser, of this server or of its standby.
    pub fn url_at(&self, server: (&str, u16)) -> Result<String> {
        Ok(self.url_of(&[server], USER, &self.cluster.password()?))
    }

    /// The URL for each role; with a standby, of whichever of the two takes writes.
    pub fn role_urls(&self, standby: Option<(&str, u16)>) -> Result<BTreeMap<Role, String>> {
        let servers: Vec<_> = [(self.host.0, self.port)].into_iter().chain(standby).collect();
        let url = |role: Role| Ok((role, self.url_of(&servers, role.name(), &role.password(self.cluster.home())?)));
        Role::ALL.into_iter().map(url).collect()
    }

    fn url_of(&self, servers: &[(&str, u16)], user: &str, password: &str) -> String {
        let hosts: Vec<_> = servers.iter().map(|(host, port)| format!("{host}:{port}")).collect();
        let certificates = self.certificates.map(|certificates| certificates.postgres_parameters(user));
        let wish = (servers.len() > 1).then(|| "target_session_attrs=read-write".to_owned());
        let parameters: Vec<_> = certificates.into_iter().chain(wish).collect();
        let question = if parameters.is_empty() { "" } else { "?" };
        format!("postgres://{user}:{password}@{}/{DATABASE}{question}{}", hosts.join(","), parameters.join("&"))
    }
}
