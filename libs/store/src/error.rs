//! What can go wrong with the database, by what the caller does next.

/// A failed statement.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not now: connection lost, shutting down, too busy, deadlock, out of time. Repeat with backoff.
    #[error("database unavailable: {0}")]
    Transient(#[source] sqlx::Error),
    /// This statement will never succeed with these values.
    #[error("statement refused: {0}")]
    Permanent(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row held what this version does not know.
    #[error("unexpected value in {0}")]
    Unexpected(&'static str),
}

impl StoreError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }

    /// Whether a unique index of this name refused the row.
    #[must_use]
    pub fn is_duplicate_in(&self, index: &str) -> bool {
        let Self::Permanent(sqlx::Error::Database(error)) = self else { return false };
        error.is_unique_violation() && error.constraint() == Some(index)
    }
}

impl From<sqlx::Error> for StoreError {
    /// SQLSTATE classes 08, 40, 53, 55, 57 and 58 pass by themselves, as does every failure of the connection.
    fn from(error: sqlx::Error) -> Self {
        let is_permanent = match &error {
            sqlx::Error::Database(database) => {
                let class = database.code().map(|code| code.get(..2).unwrap_or_default().to_owned());
                !matches!(class.as_deref(), Some("08" | "40" | "53" | "55" | "57" | "58"))
            }
            sqlx::Error::RowNotFound
            | sqlx::Error::TypeNotFound { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Encode(_)
            | sqlx::Error::Decode(_)
            | sqlx::Error::Configuration(_)
            | sqlx::Error::InvalidArgument(_) => true,
            _ => false,
        };
        if is_permanent { Self::Permanent(error) } else { Self::Transient(error) }
    }
}
