//! Settings that several jobs share; the same variables as the services'.

use std::time::Duration;

use anyhow::ensure;
use chat_auth::{MIN_SECRET_BYTES, Rules, Signer};
use chat_runtime::secret::Secret;
use chat_store::Database;
use clap::Args;

/// How many statements run at once.
pub(crate) const CONNECTIONS: u32 = 4;

/// Where Postgres is.
#[derive(Debug, Args)]
pub(crate) struct DatabaseSettings {
    /// Connection string of Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Secret,
}

impl DatabaseSettings {
    pub(crate) fn open(&self) -> anyhow::Result<Database> {
        Ok(Database::new(self.database_url.expose(), CONNECTIONS)?)
    }
}

/// What tokens are signed with.
#[expect(clippy::struct_field_names, reason = "named like their variables")]
#[derive(Debug, Args)]
pub(crate) struct TokenSettings {
    /// Shared secret that signs tokens (HS256), at least 32 bytes
    #[arg(long, env = "JWT_SECRET", hide_env_values = true)]
    jwt_secret: Secret,
    /// The issuer to name
    #[arg(long, env = "JWT_ISSUER")]
    jwt_issuer: Option<String>,
    /// The audience to name
    #[arg(long, env = "JWT_AUDIENCE")]
    jwt_audience: Option<String>,
}

impl TokenSettings {
    pub(crate) fn signer(&self, ttl: Duration) -> anyhow::Result<Signer> {
        let secret = self.jwt_secret.expose().as_bytes();
        ensure!(secret.len() >= MIN_SECRET_BYTES, "JWT_SECRET: at least {MIN_SECRET_BYTES} bytes are needed");
        let rules = Rules {
            issuer: given(self.jwt_issuer.as_ref()),
            audience: given(self.jwt_audience.as_ref()),
            ..Rules::default()
        };
        Ok(Signer::hs256(secret, rules, ttl))
    }
}

/// A variable that is set but empty counts as not set, as in the services.
fn given(setting: Option<&String>) -> Option<String> {
    setting.cloned().filter(|text| !text.is_empty())
}
