//! `chatctl token mint`: an access token for anybody.

use std::time::Duration;

use chat_auth::{Bearer, Signer};
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use clap::Args;

use crate::settings::TokenSettings;

#[derive(Debug, Args)]
pub(crate) struct Mint {
    #[command(flatten)]
    tokens: TokenSettings,
    /// Whom it is for; created at first use if never seen
    #[arg(long)]
    user: UserId,
    /// The name to put in; without it a known person keeps theirs
    #[arg(long, default_value = "")]
    name: String,
    /// How long it is good, in seconds
    #[arg(long, default_value_t = Signer::ACCESS_TTL.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    ttl_secs: u64,
}

impl Mint {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let signer = self.tokens.signer(Duration::from_secs(self.ttl_secs))?;
        let bearer =
            Bearer { user_id: self.user, name: self.name, role: PlatformRole::Client, avatar_url: None, family: None };
        println!("{}", signer.access_token(&bearer, chrono::Utc::now(), signer.access_ttl()));
        eprintln!("Good for {} seconds.", self.ttl_secs);
        Ok(())
    }
}
