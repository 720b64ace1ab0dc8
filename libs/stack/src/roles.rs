//! The roles of Postgres: each service is somebody else there and may what its statements need. Their passwords lie beside the cluster.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::secrets;

/// Makes the roles; the same text as for production.
const SQL: &str = include_str!("../../../deploy/postgres/roles.sql");

/// Somebody in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Owns the schema: migrations and `chatctl`.
    Owner,
    /// The api.
    Api,
    /// The worker that stores.
    Persistence,
    /// Reads for an operator: nothing that anybody wrote, nothing secret.
    Operator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Api, Self::Persistence, Self::Operator];

    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "chat_owner",
            Self::Api => "chat_api",
            Self::Persistence => "chat_persistence",
            Self::Operator => "chat_operator",
        }
    }

    fn file(self, home: &Path) -> PathBuf {
        home.join(format!("password-{}", self.name()))
    }

    /// Its password, in the home of a cluster that has it.
    pub fn password(self, home: &Path) -> Result<String> {
        let path = self.file(home);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }
}

/// Whether a cluster has the roles.
pub fn are_in(home: &Path) -> bool {
    Role::ALL.into_iter().all(|role| role.file(home).is_file())
}

/// The roles of a cluster that has none yet.
#[derive(Debug)]
pub struct NewRoles(Vec<(Role, String)>);

impl NewRoles {
    /// With new passwords.
    pub fn draw() -> Self {
        Self(Role::ALL.into_iter().map(|role| (role, secrets::random_hex())).collect())
    }

    /// What makes them, for a server in single-user mode: statements with an empty line behind each.
    pub fn sql(&self) -> String {
        let password =
            |(role, password): &(Role, String)| format!("alter role {} login password '{password}';\n\n", role.name());
        let passwords: Vec<_> = self.0.iter().map(password).collect();
        format!("{}\n\n{}", SQL.trim_end(), passwords.concat())
    }

    /// Keeps the passwords beside the cluster. The roles are there by then.
    pub fn keep(&self, home: &Path) -> Result<()> {
        self.0.iter().try_for_each(|(role, password)| secrets::write_private(&role.file(home), password.as_bytes()))
    }
}
