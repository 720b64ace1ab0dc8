//! When a process counts as ready: asked from outside, as its clients would.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::certificates::Certificates;

/// The longest that one question may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);

/// The question to ask.
#[derive(Debug, Clone)]
pub enum Readiness {
    /// `pg_isready` for this address: it tells a server that recovers from one that serves.
    Postgres {
        /// The program.
        pg_isready: PathBuf,
        /// The server's host.
        host: String,
        /// The server's port.
        port: u16,
    },
    /// A NATS server greets with `INFO` on this port.
    Nats {
        /// The server's host.
        host: String,
        /// The server's port.
        port: u16,
    },
    /// `GET` of this URL answers 200.
    Http {
        /// The whole URL.
        url: String,
    },
}

impl Readiness {
    /// Asks once.
    pub async fn probe(&self) -> Result<()> {
        let answer = async {
            match self {
                Self::Postgres { pg_isready, host, port } => probe_postgres(pg_isready, host, *port).await,
                Self::Nats { host, port } => probe_nats(host, *port).await,
                Self::Http { url } => probe_http(url).await,
            }
        };
        timeout(PROBE_LIMIT, answer).await.context("no answer in time")?
    }
}

async fn probe_postgres(pg_isready: &PathBuf, host: &str, port: u16) -> Result<()> {
    let mut command = tokio::process::Command::new(pg_isready);
    command.args(["--quiet", "--timeout=1", "--host", host, "--port"]).arg(port.to_string()).kill_on_drop(true);
    let status = command.status().await.context("cannot run pg_isready")?;
    match status.code() {
        Some(0) => Ok(()),
        Some(1) => bail!("it is starting up"),
        _ => bail!("it does not answer"),
    }
}

async fn probe_nats(host: &str, port: u16) -> Result<()> {
    let mut stream = TcpStream::connect((host, port)).await?;
    let mut greeting = [0_u8; 5];
    stream.read_exact(&mut greeting).await?;
    ensure!(&greeting == b"INFO ", "it does not greet like a NATS server");
    Ok(())
}

async fn probe_http(url: &str) -> Result<()> {
    let response = http_client().get(url).send().await.map_err(reqwest::Error::without_url)?;
    let status = response.status();
    if status.is_success() {
        return Ok(());
    }
    let body = response.text().await.unwrap_or_default();
    bail!("readyz says {status} {}", body.lines().next().unwrap_or_default().chars().take(200).collect::<String>())
}

/// A client of the public ports; with certificates one who knows them and has one.
pub(crate) fn public_client(certificates: Option<&Certificates>) -> Result<reqwest::Client> {
    let Some(certificates) = certificates else { return Ok(http_client().clone()) };
    let read = |path: PathBuf| std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()));
    let authority = reqwest::Certificate::from_pem(&read(certificates.authority())?)?;
    let client = Certificates::CLIENT;
    let identity = [read(certificates.certificate(client))?, read(certificates.key(client))?].concat();
    let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(15));
    let builder = builder.tls_certs_only([authority]).identity(reqwest::Identity::from_pem(&identity)?);
    builder.build().context("no HTTP client with these certificates")
}

/// The one HTTP client; no pool, because a killed server's connection must not be used again.
pub(crate) fn http_client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // Already installed by the program is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).timeout(Duration::from_secs(15));
        builder.build().expect("a client without certificates of its own can be built")
    })
}
