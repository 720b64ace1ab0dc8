//! Where the keys of others come from: a PEM file, or a key set that they publish.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use chat_auth::{KeyError, KeySet, MAX_DOCUMENT_BYTES, SignatureAlgorithm, SkippedKey};
use reqwest::{Client, StatusCode, redirect};

use crate::jwks_url::JwksUrl;

/// How long a key set may take to arrive.
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// How often a file is looked at, at the most.
const FILE_INTERVAL: Duration = Duration::from_secs(5);

/// Why there are no keys this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The file.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The connection.
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    /// The answer.
    #[error("the answer is {0}; redirections are not followed")]
    Status(StatusCode),
    /// What was read.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Keys as they were read.
pub(crate) struct Loaded {
    pub(crate) keys: KeySet,
    pub(crate) skipped: Vec<SkippedKey>,
}

/// Where keys come from, and what they were the last time.
pub(crate) struct KeySource {
    place: Place,
    algorithms: Vec<SignatureAlgorithm>,
    /// How often it is read.
    pub(crate) interval: Duration,
    last: Option<Vec<u8>>,
}

enum Place {
    File(PathBuf),
    Url(JwksUrl, Client),
}

impl KeySource {
    pub(crate) fn file(path: PathBuf, algorithms: Vec<SignatureAlgorithm>, interval: Duration) -> Self {
        Self { place: Place::File(path), algorithms, interval: interval.min(FILE_INTERVAL), last: None }
    }

    pub(crate) fn url(url: JwksUrl, algorithms: Vec<SignatureAlgorithm>, interval: Duration) -> anyhow::Result<Self> {
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(FETCH_TIMEOUT);
        let client = client.build().context("JWT_JWKS_URL: no client for it")?;
        Ok(Self { place: Place::Url(url, client), algorithms, interval, last: None })
    }

    /// Whether it must be there when the service starts.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// For log and messages.
    pub(crate) fn describe(&self) -> String {
        match &self.place {
            Place::File(path) => format!("JWT_PUBLIC_KEY_FILE: {}", path.display()),
            Place::Url(url, _) => format!("JWT_JWKS_URL: {url}"),
        }
    }

    /// Says which keys count now.
    pub(crate) fn report(&self, keys: &KeySet) {
        metrics::gauge!("chat_identity_keys").set(u32::try_from(keys.len()).unwrap_or(u32::MAX));
        if keys.is_empty() {
            tracing::error!("{}: there is no key for any of JWT_ALGORITHMS", self.describe());
        } else {
            tracing::info!(keys = ?keys.describe(), "keys of {}", self.describe());
        }
    }

    /// No keys yet, for the same algorithms.
    pub(crate) fn none_yet(&self) -> KeySet {
        KeySet::empty(&self.algorithms)
    }

    /// The keys, if they are others than the last time.
    pub(crate) async fn load(&mut self) -> Result<Option<Loaded>, SourceError> {
        let bytes = match &self.place {
            Place::File(path) => read(path.clone()).await?,
            Place::Url(url, client) => fetch(url, client).await?,
        };
        if self.last.as_ref() == Some(&bytes) {
            return Ok(None);
        }
        let (keys, skipped) = match &self.place {
            Place::File(_) => (KeySet::from_pem(&bytes, &self.algorithms)?, Vec::new()),
            Place::Url(..) => KeySet::from_jwks(&bytes, &self.algorithms)?,
        };
        self.last = Some(bytes);
        Ok(Some(Loaded { keys, skipped }))
    }
}

async fn read(path: PathBuf) -> Result<Vec<u8>, SourceError> {
    let limit = u64::try_from(MAX_DOCUMENT_BYTES).unwrap_or(u64::MAX);
    let reading = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes).map(|_| bytes)
    });
    Ok(reading.await.map_err(std::io::Error::other)??)
}

async fn fetch(url: &JwksUrl, client: &Client) -> Result<Vec<u8>, SourceError> {
    let mut response = client.get(url.url()).send().await.map_err(reqwest::Error::without_url)?;
    if response.status() != StatusCode::OK {
        return Err(SourceError::Status(response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_DOCUMENT_BYTES {
            // Its own check says so.
            break;
        }
    }
    Ok(bytes)
}
