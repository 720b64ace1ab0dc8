//! TLS on a public port: its certificate, and whose client certificates count. The files are read again when they change, so that a
//! renewed certificate needs no restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use parking_lot::RwLock;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

/// How long a client may take to agree on keys.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the files are looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// TLS on the public port; without a certificate it speaks plain HTTP, for a proxy in front that ends TLS.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsSection {
    /// Certificate of the public port and those between it and its authority, PEM; with it the port speaks TLS alone
    #[arg(long, env = "TLS_CERT_FILE", requires = "tls_key_file")]
    pub tls_cert_file: Option<PathBuf>,
    /// Key of that certificate, PEM
    #[arg(long, env = "TLS_KEY_FILE", requires = "tls_cert_file")]
    pub tls_key_file: Option<PathBuf>,
    /// Authorities of clients' certificates, PEM; with it nobody is let in without one
    #[arg(long, env = "TLS_CLIENT_CA_FILE", requires = "tls_cert_file")]
    pub tls_client_ca_file: Option<PathBuf>,
}

impl TlsSection {
    /// Reads the files, if there are any; offers these protocols (`h2`, `http/1.1`), the dearest first.
    pub fn open(&self, protocols: &[&str]) -> anyhow::Result<Option<Tls>> {
        let (Some(certificate), Some(key)) = (&self.tls_cert_file, &self.tls_key_file) else { return Ok(None) };
        let files =
            Files { certificate: certificate.clone(), key: key.clone(), authorities: self.tls_client_ca_file.clone() };
        let protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Tls::open(files, protocols).map(Some)
    }
}

#[derive(Debug, Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    authorities: Option<PathBuf>,
}

/// What was in the files.
#[derive(Clone, PartialEq, Eq)]
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Option<Vec<u8>>,
}

/// The certificate of a port, as it is now. Clones share it.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    protocols: Vec<Vec<u8>>,
    now: Arc<RwLock<Arc<ServerConfig>>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.files).finish_non_exhaustive()
    }
}

impl Tls {
    fn open(files: Files, protocols: Vec<Vec<u8>>) -> anyhow::Result<Self> {
        let found = files.read()?;
        let config = found.server(&protocols)?;
        found.note_expiry();
        Ok(Self { files, protocols, now: Arc::new(RwLock::new(Arc::new(config))) })
    }

    /// Agrees on keys with a client.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.now.read());
        timeout(HANDSHAKE_TIMEOUT, TlsAcceptor::from(config).accept(stream)).await?
    }

    /// Takes the files in whenever they have changed, until `stop`. What cannot be used changes nothing.
    pub(super) async fn keep_current(self, stop: CancellationToken) {
        let mut known = self.files.read().ok();
        while stop.run_until_cancelled(sleep(LOOK_INTERVAL)).await.is_some() {
            let found = match self.files.read() {
                Ok(found) if known.as_ref() == Some(&found) => continue,
                found => found,
            };
            match found.and_then(|found| Ok((found.server(&self.protocols)?, found))) {
                Ok((config, found)) => {
                    *self.now.write() = Arc::new(config);
                    found.note_expiry();
                    known = Some(found);
                    tracing::info!("the certificate of the public port was taken in anew");
                }
                // Halfway through a renewal certificate and key do not match yet.
                Err(error) => tracing::warn!("the certificate of the public port stays as it was: {error:#}"),
            }
        }
    }
}

impl Files {
    fn read(&self) -> anyhow::Result<Contents> {
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            authorities: self.authorities.as_deref().map(read).transpose()?,
        })
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

impl Contents {
    /// Measures until when the certificate is good.
    fn note_expiry(&self) {
        let chain = certificates(&self.certificate).unwrap_or_default();
        let own = chain.first().and_then(|own| x509_parser::parse_x509_certificate(own).ok());
        if let Some((_, own)) = own {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
            let expiry = own.validity().not_after.timestamp() as f64;
            metrics::gauge!("chat_tls_certificate_expiry_timestamp_seconds").set(expiry);
        }
    }

    /// TLS 1.2 and 1.3, as *rustls* offers them.
    fn server(&self, protocols: &[Vec<u8>]) -> anyhow::Result<ServerConfig> {
        let builder = ServerConfig::builder();
        let builder = match &self.authorities {
            None => builder.with_no_client_auth(),
            Some(authorities) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(authorities).context("TLS_CLIENT_CA_FILE")? {
                    roots.add(authority).context("TLS_CLIENT_CA_FILE")?;
                }
                builder.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build()?)
            }
        };
        let chain = certificates(&self.certificate).context("TLS_CERT_FILE")?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).context("TLS_KEY_FILE")?;
        let mut config = builder.with_single_cert(chain, key).context("TLS_CERT_FILE, TLS_KEY_FILE")?;
        config.alpn_protocols = protocols.to_vec();
        Ok(config)
    }
}

fn certificates(pem: &[u8]) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    anyhow::ensure!(!found.is_empty(), "no certificate in it");
    Ok(found)
}

#[cfg(test)]
mod tests;
