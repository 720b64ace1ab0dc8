//! The settings of attachments, checked before a public port opens.

use std::path::PathBuf;
use std::time::Duration;

use chat_protocol::limits;
use chat_runtime::secret::Secret;
use clap::{Args, value_parser};

/// Where attachments are kept, and how much is too much.
#[derive(Debug, Clone, Args)]
pub struct AttachmentSection {
    /// The folder that attachments are kept in, shared by all apis; not used with a bucket
    #[arg(long, env = "ATTACHMENTS_DIR", default_value = ".data/attachments")]
    pub attachments_dir: PathBuf,
    /// The S3 bucket that attachments are kept in [default: none, a folder]
    #[arg(long, env = "ATTACHMENTS_S3_BUCKET",
          requires_all = ["attachments_s3_access_key", "attachments_s3_secret_key"])]
    pub attachments_s3_bucket: Option<String>,
    /// The address of the S3 service [default: Amazon's of the region]
    #[arg(long, env = "ATTACHMENTS_S3_ENDPOINT")]
    pub attachments_s3_endpoint: Option<String>,
    /// The address at which clients reach the S3 service, for signed URLs [default: the same]
    #[arg(long, env = "ATTACHMENTS_S3_PUBLIC_ENDPOINT")]
    pub attachments_s3_public_endpoint: Option<String>,
    /// The region of the bucket
    #[arg(long, env = "ATTACHMENTS_S3_REGION", default_value = "us-east-1")]
    pub attachments_s3_region: String,
    /// The access key of the bucket
    #[arg(long, env = "ATTACHMENTS_S3_ACCESS_KEY", hide_env_values = true)]
    pub attachments_s3_access_key: Option<Secret>,
    /// The secret key of the bucket
    #[arg(long, env = "ATTACHMENTS_S3_SECRET_KEY", hide_env_values = true)]
    pub attachments_s3_secret_key: Option<Secret>,
    /// Whether the bucket stands in the path of URLs, not in their host
    #[arg(long, env = "ATTACHMENTS_S3_PATH_STYLE", default_value_t = true, action = clap::ArgAction::Set)]
    pub attachments_s3_path_style: bool,
    /// Whether the S3 service may be spoken to without TLS
    #[arg(long, env = "ATTACHMENTS_S3_ALLOW_HTTP", default_value_t = false, action = clap::ArgAction::Set)]
    pub attachments_s3_allow_http: bool,
    /// For how many seconds a signed URL is good to which downloads are sent; 0: downloads go through the api
    #[arg(long, env = "ATTACHMENTS_S3_REDIRECT_SECS", default_value_t = 0, value_parser = value_parser!(u64).range(0..=60))]
    pub attachments_s3_redirect_secs: u64,
    /// How long one call of the folder or the S3 service may take, in milliseconds
    #[arg(long, env = "ATTACHMENTS_TIMEOUT_MS", default_value_t = 10_000, value_parser = value_parser!(u64).range(100..=60_000))]
    pub attachments_timeout_ms: u64,
    /// The largest attachment, in bytes
    #[arg(long, env = "MAX_ATTACHMENT_BYTES", default_value_t = limits::MAX_ATTACHMENT_BYTES,
          value_parser = value_parser!(u64).range(1..=5 * 1024 * 1024 * 1024))]
    pub max_attachment_bytes: u64,
    /// How many attachments may be on their way in or out of one api
    #[arg(long, env = "MAX_TRANSFERS", default_value_t = 256, value_parser = value_parser!(u32).range(1..))]
    pub max_transfers: u32,
    /// An attachment that was not sent after so many hours is removed
    #[arg(long, env = "ATTACHMENT_ORPHAN_HOURS", default_value_t = 24, value_parser = value_parser!(u64).range(2..=8760))]
    pub attachment_orphan_hours: u64,
    /// How often what is to be removed is looked for, in milliseconds
    #[arg(long, env = "ATTACHMENT_SWEEP_MS", default_value_t = 60_000, value_parser = value_parser!(u64).range(100..))]
    pub attachment_sweep_ms: u64,
}

impl AttachmentSection {
    /// How long one call of the store may take.
    #[must_use]
    pub const fn timeout(&self) -> Duration {
        Duration::from_millis(self.attachments_timeout_ms)
    }

    /// How long an attachment is kept that was not sent.
    #[must_use]
    pub const fn orphan_life(&self) -> Duration {
        Duration::from_hours(self.attachment_orphan_hours)
    }

    /// How often what is to be removed is looked for.
    #[must_use]
    pub const fn sweep_interval(&self) -> Duration {
        Duration::from_millis(self.attachment_sweep_ms)
    }

    /// How long a signed URL is good to which downloads are sent, if they are.
    #[must_use]
    pub fn redirect(&self) -> Option<Duration> {
        Some(Duration::from_secs(self.attachments_s3_redirect_secs)).filter(|life| !life.is_zero())
    }
}
