//! Where the servers' programs are: what the operator named, PATH, the usual places of distributions, the copy in `.tools/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The oldest Postgres that serves.
const POSTGRES_MAJOR: u32 = 15;
/// The oldest NATS server that serves.
const NATS_VERSION: (u32, u32, u32) = (2, 14, 3);

/// The programs of one Postgres installation.
#[derive(Debug, Clone)]
pub struct PostgresPrograms {
    bin_dir: PathBuf,
    /// The major version.
    pub major: u32,
}

impl PostgresPrograms {
    /// The named directory's, else the newest of those found; with `major`, of that version (its data directory reads no other).
    pub fn find(named: Option<&Path>, major: Option<u32>) -> Result<Self> {
        let candidates = named.map_or_else(postgres_dirs, |dir| vec![dir.to_owned()]);
        let usable = candidates
            .into_iter()
            .filter_map(Self::in_dir)
            .filter(|found| major.is_none_or(|major| found.major == major));
        let wanted = major
            .map_or_else(|| format!("{POSTGRES_MAJOR} or newer"), |major| format!("{major} (the data directory's)"));
        usable
            .max_by_key(|found| found.major)
            .with_context(|| format!("no PostgreSQL {wanted} found: install it, or set POSTGRES_BIN_DIR"))
    }

    /// One program's path.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }

    fn in_dir(bin_dir: PathBuf) -> Option<Self> {
        let complete = ["initdb", "pg_isready", "postgres"].iter().all(|name| bin_dir.join(name).is_file());
        let version = complete.then(|| version_of(&bin_dir.join("postgres")))??;
        (version.0 >= POSTGRES_MAJOR).then_some(Self { bin_dir, major: version.0 })
    }
}

fn postgres_dirs() -> Vec<PathBuf> {
    let packaged =
        fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let configured = Command::new("pg_config").arg("--bindir").output().ok();
    let configured =
        configured.and_then(|output| String::from_utf8(output.stdout).ok()).map(|dir| PathBuf::from(dir.trim()));
    search_path().into_iter().chain(configured).chain(packaged).collect()
}

/// A NATS server new enough: the named one, the one in PATH, or the one in a `.tools` directory above `start`.
pub fn find_nats_server(named: Option<&Path>, starts: &[PathBuf]) -> Result<PathBuf> {
    let in_path = search_path().into_iter().map(|dir| dir.join("nats-server"));
    let in_tools = starts.iter().flat_map(|start| start.ancestors()).map(|dir| dir.join(".tools/nats-server"));
    let candidates: Vec<PathBuf> =
        named.map_or_else(|| in_path.chain(in_tools).collect(), |file| vec![file.to_owned()]);
    let found = candidates
        .into_iter()
        .filter(|file| file.is_file())
        .find(|file| version_of(file).is_some_and(|version| version >= NATS_VERSION));
    let (major, minor, patch) = NATS_VERSION;
    match found {
        Some(file) => Ok(file),
        None => bail!(
            "no nats-server {major}.{minor}.{patch} or newer found: `scripts/install-nats-server` brings one, or set NATS_SERVER"
        ),
    }
}

fn search_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

fn version_of(program: &Path) -> Option<(u32, u32, u32)> {
    let output = Command::new(program).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// The first word of digits and dots, with or without a `v`: `nats-server: v2.15.1`, `postgres (PostgreSQL) 15.18 (Debian …)`, `17beta1`.
fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let word = text
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let number = word.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    Some((parts.next()?, parts.next().unwrap_or(0), parts.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_programs_print_them() {
        assert_eq!(parse_version("nats-server: v2.15.1\n"), Some((2, 15, 1)));
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some((15, 18, 0)));
        assert_eq!(parse_version("postgres (PostgreSQL) 19beta1"), Some((19, 0, 0)));
        assert_eq!(parse_version("nonsense"), None);
    }
}
