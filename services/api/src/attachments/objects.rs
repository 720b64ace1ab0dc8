//! The objects of attachments, in a folder or in an S3 bucket. Every call has a limit, every object a name made of an id
//! alone, and what a store gives back is never longer or shorter than what was asked for.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use bytes::Bytes;
use chat_protocol::ids::AttachmentId;
use chat_protocol::rest::is_web_url;
use chat_runtime::secret::Secret;
use futures_util::TryFutureExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer as _};
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig};

use super::settings::AttachmentSection;
use super::sniff::UNKNOWN;

/// A part of an upload to S3: no smaller one is taken but the last.
const S3_PART_BYTES: usize = 5 * 1024 * 1024;
/// A part of a file.
const FILE_PART_BYTES: usize = 1024 * 1024;
/// How many parts of a file one upload may have left half written, when its process died several times over.
const MAX_DRAFTS: u32 = 3;
/// How long the store may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How many times as long as other calls a copy may take.
const COPY_FACTOR: u32 = 6;
/// How often a call is repeated within its limit, and after what time at first.
const MAX_RETRIES: usize = 2;
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// Why an object could not be had or kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectError {
    /// The store says so.
    #[error("object store: {0}")]
    Store(#[from] object_store::Error),
    /// It says nothing.
    #[error("the object store does not answer")]
    Timeout,
    /// It keeps something else than it was given.
    #[error("the object store has {found} bytes in place of {expected}")]
    WrongSize { found: u64, expected: u64 },
    /// It keeps something else than it was given.
    #[error("the object store has other bytes than it was given")]
    WrongBytes,
    /// There are no signed URLs without S3.
    #[error("this store signs no URLs")]
    NoSigner,
}

impl ObjectError {
    /// Whether there simply is no such object.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Store(object_store::Error::NotFound { .. }))
    }
}

/// The objects of one attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// What is served.
    Content,
    /// The small picture of it.
    Thumbnail,
    /// What a signed URL brought, before it is looked at.
    Upload,
}

impl Part {
    const ALL: [Self; 3] = [Self::Content, Self::Thumbnail, Self::Upload];

    /// The object's name: an id, and nothing that came from a client.
    pub(crate) fn key(self, id: AttachmentId) -> Path {
        match self {
            Self::Content => Path::from(id.to_string()),
            Self::Thumbnail => Path::from(format!("{id}.thumbnail")),
            Self::Upload => Path::from(format!("{id}.upload")),
        }
    }
}

/// The store.
#[derive(Debug)]
pub(crate) struct Objects {
    pub(super) store: Arc<dyn ObjectStore>,
    signer: Option<AmazonS3>,
    folder: Option<PathBuf>,
    timeout: Duration,
    pub(super) part_bytes: usize,
}

impl Objects {
    /// Opens the store of the settings. A folder is made; a bucket is not asked whether it is there.
    pub(crate) fn open(settings: &AttachmentSection) -> anyhow::Result<Self> {
        let timeout = settings.timeout();
        if settings.attachments_s3_bucket.is_some() {
            check_endpoints(settings)?;
            let store = s3(settings, settings.attachments_s3_endpoint.as_deref()).context("ATTACHMENTS_S3_*")?;
            let public = settings.attachments_s3_public_endpoint.as_deref();
            let signer = s3(settings, public.or(settings.attachments_s3_endpoint.as_deref()));
            let signer = Some(signer.context("ATTACHMENTS_S3_PUBLIC_ENDPOINT")?);
            return Ok(Self { store: Arc::new(store), signer, folder: None, timeout, part_bytes: S3_PART_BYTES });
        }
        let dir = &settings.attachments_dir;
        let context = || format!("ATTACHMENTS_DIR: cannot use {}", dir.display());
        std::fs::create_dir_all(dir).with_context(context)?;
        let store = LocalFileSystem::new_with_prefix(dir).with_context(context)?.with_fsync(true);
        let folder = Some(dir.canonicalize().with_context(context)?);
        Ok(Self { store: Arc::new(store), signer: None, folder, timeout, part_bytes: FILE_PART_BYTES })
    }

    /// Whether clients can be sent to the store itself.
    pub(crate) fn signs_urls(&self) -> bool {
        self.signer.is_some()
    }

    /// Waits for one call, but not for ever.
    pub(super) async fn within<T>(
        &self,
        call: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, ObjectError> {
        match tokio::time::timeout(self.timeout, call).await {
            Ok(done) => done.map_err(ObjectError::Store),
            Err(_) => Err(ObjectError::Timeout),
        }
    }

    /// How long an object is.
    pub(crate) async fn size(&self, key: &Path) -> Result<u64, ObjectError> {
        Ok(self.within(self.store.head(key)).await?.size)
    }

    /// Makes sure that an object is as long as what was given.
    pub(crate) async fn check_size(&self, key: &Path, expected: u64) -> Result<(), ObjectError> {
        let found = self.size(key).await?;
        if found == expected { Ok(()) } else { Err(ObjectError::WrongSize { found, expected }) }
    }

    /// A stretch of an object: all of it or an error.
    pub(crate) async fn read(&self, key: &Path, range: Range<u64>) -> Result<Bytes, ObjectError> {
        let expected = range.end - range.start;
        if expected == 0 {
            return Ok(Bytes::new());
        }
        let bytes = self.within(self.store.get_range(key, range)).await?;
        let found = bytes.len() as u64;
        if found == expected { Ok(bytes) } else { Err(ObjectError::WrongSize { found, expected }) }
    }

    /// Keeps a small object.
    pub(crate) async fn put(&self, key: &Path, bytes: Bytes) -> Result<(), ObjectError> {
        let size = bytes.len() as u64;
        self.within(self.store.put(key, PutPayload::from(bytes))).await?;
        self.check_size(key, size).await
    }

    /// Copies an object within the store, which takes longer the larger it is.
    pub(crate) async fn copy(&self, from: &Path, to: &Path) -> Result<(), ObjectError> {
        match tokio::time::timeout(self.timeout * COPY_FACTOR, self.store.copy(from, to)).await {
            Ok(copied) => copied.map_err(ObjectError::Store),
            Err(_) => Err(ObjectError::Timeout),
        }
    }

    /// Removes an object; none is as good as removed.
    pub(crate) async fn remove(&self, key: &Path) -> Result<(), ObjectError> {
        match self.within(self.store.delete(key)).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Removes everything that there may be of an attachment.
    pub(crate) async fn remove_all(&self, id: AttachmentId) -> Result<(), ObjectError> {
        for part in Part::ALL {
            let key = part.key(id);
            self.remove(&key).await?;
            self.remove_drafts(&key).await?;
        }
        Ok(())
    }

    /// In a folder, a process that died leaves a file half written, beside the one that it would have become.
    async fn remove_drafts(&self, key: &Path) -> Result<(), ObjectError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for number in 1..=MAX_DRAFTS {
            let draft = folder.join(format!("{key}#{number}"));
            let removed = tokio::fs::remove_file(draft).or_else(async |error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(object_store::Error::Generic { store: "folder", source: error.into() }),
            });
            self.within(removed).await?;
        }
        Ok(())
    }

    /// A URL that brings an object. Its type is that of anything.
    pub(crate) async fn sign_upload(&self, key: &Path, life: Duration) -> Result<String, ObjectError> {
        let options = SignedUrlOptions::default().with_signed_header(CONTENT_TYPE, HeaderValue::from_static(UNKNOWN));
        self.sign(Method::PUT, key, life, &options).await
    }

    /// A URL that gives an object away, with these headers whatever the store knows of it.
    pub(crate) async fn sign_download(
        &self,
        key: &Path,
        life: Duration,
        content_type: &str,
        disposition: &str,
    ) -> Result<String, ObjectError> {
        let headers = [("response-content-type", content_type), ("response-content-disposition", disposition)];
        self.sign(Method::GET, key, life, &SignedUrlOptions::default().with_query(headers)).await
    }

    async fn sign(
        &self,
        method: Method,
        key: &Path,
        life: Duration,
        options: &SignedUrlOptions,
    ) -> Result<String, ObjectError> {
        let signer = self.signer.as_ref().ok_or(ObjectError::NoSigner)?;
        let url = self.within(signer.signed_url_opts(method, key, life, options)).await?;
        Ok(url.to_string())
    }
}

/// An address that could never be reached is noticed now.
fn check_endpoints(settings: &AttachmentSection) -> anyhow::Result<()> {
    let endpoints = [
        ("ATTACHMENTS_S3_ENDPOINT", &settings.attachments_s3_endpoint),
        ("ATTACHMENTS_S3_PUBLIC_ENDPOINT", &settings.attachments_s3_public_endpoint),
    ];
    for (variable, endpoint) in endpoints {
        let Some(endpoint) = endpoint else { continue };
        anyhow::ensure!(is_web_url(endpoint), "{variable}: {endpoint} is no http or https address");
        let is_tls = endpoint.to_ascii_lowercase().starts_with("https://");
        anyhow::ensure!(
            is_tls || settings.attachments_s3_allow_http,
            "{variable}: http needs ATTACHMENTS_S3_ALLOW_HTTP=true"
        );
    }
    Ok(())
}

/// The bucket, at one of its addresses.
fn s3(settings: &AttachmentSection, endpoint: Option<&str>) -> object_store::Result<AmazonS3> {
    let timeout = settings.timeout();
    let secret = |secret: &Option<Secret>| secret.as_ref().map(Secret::expose).unwrap_or_default().to_owned();
    let options = ClientOptions::new()
        .with_timeout(timeout * COPY_FACTOR)
        .with_connect_timeout(CONNECT_TIMEOUT.min(timeout))
        .with_allow_http(settings.attachments_s3_allow_http);
    let retries = RetryConfig {
        backoff: BackoffConfig { init_backoff: FIRST_BACKOFF, max_backoff: timeout, ..BackoffConfig::default() },
        max_retries: MAX_RETRIES,
        retry_timeout: timeout,
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(settings.attachments_s3_bucket.clone().unwrap_or_default())
        .with_region(&settings.attachments_s3_region)
        .with_access_key_id(secret(&settings.attachments_s3_access_key))
        .with_secret_access_key(secret(&settings.attachments_s3_secret_key))
        .with_virtual_hosted_style_request(!settings.attachments_s3_path_style)
        .with_disable_bulk_delete(true)
        .with_client_options(options)
        .with_retry(retries);
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Settings {
        #[command(flatten)]
        attachments: AttachmentSection,
    }

    fn open(args: &[&str]) -> Result<Objects, String> {
        chat_runtime::install_crypto();
        let settings = Settings::try_parse_from(["api"].iter().chain(args)).map_err(|error| error.to_string())?;
        Objects::open(&settings.attachments).map_err(|error| format!("{error:#}"))
    }

    const BUCKET: [&str; 6] = [
        "--attachments-s3-bucket=b",
        "--attachments-s3-access-key=a",
        "--attachments-s3-secret-key=canary",
        "--attachments-s3-endpoint=https://s3.example.com",
        "--attachments-s3-redirect-secs=60",
        "--attachments-s3-path-style=false",
    ];

    #[test]
    fn bucket_needs_its_keys_and_an_address_that_may_be_used() {
        assert!(open(&BUCKET).unwrap().signs_urls());
        assert!(open(&BUCKET[..1]).unwrap_err().contains("ATTACHMENTS_S3_ACCESS_KEY"));
        for (wrong, variable) in [
            ("--attachments-s3-public-endpoint=http://s3.example.com", "ATTACHMENTS_S3_ALLOW_HTTP"),
            ("--attachments-s3-public-endpoint=s3.example.com", "ATTACHMENTS_S3_PUBLIC_ENDPOINT"),
            ("--attachments-s3-redirect-secs=61", "ATTACHMENTS_S3_REDIRECT_SECS"),
        ] {
            let args: Vec<_> =
                BUCKET.iter().filter(|arg| !wrong.starts_with(&arg[..20])).copied().chain([wrong]).collect();
            let error = open(&args).unwrap_err();
            assert!(error.contains(variable) && !error.contains("canary"), "{error}");
        }
        let folder = open(&["--attachments-dir=/dev/null/x"]).unwrap_err();
        assert!(folder.contains("ATTACHMENTS_DIR"), "{folder}");
    }

    #[test]
    fn objects_are_named_by_ids_alone() {
        let id = AttachmentId::generate();
        for part in Part::ALL {
            let key = part.key(id).to_string();
            assert!(key.starts_with(&id.to_string()), "{key}");
            assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')), "{key}");
        }
    }
}
