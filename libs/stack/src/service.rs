//! The four services: their programs, names, addresses and the environment that each is given, and no more than that.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::certificates::{Certificates, TlsMode};
use crate::logs::LogFile;
use crate::nats_users::NatsUsers;
use crate::options::WebPage;
use crate::program::Program;
use crate::readiness::Readiness;
use crate::roles::Role;
use crate::{secrets, seed};

/// Whom push services may write to: nobody who runs this for trying it.
const VAPID_SUBJECT: &str = "mailto:nobody@example.com";

/// Variables that only the stack sets; an operator's own are not handed on.
const FIXED: [&str; 22] = [
    "API_ADDR",
    "ATTACHMENTS_DIR",
    "DATABASE_URL",
    "INSTANCE_ID",
    "JWT_SECRET",
    "LOG",
    "NATS_PASSWORD",
    "NATS_TLS_CA_FILE",
    "NATS_TLS_CERT_FILE",
    "NATS_TLS_KEY_FILE",
    "NATS_URL",
    "NATS_USER",
    "OPS_ADDR",
    "TLS_CERT_FILE",
    "TLS_CLIENT_CA_FILE",
    "TLS_KEY_FILE",
    "VAPID_PRIVATE_KEY",
    "VAPID_SUBJECT",
    "WEB_DEMO_PEOPLE",
    "WEB_DIR",
    "WEB_WS_URL",
    "WS_ADDR",
];

/// A kind of service, in the order in which they start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Decides and stores.
    Persistence,
    /// REST.
    Api,
    /// Who is online.
    Presence,
    /// Sockets.
    Gateway,
}

impl Service {
    /// All, in the order in which they start.
    pub const ALL: [Self; 4] = [Self::Persistence, Self::Api, Self::Presence, Self::Gateway];
    /// All, in the order in which they stop: who lets people in first, who stores last.
    pub const STOP_ORDER: [Self; 4] = [Self::Gateway, Self::Api, Self::Presence, Self::Persistence];

    /// The name, as in instances (`ws-gateway-1`) and programs (`chat-ws-gateway`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Persistence => "persistence",
            Self::Api => "api",
            Self::Presence => "presence",
            Self::Gateway => "ws-gateway",
        }
    }

    /// The file name of its program.
    #[must_use]
    pub fn program_name(self) -> String {
        format!("chat-{}", self.name())
    }

    /// The variable with the address for clients, and that address' scheme, for the services that have one.
    #[must_use]
    pub fn public(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Api => Some(("API_ADDR", "http")),
            Self::Gateway => Some(("WS_ADDR", "ws")),
            Self::Persistence | Self::Presence => None,
        }
    }

    /// As whom it comes to the database.
    fn role(self) -> Option<Role> {
        match self {
            Self::Api => Some(Role::Api),
            Self::Persistence => Some(Role::Persistence),
            Self::Presence | Self::Gateway => None,
        }
    }

    fn serves_the_page(self) -> bool {
        matches!(self, Self::Api)
    }

    fn keeps_attachments(self) -> bool {
        matches!(self, Self::Api)
    }

    /// Whether it tells browsers what their people miss.
    fn tells_browsers(self) -> bool {
        matches!(self, Self::Api)
    }

    fn uses_jwt_secret(self) -> bool {
        matches!(self, Self::Api | Self::Gateway)
    }
}

/// What all instances are told.
#[derive(Debug)]
pub struct Surroundings<'a> {
    /// Where the programs lie.
    pub bin_dir: &'a Path,
    /// Where the stack's files are.
    pub data_dir: &'a Path,
    /// Of Postgres, for each role.
    pub database_urls: &'a BTreeMap<Role, String>,
    /// Of NATS.
    pub nats_url: &'a str,
    /// The users of NATS: each service is the one of its name.
    pub nats_users: &'a NatsUsers,
    /// With which everything speaks TLS, and how much of it; none: no TLS.
    pub tls: Option<(&'a Certificates, TlsMode)>,
    /// Signs and checks tokens.
    pub jwt_secret: &'a str,
    /// The web page, with where it reaches a gateway.
    pub web: Option<(&'a WebPage, Option<&'a str>)>,
    /// The tracing filter, if not the service's default.
    pub log_filter: Option<&'a str>,
    /// Whether the rest of the supervisor's environment is handed on.
    pub inherit_env: bool,
}

/// One instance's place.
#[derive(Debug)]
pub struct Place {
    /// Which service.
    pub service: Service,
    /// Such as `api-1`.
    pub name: String,
    /// Where it runs.
    pub host: String,
    /// For clients.
    pub public_port: Option<u16>,
    /// For operations.
    pub ops_port: u16,
}

impl Place {
    /// The URL for clients.
    pub fn url(&self, tls: TlsMode) -> Option<String> {
        let (_, scheme) = self.service.public()?;
        let secure = if tls == TlsMode::Off { "" } else { "s" };
        Some(format!("{scheme}{secure}://{}:{}", self.host, self.public_port?))
    }

    /// The URL for operations.
    pub fn ops_url(&self) -> String {
        format!("http://{}:{}", self.host, self.ops_port)
    }

    /// How to ask whether it is ready.
    pub fn readiness(&self) -> Readiness {
        Readiness::Http { url: format!("{}/readyz", self.ops_url()) }
    }

    /// How to start it; `extra` variables come last and win.
    pub fn program(&self, around: &Surroundings<'_>, extra: &[(String, String)], log: LogFile) -> Result<Program> {
        let mut program = Program::new(around.bin_dir.join(self.service.program_name()), log);
        program.inherit_env = around.inherit_env;
        program.hidden_env = &FIXED;
        let mut set = |name: &str, value: String| program.env.push((name.to_owned(), value));
        set("INSTANCE_ID", self.name.clone());
        set("NO_COLOR", "1".to_owned());
        set("NATS_URL", around.nats_url.to_owned());
        set("NATS_USER", self.service.name().to_owned());
        set("NATS_PASSWORD", around.nats_users.password(self.service.name())?.to_owned());
        set("OPS_ADDR", format!("{}:{}", self.host, self.ops_port));
        if let (Some((variable, _)), Some(port)) = (self.service.public(), self.public_port) {
            set(variable, format!("{}:{port}", self.host));
        }
        if let Some((certificates, mode)) = around.tls {
            let of_port = self.public_port.map(|_| certificates.public_environment(mode)).unwrap_or_default();
            for (name, value) in certificates.nats_environment(self.service.name()).into_iter().chain(of_port) {
                set(name, value);
            }
        }
        if let Some(filter) = around.log_filter {
            set("LOG", filter.to_owned());
        }
        if let Some(url) = self.service.role().and_then(|role| around.database_urls.get(&role)) {
            set("DATABASE_URL", url.clone());
        }
        if self.service.keeps_attachments() {
            set("ATTACHMENTS_DIR", around.data_dir.join("attachments").display().to_string());
        }
        if let Some((page, gateway)) = around.web.filter(|_| self.service.serves_the_page()) {
            for (name, value) in page_environment(page, gateway)? {
                set(name, value);
            }
        }
        if self.service.uses_jwt_secret() {
            set("JWT_SECRET", around.jwt_secret.to_owned());
        }
        if self.service.tells_browsers() {
            // 32 random bytes are a private key.
            set("VAPID_PRIVATE_KEY", secrets::load_or_create(around.data_dir, "vapid")?);
            set("VAPID_SUBJECT", VAPID_SUBJECT.to_owned());
        }
        program.env.extend(extra.iter().cloned());
        Ok(program)
    }
}

fn page_environment(page: &WebPage, gateway: Option<&str>) -> Result<Vec<(&'static str, String)>> {
    let mut variables = vec![("WEB_DIR", page.dir.display().to_string())];
    variables.extend(gateway.map(|url| ("WEB_WS_URL", url.to_owned())));
    if page.with_demo_people {
        variables.push(("WEB_DEMO_PEOPLE", seed::people()?));
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(service: Service) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let around = Surroundings {
            bin_dir: dir.path(),
            data_dir: dir.path(),
            database_urls: &Role::ALL.map(|role| (role, role.name().to_owned())).into(),
            nats_url: "nats://x",
            nats_users: &NatsUsers::load_or_create(dir.path()).unwrap(),
            tls: None,
            jwt_secret: "secret",
            web: None,
            log_filter: None,
            inherit_env: false,
        };
        let public_port = service.public().map(|_| 4000);
        let (name, host) = (format!("{}-1", service.name()), "127.0.0.1".to_owned());
        let place = Place { service, name, host, public_port, ops_port: 4001 };
        let program = place.program(&around, &[], LogFile::create(dir.path(), "x").unwrap()).unwrap();
        program.env.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn gateway_has_no_database_and_persistence_no_secret() {
        assert_eq!(
            variables(Service::Gateway),
            ["INSTANCE_ID", "NO_COLOR", "NATS_URL", "NATS_USER", "NATS_PASSWORD", "OPS_ADDR", "WS_ADDR", "JWT_SECRET"]
        );
        assert_eq!(
            variables(Service::Persistence),
            ["INSTANCE_ID", "NO_COLOR", "NATS_URL", "NATS_USER", "NATS_PASSWORD", "OPS_ADDR", "DATABASE_URL"]
        );
        assert_eq!(
            variables(Service::Presence),
            ["INSTANCE_ID", "NO_COLOR", "NATS_URL", "NATS_USER", "NATS_PASSWORD", "OPS_ADDR"]
        );
    }

    #[test]
    fn urls_name_the_scheme() {
        let (name, host) = ("ws-gateway-1".into(), "127.0.0.1".into());
        let place = Place { service: Service::Gateway, name, host, public_port: Some(8001), ops_port: 9 };
        assert_eq!(place.url(TlsMode::Off).unwrap(), "ws://127.0.0.1:8001");
        assert_eq!(place.url(TlsMode::On).unwrap(), "wss://127.0.0.1:8001");
    }
}
