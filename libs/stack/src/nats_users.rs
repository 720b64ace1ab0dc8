//! The users of NATS with their passwords: made at the first start and kept in the data directory. What each may stands in
//! `deploy/nats/permissions.conf`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::secrets;

/// Who may everything: tests, and whoever looks around on this machine.
pub const DEVELOPER: &str = "developer";
/// All users of `deploy/nats/accounts-dev.conf`, the services' named like them; and as whom the servers of a cluster know each other.
const NAMES: [&str; 10] = [
    "api",
    "ws-gateway",
    "persistence",
    "presence",
    "moderator",
    "operator",
    "reader",
    "admin",
    NatsUsers::CLUSTER,
    DEVELOPER,
];

/// The users and their passwords.
#[derive(Debug, Clone)]
pub struct NatsUsers(BTreeMap<&'static str, String>);

impl NatsUsers {
    /// As whom servers of a cluster know each other.
    pub const CLUSTER: &str = "cluster";

    /// Those of this data directory.
    pub fn load_or_create(data_dir: &Path) -> Result<Self> {
        let user = |name| Ok((name, secrets::load_or_create(data_dir, &format!("nats-{name}"))?));
        NAMES.into_iter().map(user).collect::<Result<_>>().map(Self)
    }

    /// The password of a user.
    pub fn password(&self, name: &str) -> Result<&str> {
        self.0.get(name).map(String::as_str).with_context(|| format!("NATS has no user {name}"))
    }

    /// The URL with which somebody is that user.
    pub fn url(&self, name: &str, address: &str) -> Result<String> {
        let (scheme, host) = address.split_once("://").context("the address has a scheme")?;
        Ok(format!("{scheme}://{name}:{}@{host}", self.password(name)?))
    }

    /// What the server's configuration asks the environment for. Quoted, so that no password looks like a number.
    pub fn environment(&self) -> impl Iterator<Item = (String, String)> {
        let variable = |name: &str| format!("NATS_{}_PASSWORD", name.to_uppercase().replace('-', "_"));
        self.0.iter().map(move |(name, password)| (variable(name), format!("\"{password}\"")))
    }
}
