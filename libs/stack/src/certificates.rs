//! A throw-away certificate authority, made anew at each start with `TLS=on`: with it everything speaks TLS as it would in production.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

use crate::secrets;

/// What servers are called here.
const SERVER_NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// A server of a cluster is a client of the others.
const SERVER_PURPOSES: [ExtendedKeyUsagePurpose; 2] =
    [ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];

/// How much of TLS there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TlsMode {
    /// None.
    #[default]
    Off,
    /// NATS and Postgres want certificates of both sides; the public ports show theirs.
    On,
    /// The public ports want one of their clients too.
    Mutual,
}

/// Certificates and keys, files of one directory.
#[derive(Debug, Clone)]
pub struct Certificates {
    dir: PathBuf,
}

impl Certificates {
    /// The certificate of all servers.
    pub const SERVER: &str = "server";
    /// The certificate of whoever uses the system from outside.
    pub const CLIENT: &str = "client";

    /// A new authority in this directory, and certificates that it signed: the servers', and one for each of these clients.
    pub fn make(dir: &Path, clients: &[&str]) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let made = Self { dir: fs::canonicalize(dir).context("the directory has just been made")? };
        let key = KeyPair::generate()?;
        let params = authority()?;
        fs::write(made.authority(), params.self_signed(&key)?.pem()).context("cannot write the authority")?;
        let issuer = Issuer::new(params, key);
        let names = SERVER_NAMES.map(str::to_owned).to_vec();
        made.sign(&issuer, Self::SERVER, &leaf(Self::SERVER, names, SERVER_PURPOSES.to_vec())?)?;
        for client in clients {
            made.sign(&issuer, client, &leaf(client, Vec::new(), vec![ExtendedKeyUsagePurpose::ClientAuth])?)?;
        }
        Ok(made)
    }

    fn sign(&self, issuer: &Issuer<'_, KeyPair>, name: &str, params: &CertificateParams) -> Result<()> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, issuer)?;
        fs::write(self.certificate(name), certificate.pem()).context("cannot write a certificate")?;
        secrets::write_private(&self.key(name), key.serialize_pem().as_bytes())
    }

    /// The certificate of the authority.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// Somebody's certificate.
    #[must_use]
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.pem"))
    }

    /// The key of somebody's certificate.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.key"))
    }

    /// What a URL of Postgres says about them.
    pub(crate) fn postgres_parameters(&self, client: &str) -> String {
        let (authority, certificate, key) = (self.authority(), self.certificate(client), self.key(client));
        format!(
            "sslmode=verify-full&sslrootcert={}&sslcert={}&sslkey={}",
            authority.display(),
            certificate.display(),
            key.display()
        )
    }

    /// What a service is told about NATS.
    pub(crate) fn nats_environment(&self, client: &str) -> [(&'static str, String); 3] {
        [
            ("NATS_TLS_CA_FILE", self.authority()),
            ("NATS_TLS_CERT_FILE", self.certificate(client)),
            ("NATS_TLS_KEY_FILE", self.key(client)),
        ]
        .map(|(name, path)| (name, path.display().to_string()))
    }

    /// What a service is told about its public port.
    pub(crate) fn public_environment(&self, mode: TlsMode) -> Vec<(&'static str, String)> {
        let own = [("TLS_CERT_FILE", self.certificate(Self::SERVER)), ("TLS_KEY_FILE", self.key(Self::SERVER))];
        let clients = (mode == TlsMode::Mutual).then(|| ("TLS_CLIENT_CA_FILE", self.authority()));
        own.into_iter().chain(clients).map(|(name, path)| (name, path.display().to_string())).collect()
    }

    /// What the server of NATS is told.
    pub(crate) fn nats_configuration(&self) -> String {
        let files = [
            ("cert_file", self.certificate(Self::SERVER)),
            ("key_file", self.key(Self::SERVER)),
            ("ca_file", self.authority()),
        ];
        let lines = files.map(|(name, path)| format!("  {name}: \"{}\"\n", path.display()));
        format!("\ntls {{\n{}  verify: true\n  min_version: \"1.2\"\n  timeout: 5\n}}\n", lines.concat())
    }
}

fn authority() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, "WorkConnect Chat, thrown away");
    Ok(params)
}

fn leaf(name: &str, names: Vec<String>, purposes: Vec<ExtendedKeyUsagePurpose>) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = purposes;
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
