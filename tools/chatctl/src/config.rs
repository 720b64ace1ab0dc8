//! `chatctl config`: what the services are told, from the same definitions by which they read it.

mod setting;

use clap::{Args, Command, CommandFactory as _, Parser, Subcommand, ValueEnum};

use self::setting::Setting;
use crate::outcome::Ended;
use crate::output::{Format, print};

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Check whether each service would take what the environment says: 1 if one would not
    Check(Which),
    /// Show every setting, what it is now and where that comes from; secrets are hidden
    Dump(Which),
    /// Print an environment file with every setting and its default
    Env(Which),
}

#[derive(Debug, Args)]
struct Which {
    /// Only of this service
    #[arg(long, value_enum)]
    service: Option<Service>,
}

/// A program with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    Api,
    WsGateway,
    Persistence,
    Presence,
}

impl Service {
    fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::WsGateway => "ws-gateway",
            Self::Persistence => "persistence",
            Self::Presence => "presence",
        }
    }

    fn command(self) -> Command {
        let command = match self {
            Self::Api => chat_api::config::Config::command(),
            Self::WsGateway => chat_ws_gateway::config::Config::command(),
            Self::Persistence => chat_persistence::config::Config::command(),
            Self::Presence => chat_presence::Config::command(),
        };
        chat_runtime::config::without_empty_variables(command)
    }

    /// Reads the environment as the service does.
    fn check(self) -> Result<(), clap::Error> {
        let command = self.command();
        match self {
            Self::Api => take::<chat_api::config::Config>(command),
            Self::WsGateway => take::<chat_ws_gateway::config::Config>(command),
            Self::Persistence => take::<chat_persistence::config::Config>(command),
            Self::Presence => take::<chat_presence::Config>(command),
        }
    }
}

fn take<C: Parser>(command: Command) -> Result<(), clap::Error> {
    let name = command.get_name().to_owned();
    let mut matches = command.try_get_matches_from([name])?;
    C::from_arg_matches_mut(&mut matches).map(drop)
}

impl Config {
    pub(crate) fn run(&self, output: Format) -> anyhow::Result<Ended> {
        match &self.job {
            Job::Check(which) => check(which),
            Job::Dump(which) => {
                output.rows(&settings(which), &["service", "name", "value", "source"])?;
                Ok(Ended::Well)
            }
            Job::Env(which) => {
                print(&environment_file(which))?;
                Ok(Ended::Well)
            }
        }
    }
}

impl Which {
    fn services(&self) -> Vec<Service> {
        self.service.map_or_else(|| Service::value_variants().to_vec(), |one| vec![one])
    }
}

fn check(which: &Which) -> anyhow::Result<Ended> {
    let mut ended = Ended::Well;
    for service in which.services() {
        match service.check() {
            Ok(()) => print(&format!("{}: good", service.name()))?,
            Err(error) => {
                ended = Ended::Badly;
                let text = error.render().to_string();
                let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with(['U', 'F']));
                print(&format!("{}: {}", service.name(), lines.collect::<Vec<_>>().join("\n    ")))?;
            }
        }
    }
    Ok(ended)
}

fn settings(which: &Which) -> Vec<Setting> {
    let of = |service: Service| Setting::all(service.name(), &service.command());
    which.services().into_iter().flat_map(of).collect()
}

/// Each variable once, however many services know it.
fn environment_file(which: &Which) -> String {
    let mut text = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for setting in settings(which).iter().filter(|setting| seen.insert(setting.name.clone())) {
        text.push_str(&setting.as_environment());
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_and_every_setting_has_a_variable() {
        let all = settings(&Which { service: None });
        for secret in ["JWT_SECRET", "DATABASE_URL", "NATS_PASSWORD"] {
            assert!(all.iter().any(|setting| setting.name == secret && setting.is_secret), "{secret}");
        }
        assert!(all.iter().filter(|setting| setting.name == "LOG").count() == 4);
        assert_eq!(environment_file(&Which { service: None }).matches("\nLOG=").count(), 1);
    }
}
