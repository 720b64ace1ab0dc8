//! Connections: one pool for reads and small writes, and single connections for the worker that stores batches.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};

use crate::StoreError;

/// How long a statement of the api may take before Postgres ends it.
const STATEMENT_TIMEOUT: &str = "5s";
/// How long a batch may take before Postgres ends it.
const BATCH_TIMEOUT: &str = "10s";
/// How long the answer to a batch is waited for.
pub(crate) const BATCH_PATIENCE: Duration = Duration::from_secs(12);
/// How long the database may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection waits for a free place in the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection of its own for storing batches.
pub type BatchConnection = PgConnection;

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    options: PgConnectOptions,
}

impl Database {
    /// A pool of at most `size` connections; none is opened yet.
    pub fn new(url: &str, size: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)?.log_statements(tracing::log::LevelFilter::Trace).options([
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("idle_in_transaction_session_timeout", "1s"),
            ("tcp_user_timeout", "5s"),
            // To compile a statement takes longer than the longest may take here.
            ("jit", "off"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(size)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options.clone());
        Ok(Self { pool, options })
    }

    /// The pool.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Measures how many connections of the pool are idle and in use.
    pub fn measure(&self) {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        metrics::gauge!("chat_database_connections", "state" => "idle").set(idle);
        metrics::gauge!("chat_database_connections", "state" => "used").set(self.pool.size().saturating_sub(idle));
    }

    /// A connection of its own for storing batches. Plans are made once, and always by index: see the EXPLAIN test.
    pub async fn connect_for_batches(&self) -> Result<BatchConnection, StoreError> {
        let options = self.options.clone().options([
            ("statement_timeout", BATCH_TIMEOUT),
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
        ]);
        within(CONNECT_TIMEOUT, options.connect()).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }
}

/// Waits for the database, but not for ever: a stopped one accepts connections and never answers.
pub async fn within<T, E: Into<StoreError>>(
    limit: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(StoreError::Transient(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))),
    }
}

/// Brings the schema up to date; safe to call from several processes at once.
pub async fn migrate(database: &Database) -> Result<(), StoreError> {
    let mut connection = database.options.clone().options([("statement_timeout", "0")]).connect().await?;
    sqlx::migrate!("./migrations").run(&mut connection).await?;
    Ok(())
}
