//! Whether the schema is one that the services of this version can work with.

use std::time::Duration;

use crate::{Database, StoreError, within};

/// The newest migration that the services of this version need. A newer schema is good: what an earlier version still uses is taken away by
/// a later one alone.
const NEEDED: i64 = 21;
/// How long the database may take to tell.
const PATIENCE: Duration = Duration::from_secs(3);
/// What Postgres says of a function that is not there.
const UNDEFINED_FUNCTION: &str = "42883";

impl Database {
    /// Whether the schema has what this version needs. Where it has not, the log says so with the code `schema_too_old`, and it helps to ask again
    /// after `chatctl migrate`. A database that does not answer counts as good: to wait for it is the affair of each statement.
    pub async fn fits_this_version(&self) -> bool {
        match within(PATIENCE, self.newest_migration()).await {
            Ok(newest) if newest < NEEDED => {
                tracing::error!(
                    code = "schema_too_old",
                    newest,
                    needed = NEEDED,
                    "the database's schema is older than this version: run chatctl migrate"
                );
                false
            }
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "whether the schema fits is not known");
                true
            }
        }
    }

    /// 0 in a schema from before it could be asked.
    async fn newest_migration(&self) -> Result<i64, StoreError> {
        match sqlx::query_scalar("select newest_migration()").fetch_one(self.pool()).await {
            Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(UNDEFINED_FUNCTION) => Ok(0),
            answer => Ok(answer?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::MIGRATIONS;

    #[test]
    fn what_is_needed_is_there() {
        assert!(MIGRATIONS.iter().any(|migration| migration.version == NEEDED));
    }
}
