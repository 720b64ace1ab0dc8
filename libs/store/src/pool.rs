//! Connections: one pool for reads and small writes, and single connections for the worker that stores batches.

mod hosts;

use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions};
use tokio::sync::watch;

use self::hosts::{Hosts, expect_writable};
use crate::StoreError;

/// How long a statement of the api may take before Postgres ends it.
const STATEMENT_TIMEOUT: &str = "5s";
/// How long a statement of an operator may take.
const PATIENT_TIMEOUT: &str = "1h";
/// How long a batch may take before Postgres ends it.
const BATCH_TIMEOUT: &str = "10s";
/// How long the answer to a batch is waited for.
pub(crate) const BATCH_PATIENCE: Duration = Duration::from_secs(12);
/// How long the database may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a connection waits for a free place in the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// The schema, step by step.
pub(crate) static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// A connection of its own for storing batches.
pub type BatchConnection = PgConnection;

/// The database.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
    hosts: Hosts,
}

impl Database {
    /// A pool of at most `size` connections; none is opened yet. Where the URL names several servers, the one that takes writes is used.
    pub fn new(url: &str, size: u32) -> Result<Self, StoreError> {
        Self::with_timeout(url, size, STATEMENT_TIMEOUT)
    }

    /// The same for an operator, whose statements may go through whole tables.
    pub fn patient(url: &str, size: u32) -> Result<Self, StoreError> {
        Self::with_timeout(url, size, PATIENT_TIMEOUT)
    }

    fn with_timeout(url: &str, size: u32, statement_timeout: &str) -> Result<Self, StoreError> {
        let hosts = Hosts::parse(url, |options| {
            options.log_statements(tracing::log::LevelFilter::Trace).options([
                ("statement_timeout", statement_timeout),
                ("idle_in_transaction_session_timeout", "1s"),
                ("tcp_user_timeout", "5s"),
                // To compile a statement takes longer than the longest may take here.
                ("jit", "off"),
            ])
        })?;
        let options = PgPoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE_TIMEOUT);
        let pool = if hosts.are_several() {
            following(options, &hosts)
        } else {
            options.connect_lazy_with(hosts.first().clone())
        };
        Ok(Self { pool, hosts })
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
        metrics::gauge!("chat_database_connections_limit").set(self.pool.options().get_max_connections());
    }

    /// A connection of its own for storing batches. Plans are made once, and always by index: see the EXPLAIN test.
    pub async fn connect_for_batches(&self) -> Result<BatchConnection, StoreError> {
        let settings = [
            ("statement_timeout", BATCH_TIMEOUT),
            ("plan_cache_mode", "force_generic_plan"),
            ("enable_seqscan", "off"),
        ];
        within(CONNECT_TIMEOUT, async { self.hosts.find().await?.options(settings).connect().await }).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }
}

/// A pool that moves to whichever server takes writes, and gives up connections from before it moved.
fn following(options: PgPoolOptions, hosts: &Hosts) -> PgPool {
    let (moved, last_move) = watch::channel(Instant::now());
    let options = options.after_connect(|connection, _| Box::pin(expect_writable(connection))).before_acquire(
        move |_, connection| {
            let is_of_now = connection.age <= last_move.borrow().elapsed();
            Box::pin(async move { Ok(is_of_now) })
        },
    );
    let pool = options.connect_lazy_with(hosts.first().clone());
    tokio::spawn(hosts.clone().follow(pool.clone(), moved));
    pool
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
    let mut connection = database.hosts.find().await?.options([("statement_timeout", "0")]).connect().await?;
    MIGRATIONS.run(&mut connection).await?;
    Ok(())
}
