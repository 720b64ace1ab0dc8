//! What stands in a token. It is never printed itself.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use chat_auth::{MIN_SECRET_BYTES, Rules, Secrets, Verifier};
use chat_runtime::secret::Secret;
use clap::Args;
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The token; `-` or none reads it from the standard input, where no list of processes shows it
    token: Option<Secret>,
    /// Shared secret that signs tokens (HS256): with it, it is checked whether the token counts
    #[arg(long, env = "JWT_SECRET", hide_env_values = true)]
    jwt_secret: Option<Secret>,
    /// The secret before it
    #[arg(long, env = "JWT_SECRET_PREVIOUS", hide_env_values = true)]
    jwt_secret_previous: Option<Secret>,
}

impl Inspect {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let token = match &self.token {
            Some(token) if token.expose() != "-" => token.expose().to_owned(),
            _ => read()?,
        };
        let [header, claims] = decode(token.trim())?;
        let verdict = self.judge(token.trim());
        let shown = json!({"header": header, "claims": claims, "verdict": verdict});
        crate::output::print(&serde_json::to_string_pretty(&shown)?)
    }

    fn judge(&self, token: &str) -> String {
        let Some(secret) = &self.jwt_secret else { return "not checked: no JWT_SECRET".to_owned() };
        if secret.expose().len() < MIN_SECRET_BYTES {
            return format!("not checked: JWT_SECRET has less than {MIN_SECRET_BYTES} bytes");
        }
        let previous = self.jwt_secret_previous.as_ref().map(|secret| secret.expose().as_bytes());
        let secrets = Secrets::with_previous(secret.expose().as_bytes(), previous);
        match Verifier::hs256(secrets, Rules::default()).verify(token, chrono::Utc::now()) {
            Ok(_) => "counts".to_owned(),
            Err(error) => format!("does not count: {error}"),
        }
    }
}

fn read() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text).context("the standard input")?;
    Ok(text)
}

fn decode(token: &str) -> anyhow::Result<[Value; 2]> {
    let mut parts = token.split('.');
    let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        bail!("a token has three parts")
    };
    Ok([part(header)?, part(claims)?])
}

fn part(text: &str) -> anyhow::Result<Value> {
    use base64::Engine as _;

    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).context("a part is no base64url")?;
    serde_json::from_slice(&bytes).context("a part is no JSON")
}
