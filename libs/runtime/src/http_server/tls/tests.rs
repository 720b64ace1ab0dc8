//! TLS on a port, over real sockets: renewal, and clients that never finish their handshake.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as ClientStream;

use super::*;
use crate::http_server::{HttpLimits, serve};

const PATIENCE: Duration = Duration::from_secs(30);

struct Port {
    files: TempDir,
    address: SocketAddr,
    stop: CancellationToken,
}

impl Port {
    async fn open(max_connections: usize) -> (Self, RootCertStore) {
        crate::install_crypto();
        let files = tempfile::tempdir().unwrap();
        let roots = renew(&files);
        let section = TlsSection {
            tls_cert_file: Some(files.path().join("cert.pem")),
            tls_key_file: Some(files.path().join("key.pem")),
            tls_client_ca_file: None,
        };
        let tls = section.open(&["http/1.1"]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let limits = HttpLimits { max_connections, tls, ..HttpLimits::default() };
        let router = Router::new().route("/", get(async || "sealed"));
        tokio::spawn(serve(listener, router, limits, stop.clone()));
        (Self { files, address, stop }, roots)
    }

    async fn connect(&self, roots: &RootCertStore) -> io::Result<ClientStream<TcpStream>> {
        let config = ClientConfig::builder().with_root_certificates(roots.clone()).with_no_client_auth();
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        timeout(PATIENCE, TlsConnector::from(Arc::new(config)).connect(name, stream)).await?
    }

    /// Connects as soon as the port has a certificate of these.
    async fn await_certificate(&self, roots: &RootCertStore) -> ClientStream<TcpStream> {
        let connecting = async {
            loop {
                if let Ok(stream) = self.connect(roots).await {
                    return stream;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, connecting).await.unwrap()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A new certificate in the files; trusts it.
fn renew(files: &TempDir) -> RootCertStore {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(files.path().join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(files.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    roots
}

#[tokio::test]
async fn renewed_certificate_is_shown_without_a_restart_and_a_broken_one_is_not() {
    let (port, first) = Port::open(10).await;
    let mut old = port.connect(&first).await.unwrap();
    std::fs::write(port.files.path().join("cert.pem"), "no certificate").unwrap();
    sleep(LOOK_INTERVAL * 2).await;
    port.connect(&first).await.expect("the port goes on with what it had");
    let second = renew(&port.files);
    port.await_certificate(&second).await;
    assert!(port.connect(&first).await.is_err());
    old.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    old.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("sealed"), "{answer}");
}

#[tokio::test]
async fn handshake_has_a_place_under_the_cap_and_an_end() {
    let (port, roots) = Port::open(1).await;
    let mut silent = TcpStream::connect(port.address).await.unwrap();
    assert!(port.connect(&roots).await.is_err(), "the one place is taken");
    let mut rest = Vec::new();
    timeout(HANDSHAKE_TIMEOUT * 4, silent.read_to_end(&mut rest)).await.expect("a silent client is let go").unwrap();
    port.await_certificate(&roots).await;
}

#[test]
fn certificate_that_cannot_be_used_is_named() {
    let section = TlsSection {
        tls_cert_file: Some("nowhere.pem".into()),
        tls_key_file: Some("x".into()),
        ..TlsSection::default()
    };
    let error = section.open(&[]).unwrap_err();
    assert!(format!("{error:#}").contains("nowhere.pem"), "{error:#}");
    assert!(TlsSection::default().open(&[]).unwrap().is_none());
}
