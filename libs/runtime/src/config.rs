//! Sections of configuration that services flatten into their own struct. Every setting is an environment variable;
//! nothing else in the tree reads the environment.

mod doors;
mod feed;
mod moderation;
mod traces;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chat_protocol::ids::InstanceId;
use clap::{Args, Command, Parser, ValueEnum};
use rand::Rng as _;

pub use self::doors::{DoorSection, Switch};
pub use self::feed::FeedSection;
pub use self::moderation::{Moderation, ModerationSection};
pub use self::traces::{OtlpProtocol, TraceSampler, TraceSection};
use crate::secret::Secret;

/// What is logged and how it looks.
#[derive(Debug, Clone, Args)]
pub struct LogSection {
    /// Filter of log lines, in the syntax of `tracing`'s `EnvFilter`
    #[arg(long, env = "LOG", default_value = "info,async_nats=warn,sqlx=warn")]
    pub log: String,
    /// `text` for people, `json` for machines
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
}

/// The look of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line for a person to read.
    Text,
    /// One JSON object a line.
    Json,
}

/// The operations port and the way down.
#[derive(Debug, Clone, Args)]
pub struct OpsSection {
    /// Address of the operations port (`/healthz`, `/readyz`, `/metrics`, `/status`)
    #[arg(long, env = "OPS_ADDR", default_value = "127.0.0.1:0")]
    pub ops_addr: SocketAddr,
    /// How many seconds a stopping service may take to finish its work
    #[arg(long, env = "STOP_TIMEOUT_SECS", default_value_t = 10)]
    pub stop_timeout_secs: u64,
    /// Operations addresses of the other processes that the page `/status` shows too, separated by commas
    #[arg(long, env = "STATUS_PEERS", value_delimiter = ',')]
    pub status_peers: Vec<String>,
    /// Bytes of memory that count as the limit of this process in metrics [default: the limit of its control group]
    #[arg(long, env = "MEMORY_LIMIT_BYTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub memory_limit_bytes: Option<u64>,
}

impl OpsSection {
    /// How long a stopping service may take to finish its work.
    #[must_use]
    pub const fn stop_timeout(&self) -> Duration {
        Duration::from_secs(self.stop_timeout_secs)
    }
}

/// Where NATS is and who we are there.
#[derive(Debug, Clone, Args)]
pub struct NatsSection {
    /// NATS servers, separated by commas
    #[arg(long, env = "NATS_URL", default_value = "nats://127.0.0.1:4222")]
    pub nats_url: String,
    /// User on NATS
    #[arg(long, env = "NATS_USER")]
    pub nats_user: Option<String>,
    /// Password on NATS
    #[arg(long, env = "NATS_PASSWORD", hide_env_values = true)]
    pub nats_password: Option<Secret>,
    /// Authorities that sign NATS servers' certificates, PEM; with it nothing goes to NATS that is not encrypted
    #[arg(long, env = "NATS_TLS_CA_FILE")]
    pub nats_tls_ca_file: Option<PathBuf>,
    /// Own certificate for NATS, PEM
    #[arg(long, env = "NATS_TLS_CERT_FILE", requires = "nats_tls_key_file")]
    pub nats_tls_cert_file: Option<PathBuf>,
    /// Key of that certificate, PEM
    #[arg(long, env = "NATS_TLS_KEY_FILE", requires = "nats_tls_cert_file")]
    pub nats_tls_key_file: Option<PathBuf>,
}

impl NatsSection {
    /// The files of the authorities, the own certificate, and its key.
    #[must_use]
    pub fn tls_files(&self) -> [Option<PathBuf>; 3] {
        [&self.nats_tls_ca_file, &self.nats_tls_cert_file, &self.nats_tls_key_file].map(Clone::clone)
    }
}

/// Where Postgres is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseSection {
    /// Connection string of Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Secret,
    /// How many connections this process may open
    #[arg(long, env = "DATABASE_POOL", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub database_pool: u32,
}

/// The name of this one process.
#[derive(Debug, Clone, Args)]
pub struct InstanceSection {
    /// Name of this process among its like, part of NATS subjects [default: the service's name and 8 random digits]
    #[arg(long, env = "INSTANCE_ID")]
    pub instance_id: Option<InstanceId>,
}

impl InstanceSection {
    /// The configured name, or `<service>-<8 random hex digits>`. Ask once: a random name is another one each time.
    #[must_use]
    pub fn name(&self, service: &'static str) -> InstanceId {
        self.instance_id.clone().unwrap_or_else(|| random_name(service))
    }
}

fn random_name(service: &'static str) -> InstanceId {
    let name = format!("{service}-{:08x}", rand::rng().random::<u32>());
    name.parse().expect("services have short names of letters and dashes")
}

/// Reads the whole configuration, or ends the process with a message that names the variable at fault.
/// A variable that is set but empty counts as not set, which is what compose files and env files mean by it.
#[must_use]
pub fn parse<C: Parser>() -> C {
    parse_from(std::env::args_os())
}

/// The same from these arguments, the first of which is the program's name.
#[must_use]
pub fn parse_from<C: Parser>(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> C {
    let mut matches = without_empty_variables(C::command()).get_matches_from(arguments);
    C::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit())
}

/// The command and its subcommands, as if variables that are empty were not there.
#[must_use]
pub fn without_empty_variables(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let is_empty = |name| std::env::var_os(name).is_some_and(|value| value.is_empty());
        if arg.get_env().is_some_and(is_empty) { arg.env(None::<&'static str>) } else { arg }
    });
    command.mut_subcommands(without_empty_variables)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[derive(Debug, Parser)]
    struct Everything {
        #[command(flatten)]
        log: LogSection,
        #[command(flatten)]
        ops: OpsSection,
        #[command(flatten)]
        nats: NatsSection,
        #[command(flatten)]
        database: DatabaseSection,
        #[command(flatten)]
        instance: InstanceSection,
        #[command(flatten)]
        doors: DoorSection,
        #[command(flatten)]
        traces: TraceSection,
    }

    fn parse_from(args: &[&str]) -> Result<Everything, String> {
        let args = std::iter::once("test").chain(args.iter().copied());
        Everything::try_parse_from(args).map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_is_a_variable_of_its_own_name() {
        let command = Everything::command();
        for arg in command.get_arguments().filter(|arg| arg.get_id() != "help") {
            let variable = arg.get_id().as_str().to_uppercase();
            assert_eq!(arg.get_env().and_then(|name| name.to_str()), Some(&*variable));
        }
    }

    #[test]
    fn missing_setting_is_named() {
        let message = parse_from(&[]).unwrap_err();
        assert!(message.contains("DATABASE_URL"), "{message}");
    }

    #[test]
    fn wrong_setting_is_named() {
        let args = ["--database-url", "x", "--ops-addr", "nowhere"];
        let message = parse_from(&args).unwrap_err();
        assert!(message.contains("OPS_ADDR"), "{message}");
        assert!(message.contains("nowhere"), "{message}");
    }

    #[test]
    fn secrets_do_not_print() {
        let config = parse_from(&["--database-url", "pw1", "--nats-password", "pw2"]).unwrap();
        let printed = format!("{config:?}");
        assert!(!printed.contains("pw1") && !printed.contains("pw2"), "{printed}");
    }

    #[test]
    fn defaults_suit_one_machine() {
        let config = parse_from(&["--database-url", "x"]).unwrap();
        assert_eq!(config.log.log_format, LogFormat::Text);
        assert_eq!(config.ops.stop_timeout(), Duration::from_secs(10));
        assert_eq!(config.nats.nats_url, "nats://127.0.0.1:4222");
        assert_eq!(config.database.database_pool, 10);
        assert_eq!((config.doors.send_limit.per_second(), config.doors.send_limit.burst()), (10, 30));
        assert!(config.doors.are_limits_on());
    }

    #[test]
    fn instance_names_are_random_unless_given() {
        let section = InstanceSection { instance_id: None };
        let name = section.name("ws-gateway");
        assert_eq!(name.as_str().len(), "ws-gateway-".len() + 8);
        assert_ne!(name, section.name("ws-gateway"));
        let config = parse_from(&["--database-url", "x", "--instance-id", "g-1"]).unwrap();
        assert_eq!(config.instance.name("ws-gateway").as_str(), "g-1");
    }

    #[test]
    fn instance_id_that_is_no_subject_token_is_refused() {
        for bad in ["", "a.b", "*", "a b"] {
            let message = parse_from(&["--database-url", "x", "--instance-id", bad]).unwrap_err();
            assert!(message.contains("INSTANCE_ID"), "{message}");
        }
    }
}
