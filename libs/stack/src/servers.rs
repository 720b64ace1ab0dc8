//! The two servers that are not ours, as the stack runs them: Postgres and NATS, on loopback, with files in the data directory.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use crate::certificates::Certificates;
use crate::cluster::{Cluster, DATABASE, USER};
use crate::locate::PostgresPrograms;
use crate::logs::LogFile;
use crate::nats_users::NatsUsers;
use crate::postgres_user::PostgresUser;
use crate::program::Program;
use crate::readiness::Readiness;
use crate::roles::Role;

/// The configuration of NATS for one machine; everything that differs between copies is on the command line.
const NATS_CONFIG: &str = include_str!("../../../deploy/nats/dev.conf");
/// What it includes.
const NATS_PERMISSIONS: &str = include_str!("../../../deploy/nats/permissions.conf");

/// The server over a cluster.
pub struct Postgres<'a> {
    /// Its programs.
    pub programs: &'a PostgresPrograms,
    /// As whom.
    pub user: &'a PostgresUser,
    /// Its files.
    pub cluster: &'a Cluster,
    /// Its port.
    pub port: u16,
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
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            "unix_socket_directories=".to_owned(),
            "max_connections=100".to_owned(),
            format!("shared_buffers={}MB", self.shared_buffers_mb),
            "fsync=on".to_owned(),
            "synchronous_commit=on".to_owned(),
            "log_line_prefix=%m [%p] ".to_owned(),
        ];
        let settings = settings.into_iter().chain(self.tls_settings()?);
        program = program.args(settings.flat_map(|setting| ["-c".to_owned(), setting]));
        program.as_user = self.user.wrapper();
        program.dir = Some(self.cluster.data());
        program.death_signal = self.death_signal;
        Ok(program)
    }

    /// With certificates it takes no connection that is not encrypted, nor one without a certificate of the same authority.
    fn tls_settings(&self) -> Result<Vec<String>> {
        let Some(certificates) = self.certificates else { return Ok(Vec::new()) };
        let key = certificates.key(Certificates::SERVER);
        self.user.give(&key)?;
        let access = self.cluster.home().join("pg_hba.conf");
        let rule = "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n";
        fs::write(&access, rule).with_context(|| format!("cannot write {}", access.display()))?;
        Ok(vec![
            "ssl=on".to_owned(),
            "ssl_min_protocol_version=TLSv1.2".to_owned(),
            format!("ssl_cert_file={}", certificates.certificate(Certificates::SERVER).display()),
            format!("ssl_key_file={}", key.display()),
            format!("ssl_ca_file={}", certificates.authority().display()),
            format!("hba_file={}", access.display()),
        ])
    }

    /// How to ask whether it is ready.
    pub fn readiness(&self) -> Readiness {
        Readiness::Postgres { pg_isready: self.programs.program("pg_isready"), port: self.port }
    }

    /// The URL for the superuser.
    pub fn url(&self) -> Result<String> {
        Ok(self.url_of(USER, &self.cluster.password()?))
    }

    /// The URL for each role.
    pub fn role_urls(&self) -> Result<BTreeMap<Role, String>> {
        let url = |role: Role| Ok((role, self.url_of(role.name(), &role.password(self.cluster.home())?)));
        Role::ALL.into_iter().map(url).collect()
    }

    fn url_of(&self, user: &str, password: &str) -> String {
        let parameters = self.certificates.map(|certificates| certificates.postgres_parameters(user));
        format!("postgres://{user}:{password}@127.0.0.1:{}/{DATABASE}{}", self.port, parameters.unwrap_or_default())
    }
}

/// The server of NATS.
pub struct Nats<'a> {
    /// Its program.
    pub server: &'a Path,
    /// Its configuration.
    pub config: &'a Path,
    /// Who may connect.
    pub users: &'a NatsUsers,
    /// Where its files go.
    pub data_dir: &'a Path,
    /// Its port.
    pub port: u16,
}

impl Nats<'_> {
    /// How to start it with `JetStream`.
    pub fn program(&self, log: LogFile) -> Program {
        let program = Program::new(self.server, log);
        let place = ["-a".into(), "127.0.0.1".into(), "-p".into(), self.port.to_string().into()];
        let files = ["-c".into(), self.config.into(), "-sd".into(), OsString::from(self.data_dir.join("nats"))];
        let mut program = program.args(files).args::<OsString>(place);
        program.env.extend(self.users.environment());
        program.dir = Some(self.data_dir.to_owned());
        program
    }
}

/// The operator's configuration of NATS, or ours, written to the data directory.
pub fn nats_config(named: Option<&Path>, certificates: Option<&Certificates>, data_dir: &Path) -> Result<PathBuf> {
    if let Some(path) = named {
        return fs::canonicalize(path)
            .with_context(|| format!("cannot read the NATS configuration {}", path.display()));
    }
    let write = |name: &str, text: &str| {
        let path = data_dir.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    };
    write("permissions.conf", NATS_PERMISSIONS)?;
    let tls = certificates.map(Certificates::nats_configuration).unwrap_or_default();
    write("nats.conf", &format!("{NATS_CONFIG}{tls}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::find_nats_server;
    use std::process::Command;

    fn check(config: &str, env: &[(&str, &str)]) {
        let data_dir = tempfile::tempdir().unwrap();
        let users = NatsUsers::load_or_create(data_dir.path()).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let server = find_nats_server(None, &[fs::canonicalize(&root).unwrap()]).unwrap();
        let mut command = Command::new(server);
        command.arg("-t").arg("-c").arg(root.join("deploy/nats").join(config)).envs(env.iter().copied());
        command.envs(users.environment());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    #[test]
    fn development_configuration_is_valid() {
        check("dev.conf", &[]);
    }

    #[test]
    fn production_configuration_is_valid() {
        let routes = [1, 2, 3].map(|n| format!("\"nats://cluster:secret@nats-{n}:6222\""));
        let env = [
            ("NATS_SERVER_NAME", "nats-1"),
            ("NATS_STORE_DIR", "/var/lib/nats"),
            ("NATS_CLUSTER_HOST", "\"nats-1:6222\""),
            ("NATS_ROUTE_1", routes[0].as_str()),
            ("NATS_ROUTE_2", routes[1].as_str()),
            ("NATS_ROUTE_3", routes[2].as_str()),
            ("NATS_CLUSTER_PASSWORD", "\"1\""),
            ("NATS_ADMIN_PASSWORD", "secret"),
        ];
        let dir = tempfile::tempdir().unwrap();
        let made = Certificates::make(dir.path(), &[]).unwrap();
        let files = [
            ("NATS_TLS_CA_FILE", made.authority()),
            ("NATS_TLS_CERT_FILE", made.certificate(Certificates::SERVER)),
            ("NATS_TLS_KEY_FILE", made.key(Certificates::SERVER)),
        ]
        .map(|(name, path)| (name, format!("\"{}\"", path.display())));
        let files = files.iter().map(|(name, path)| (*name, path.as_str()));
        check("production.conf", &env.into_iter().chain(files).collect::<Vec<_>>());
    }
}
