//! Secrets that are made once and kept in the data directory, readable by its owner alone.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, Result};

/// The secret of that name, made from 32 random bytes (64 hex digits) when there is none yet.
pub fn load_or_create(data_dir: &Path, name: &str) -> Result<String> {
    let dir = data_dir.join("secrets");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&dir)
        .with_context(|| format!("cannot create {}", dir.display()))?;
    let path = dir.join(name);
    if let Ok(secret) = fs::read_to_string(&path)
        && secret.len() == 64
    {
        return Ok(secret);
    }
    let secret = random_hex();
    write_private(&path, secret.as_bytes())?;
    Ok(secret)
}

/// Writes a file that only its owner may read; appears whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let context = || format!("cannot write {}", path.display());
    let draft = path.with_extension("new");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft).with_context(context)?;
    file.write_all(bytes).with_context(context)?;
    file.sync_all().with_context(context)?;
    fs::rename(&draft, path).with_context(context)
}

/// 32 random bytes as 64 hex digits.
pub fn random_hex() -> String {
    let words: [u64; 4] = rand::random();
    let [a, b, c, d] = words;
    format!("{a:016x}{b:016x}{c:016x}{d:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secret_is_made_once_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let first = load_or_create(dir.path(), "jwt").unwrap();
        assert_eq!(load_or_create(dir.path(), "jwt").unwrap(), first);
        assert_ne!(load_or_create(dir.path(), "other").unwrap(), first);
        let mode = fs::metadata(dir.path().join("secrets/jwt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
