//! Makes the kernel forget what it has read of a database: then the next read comes from the disk. What the database itself keeps
//! (`shared_buffers`) stays, which is small beside what is read here.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};

/// Forgets all files of the database that these processes serve: they work in its directory.
pub(super) fn forget(pids: &[i32]) -> anyhow::Result<()> {
    for pid in pids {
        let data: PathBuf = fs::read_link(format!("/proc/{pid}/cwd")).context("where the database lies is not told")?;
        forget_below(&data.join("base"))?;
    }
    Ok(())
}

fn forget_below(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            forget_below(&entry.path())?;
        } else {
            // Files come and go while the database works.
            let Ok(file) = File::open(entry.path()) else { continue };
            posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        }
    }
    Ok(())
}
