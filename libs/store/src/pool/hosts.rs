//! The servers of one database: a URL may name a primary and its standbys, as libpq has it, and whichever takes writes is used.

use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::within;

/// How long a server may take to say whether it takes writes.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the server in use is asked.
const INTERVAL: Duration = Duration::from_millis(500);
/// The parameter of libpq that says what is done here anyhow.
const WANTED: &str = "target_session_attrs=read-write";

/// How to connect to each of the servers, in the order of the URL.
#[derive(Debug, Clone)]
pub(crate) struct Hosts(Vec<PgConnectOptions>);

impl Hosts {
    /// Of `postgres://user:password@host:port,host:port/database?parameters`, each connected to with `settle`.
    pub fn parse(url: &str, settle: impl Fn(PgConnectOptions) -> PgConnectOptions) -> Result<Self, sqlx::Error> {
        let of_one = |url: String| PgConnectOptions::from_str(&url).map(&settle);
        split(url).into_iter().map(of_one).collect::<Result<_, _>>().map(Self)
    }

    /// The first.
    pub fn first(&self) -> &PgConnectOptions {
        self.0.first().expect("a URL names a server")
    }

    /// Whether there is a choice.
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// The one that takes writes: the only one without asking, else the first that says so, else the last failure.
    pub async fn find(&self) -> Result<PgConnectOptions, sqlx::Error> {
        if !self.are_several() {
            return Ok(self.first().clone());
        }
        let mut questions = JoinSet::new();
        for host in self.0.clone() {
            questions.spawn(async move { connect(&host).await.map(|_| host) });
        }
        let mut failure = sqlx::Error::PoolTimedOut;
        while let Some(answer) = questions.join_next().await {
            match answer {
                Ok(Ok(host)) => return Ok(host),
                Ok(Err(error)) => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }

    /// Moves a pool to whichever server takes writes, for as long as it is open; `moved` says when that was last.
    pub async fn follow(self, pool: PgPool, moved: watch::Sender<Instant>) {
        let mut asked: Option<PgConnection> = None;
        while !pool.is_closed() {
            if !answers(&mut asked).await {
                asked = self.move_pool(&pool, &moved).await;
            }
            // Either the pool is closed or the pause is over; the loop sees which.
            let _ = tokio::time::timeout(INTERVAL, pool.close_event()).await;
        }
    }

    async fn move_pool(&self, pool: &PgPool, moved: &watch::Sender<Instant>) -> Option<PgConnection> {
        let found =
            self.find().await.inspect_err(|error| tracing::warn!(%error, "no server of the database takes writes"));
        let host = found.ok()?;
        let connection = connect(&host).await.ok()?;
        let before = pool.connect_options();
        if (before.get_host(), before.get_port()) != (host.get_host(), host.get_port()) {
            tracing::warn!(
                host = host.get_host(),
                port = host.get_port(),
                "another server of the database takes writes"
            );
            pool.set_connect_options(host);
            moved.send_replace(Instant::now());
        }
        Some(connection)
    }
}

/// Refuses a server that takes no writes.
pub(crate) async fn expect_writable(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let recovers: bool = sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(connection).await?;
    if recovers { Err(sqlx::Error::Io(std::io::Error::other("the server is a standby"))) } else { Ok(()) }
}

async fn connect(host: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let question = async {
        let mut connection = host.connect().await?;
        expect_writable(&mut connection).await?;
        Ok::<_, sqlx::Error>(connection)
    };
    tokio::time::timeout(QUESTION_TIMEOUT, question).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Whether the connection stands and its server takes writes; it is given up otherwise.
async fn answers(connection: &mut Option<PgConnection>) -> bool {
    let Some(mut asked) = connection.take() else { return false };
    if within(QUESTION_TIMEOUT, expect_writable(&mut asked)).await.is_err() {
        // It is of no use, however it ends.
        let _ = within(QUESTION_TIMEOUT, asked.close_hard()).await;
        return false;
    }
    *connection = Some(asked);
    true
}

/// One URL for each server.
fn split(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (login, hosts) = authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
    let login = login.map(|login| format!("{login}@")).unwrap_or_default();
    let path = without_wish(path);
    hosts.split(',').map(|host| format!("{scheme}://{login}{host}{path}")).collect()
}

/// Without [`WANTED`], which the client does not know.
fn without_wish(path: &str) -> String {
    let Some((path, parameters)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = parameters.split('&').filter(|parameter| *parameter != WANTED).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_of_several_servers_is_one_for_each() {
        let url = "postgres://api:p%40w@db-1:5432,db-2/chat?sslmode=verify-full&target_session_attrs=read-write";
        let one = |host: &str| format!("postgres://api:p%40w@{host}/chat?sslmode=verify-full");
        assert_eq!(split(url), [one("db-1:5432"), one("db-2")]);
        assert_eq!(split("postgres://a@h/c?target_session_attrs=read-write"), ["postgres://a@h/c"]);
        assert_eq!(split("postgres:///chat?host=/run/postgresql"), ["postgres:///chat?host=/run/postgresql"]);
    }

    #[tokio::test]
    async fn only_server_is_not_asked() {
        let hosts = Hosts::parse("postgres://chat@127.0.0.1:1/chat", |options| options).unwrap();
        assert_eq!(hosts.find().await.unwrap().get_port(), 1);
    }
}
