//! Files that lie beside an export are uploaded as those who sent them would: the api looks into them, makes thumbnails and keeps them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chat_auth::{Bearer, Signer};
use chat_protocol::ids::AttachmentId;
use chat_protocol::rest::PlatformRole;
use chat_store::Database;
use chat_store::import::staging::{self, WaitingFile};
use clap::Args;
use reqwest::multipart::Form;
use serde::Deserialize;

use crate::progress::Progress;
use crate::settings::TokenSettings;

/// How long a token for one upload is good.
const TOKEN_TTL: Duration = Duration::from_mins(10);
/// How long one upload may take.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(5);
/// How many files are looked up at once.
const BATCH_FILES: u32 = 500;

/// Where files lie, and where they go.
#[derive(Debug, Args)]
pub(super) struct Media {
    /// The folder to which the names of files in the export are relative (Django's `MEDIA_ROOT`). Without it messages come without
    /// their files, and a later call brings none after them
    #[arg(long = "media", requires = "api_url", requires = "jwt_secret")]
    folder: Option<PathBuf>,
    /// Where the api is, to which files are uploaded
    #[arg(long, env = "API_URL")]
    api_url: Option<String>,
    #[command(flatten)]
    tokens: Option<TokenSettings>,
}

#[derive(Deserialize)]
struct Uploaded {
    id: AttachmentId,
}

impl Media {
    /// Uploads what was not uploaded yet. A file that is missing or refused is named; its message comes without it.
    pub(super) async fn bring(&self, database: &Database) -> anyhow::Result<()> {
        let (Some(folder), Some(api), Some(tokens)) = (&self.folder, &self.api_url, &self.tokens) else {
            return Ok(());
        };
        let signer = tokens.signer(TOKEN_TTL)?;
        let client = reqwest::Client::builder().timeout(UPLOAD_TIMEOUT).build()?;
        let uploader = Uploader {
            folder,
            address: format!("{}/api/chat/attachments/", api.trim_end_matches('/')),
            signer,
            client,
        };
        let mut progress = Progress::begin("uploaded", 0);
        let mut after = None;
        loop {
            let files = staging::files_after(database.pool(), after, BATCH_FILES).await?;
            let Some(last) = files.last() else { break };
            after = Some(last.message);
            for file in &files {
                match uploader.upload(file).await {
                    Ok(id) => staging::set_file(database.pool(), file.message, id).await?,
                    Err(error) => eprintln!("{}: {error:#}", file.path),
                }
                progress.advance(1);
            }
        }
        progress.finish();
        Ok(())
    }
}

struct Uploader<'a> {
    folder: &'a Path,
    address: String,
    signer: Signer,
    client: reqwest::Client,
}

impl Uploader<'_> {
    async fn upload(&self, file: &WaitingFile) -> anyhow::Result<AttachmentId> {
        let path = inside(self.folder, &file.path)?;
        let sender = Bearer {
            user_id: file.sender,
            name: String::new(),
            role: PlatformRole::Client,
            avatar_url: None,
            family: None,
        };
        let token = self.signer.access_token(&sender, chrono::Utc::now(), self.signer.access_ttl());
        let form = Form::new().file("file", &path).await.with_context(|| format!("cannot read {}", path.display()))?;
        let answer = self.client.post(&self.address).bearer_auth(token).multipart(form).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "refused with {status}");
        Ok(answer.json::<Uploaded>().await?.id)
    }
}

/// The file in the folder. No name of an export leads out of it.
fn inside(folder: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let folder = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    let path = folder.join(name).canonicalize().context("there is no such file")?;
    ensure!(path.starts_with(&folder), "not in the folder");
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_lead_out_of_the_folder() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        assert!(inside(&here, "main.rs").is_ok());
        for outside in ["../Cargo.toml", "/etc/passwd", "nowhere.png"] {
            assert!(inside(&here, outside).is_err(), "{outside}");
        }
    }
}
