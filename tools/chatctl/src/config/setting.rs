//! One setting of one service.

use clap::{Arg, Command};
use serde::Serialize;

/// What it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Setting {
    pub(super) service: &'static str,
    /// Its variable.
    pub(super) name: String,
    /// What it is now; nothing where it is not set.
    pub(super) value: Option<String>,
    /// What it is when nobody says anything.
    pub(super) default: Option<String>,
    pub(super) source: &'static str,
    pub(super) is_secret: bool,
    pub(super) help: String,
}

impl Setting {
    /// All settings of a command that can be set by variables.
    pub(super) fn all(service: &'static str, command: &Command) -> Vec<Self> {
        command.get_arguments().filter_map(|arg| Self::of(service, arg)).collect()
    }

    fn of(service: &'static str, arg: &Arg) -> Option<Self> {
        let variable = arg.get_env()?;
        let is_secret = arg.is_hide_env_values_set();
        let set = std::env::var_os(variable).map(|value| value.to_string_lossy().into_owned());
        let default = default_of(arg);
        let source = match (&set, &default) {
            (Some(_), _) => "environment",
            (None, Some(_)) => "default",
            (None, None) if arg.is_required_set() => "missing",
            (None, None) => "not set",
        };
        let value = set.map(|value| if is_secret { "[hidden]".to_owned() } else { value }).or_else(|| default.clone());
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        Some(Self { service, name: variable.to_string_lossy().into_owned(), value, default, source, is_secret, help })
    }

    /// As lines of an environment file: what has no default is commented out.
    pub(super) fn as_environment(&self) -> String {
        let line =
            self.default.as_ref().map_or_else(|| format!("# {}=", self.name), |text| format!("{}={text}", self.name));
        format!("# {}\n{line}\n\n", self.help)
    }
}

fn default_of(arg: &Arg) -> Option<String> {
    let values = arg.get_default_values();
    let joined = values.iter().map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(",");
    (!values.is_empty()).then_some(joined)
}
