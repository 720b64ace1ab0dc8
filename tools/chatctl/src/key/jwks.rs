//! The keys that an issuer publishes.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::Value;

use crate::output::Format;

/// How long the issuer may take.
const LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(crate) struct Jwks {
    /// Where those who sign tokens publish their keys
    #[arg(long, env = "JWT_JWKS_URL")]
    jwt_jwks_url: String,
}

impl Jwks {
    pub(super) async fn run(&self, output: Format) -> anyhow::Result<()> {
        output.rows(&fetch(&self.jwt_jwks_url).await?, &["kid", "kty", "alg", "use", "crv"])
    }
}

/// The published keys; an answer without any is a failure.
pub(crate) async fn fetch(url: &str) -> anyhow::Result<Vec<Value>> {
    let client = reqwest::Client::builder().timeout(LIMIT).build()?;
    let answer = client.get(url).send().await.context("no answer")?.error_for_status()?;
    let document: Value = answer.json().await.context("the answer is no JSON")?;
    match document.get("keys").and_then(Value::as_array) {
        Some(keys) if !keys.is_empty() => Ok(keys.clone()),
        _ => bail!("there are no keys in the answer"),
    }
}
