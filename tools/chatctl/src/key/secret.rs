//! Secrets for HS256, as lines for an environment file.

use anyhow::ensure;
use chat_auth::MIN_SECRET_BYTES;
use chat_runtime::secret::Secret;
use clap::Args;
use serde_json::json;

use crate::output::{Format, print};

/// How many random bytes a new secret has; it is written with two digits for each.
const BYTES: usize = 32;

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The secret there is
    #[arg(long, env = "JWT_SECRET", hide_env_values = true)]
    jwt_secret: Secret,
}

pub(super) fn generate(output: Format) -> anyhow::Result<()> {
    let secret = draw();
    match output {
        Format::Json => output.one(&json!({"JWT_SECRET": secret})),
        Format::Table => print(&format!("JWT_SECRET={secret}")),
    }
}

impl Rotate {
    pub(super) fn run(&self, output: Format) -> anyhow::Result<()> {
        let old = self.jwt_secret.expose();
        ensure!(old.len() >= MIN_SECRET_BYTES, "JWT_SECRET: at least {MIN_SECRET_BYTES} bytes are needed");
        let secret = draw();
        match output {
            Format::Json => output.one(&json!({"JWT_SECRET": secret, "JWT_SECRET_PREVIOUS": old}))?,
            Format::Table => print(&format!("JWT_SECRET={secret}\nJWT_SECRET_PREVIOUS={old}"))?,
        }
        eprintln!(
            "First give all apis and gateways the old secret as the previous one of the new; restart them one after the other."
        );
        eprintln!("Remove JWT_SECRET_PREVIOUS when REFRESH_TOKEN_TTL_SECS are over.");
        Ok(())
    }
}

fn draw() -> String {
    use std::fmt::Write as _;

    rand::random::<[u8; BYTES]>().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
