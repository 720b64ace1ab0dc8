//! `chatctl doctor`: everything that can be wrong, one after the other, with what is to be done about it.

mod finding;
mod keys;
mod machine;
mod nats;
mod postgres;
mod secrets;
mod services;

use std::path::PathBuf;

use chat_api::config::AttachmentSection;
use chat_persistence::config::StreamSection;
use chat_runtime::config::NatsSection;
use chat_runtime::secret::Secret;
use clap::Args;

pub(crate) use self::finding::{Findings, State};
use crate::outcome::Ended;
use crate::output::Format;

/// Where everything is. What is not named is not looked at, and said so.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Connection string of Postgres
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<Secret>,
    #[command(flatten)]
    nats: NatsSection,
    #[command(flatten)]
    streams: StreamSection,
    #[command(flatten)]
    attachments: AttachmentSection,
    /// The monitoring port of a NATS server, such as `http://127.0.0.1:8222`
    #[arg(long)]
    nats_monitor: Option<String>,
    /// Operations ports of services, such as `http://127.0.0.1:9090`, separated by commas
    #[arg(long, value_delimiter = ',')]
    services: Vec<String>,
    /// The `run.json` of `make run`, which names the operations ports
    #[arg(long)]
    run_file: Option<PathBuf>,
    /// Shared secret that signs tokens
    #[arg(long, env = "JWT_SECRET", hide_env_values = true)]
    jwt_secret: Option<Secret>,
    /// Where those who sign tokens publish their keys
    #[arg(long, env = "JWT_JWKS_URL")]
    jwt_jwks_url: Option<String>,
    /// PEM file with the public keys of those who sign tokens
    #[arg(long, env = "JWT_PUBLIC_KEY_FILE")]
    jwt_public_key_file: Option<PathBuf>,
    /// How many connections all services together may open: the sum of their `DATABASE_POOL`, and two for each worker
    #[arg(long, default_value_t = 40)]
    connections: i64,
    /// Complain of what only production needs: standby, synced streams, three replicas
    #[arg(long)]
    production: bool,
}

impl Doctor {
    pub(crate) async fn run(self, output: Format) -> anyhow::Result<Ended> {
        let mut findings = Findings::default();
        postgres::check(&self, &mut findings).await;
        nats::check(&self, &mut findings).await;
        services::check(&self, &mut findings).await;
        self.check_objects(&mut findings).await;
        keys::check(&self, &mut findings).await;
        secrets::check(&self, &mut findings);
        machine::check(&self, &mut findings);
        findings.print(output)?;
        Ok(findings.ended())
    }

    async fn check_objects(&self, findings: &mut Findings) {
        let place = self.attachments.attachments_s3_bucket.as_ref().map_or_else(
            || format!("the folder {}", self.attachments.attachments_dir.display()),
            |bucket| format!("the bucket {bucket}"),
        );
        match chat_api::probe_attachments(&self.attachments).await {
            Ok(took) => findings.ok("objects", "store", format!("{place}: written, read, removed in {} ms", took.as_millis())),
            Err(error) => findings.failed(
                "objects",
                "store",
                format!("{place}: {error:#}"),
                "Uploads and downloads are 503. Look at ATTACHMENTS_DIR or ATTACHMENTS_S3_*, at the rights of whoever runs the api there, and whether the disk or bucket is full",
            ),
        }
    }
}
