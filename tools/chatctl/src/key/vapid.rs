//! `chatctl key vapid`: the key pair by which push services know this operator.

use anyhow::Context as _;
use chat_auth::VapidKey;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Vapid {
    /// The private key that there is already: only the public one is printed
    #[arg(long, env = "VAPID_PRIVATE_KEY", hide_env_values = true)]
    private_key: Option<chat_runtime::secret::Secret>,
}

impl Vapid {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let key = match &self.private_key {
            Some(text) => VapidKey::parse(text.expose()).context("VAPID_PRIVATE_KEY")?,
            None => VapidKey::of(&rand::random::<[u8; 32]>()).context("a bad draw: try again")?,
        };
        if self.private_key.is_none() {
            println!("VAPID_PRIVATE_KEY={}", key.private());
        }
        eprintln!("The public key, which browsers are given: {}", key.public());
        Ok(())
    }
}
