//! Clocks that jump: libfaketime in front of the services and of Postgres, told by a file for each of them. NATS is a static program
//! and keeps the machine's clock; so do the clocks that only measure spans.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::PROCESSES;

/// Where Debian puts it, for each architecture.
const PLACES: [&str; 2] =
    ["/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"];

/// The library.
#[derive(Debug, Clone)]
pub struct Faketime(PathBuf);

impl Faketime {
    /// Where Debian's package puts it.
    #[must_use]
    pub fn find() -> Option<Self> {
        PLACES.into_iter().map(PathBuf::from).find(|path| path.is_file()).map(Self)
    }
}

/// The clocks of one run.
#[derive(Debug)]
pub struct Clocks {
    library: Faketime,
    dir: PathBuf,
}

impl Clocks {
    /// All right, told by files in this directory.
    pub fn make(library: Faketime, dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let clocks = Self { library, dir: dir.to_owned() };
        clocks.set_all_right()?;
        Ok(clocks)
    }

    /// What puts a clock in front of a program.
    #[must_use]
    pub fn wrapper(&self, process: &str) -> Vec<String> {
        if process.starts_with("nats") {
            return Vec::new();
        }
        vec![
            "env".to_owned(),
            format!("LD_PRELOAD={}", self.library.0.display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", self.dir.join(process).display()),
            "FAKETIME_CACHE_DURATION=1".to_owned(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
            "FAKETIME_DONT_RESET=1".to_owned(),
        ]
    }

    /// A clock goes wrong by so many seconds from now on; it is noticed within one.
    pub fn jump(&self, process: &str, seconds: i64) -> Result<()> {
        let (path, draft) = (self.dir.join(process), self.dir.join(format!("{process}.new")));
        fs::write(&draft, format!("{seconds:+}\n")).context("a clock cannot be set")?;
        fs::rename(&draft, &path).context("a clock cannot be set")
    }

    /// All clocks are right again.
    pub fn set_all_right(&self) -> Result<()> {
        PROCESSES.into_iter().try_for_each(|process| self.jump(process, 0))
    }
}
