//! What a killed run left behind: the lock that says whether a run lives, and the processes named in its pid files.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cluster::Cluster;
use crate::proc_fs::{self, ProcessIdentity};
use crate::process::signal_tree;
use crate::watcher::Report;

/// How long a leftover may take to stop when asked.
const GRACE: Duration = Duration::from_secs(5);

/// Makes the data directory this process' own for as long as the file is open, and says who has it otherwise.
pub fn lock(data_dir: &Path) -> Result<File> {
    fs::create_dir_all(data_dir.join("pid")).with_context(|| format!("cannot create {}", data_dir.display()))?;
    let path = data_dir.join("lock");
    let context = || format!("cannot lock {}", path.display());
    let mut file = match create_locked(&path).with_context(context)? {
        Some(file) => file,
        None => lock_existing(&path, data_dir)?,
    };
    file.set_len(0)?;
    file.write_all(std::process::id().to_string().as_bytes())?;
    Ok(file)
}

/// The file appears with its lock: whoever sweeps never finds one that its owner has yet to lock. None if there is one.
fn create_locked(path: &Path) -> io::Result<Option<File>> {
    let fresh = path.with_extension(format!("{}-{:08x}", std::process::id(), rand::random::<u32>()));
    let file = OpenOptions::new().create_new(true).read(true).write(true).open(&fresh)?;
    file.try_lock()?;
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Ok(()) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

fn lock_existing(path: &Path, data_dir: &Path) -> Result<File> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    let mut file = opened.with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only for the message.
            let _ = file.read_to_string(&mut holder);
            bail!(
                "it runs already: process {} uses {}; choose another directory with DATA_DIR",
                holder.trim(),
                data_dir.display()
            );
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Stops what an earlier run in this (locked) directory left running: services, then NATS, then Postgres.
pub fn stop(data_dir: &Path, report: &Report) -> Result<()> {
    let mut left = read_pid_files(data_dir);
    left.sort_by_key(|(name, _)| match name.split('-').next() {
        Some("postgres") => 2,
        Some("nats") => 1,
        _ => 0,
    });
    for (name, identity) in &left {
        report(&format!("{name}: left over from a killed run, stopping it (pid {})", identity.pid));
        stop_one(name, identity)?;
    }
    for cluster in [Cluster::of(data_dir), Cluster::standby_of(data_dir)] {
        for pid in proc_fs::running_in(&cluster.data(), "postgres") {
            signal_tree(pid, Signal::SIGKILL)?;
        }
    }
    for entry in fs::read_dir(data_dir.join("pid"))? {
        fs::remove_file(entry?.path())?;
    }
    Ok(())
}

/// Removes the directories in `parent` whose stack no longer lives, after stopping what is left of it.
pub fn sweep(parent: &Path, report: &Report) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let dir = entry.path();
        if !dir.join("lock").is_file() {
            continue;
        }
        // One that is locked lives; one that cannot be cleaned is tried again at the next start.
        if let Ok(lock) = lock(&dir) {
            let _ = stop(&dir, report).and_then(|()| Ok(fs::remove_dir_all(&dir)?));
            drop(lock);
        }
    }
}

fn read_pid_files(data_dir: &Path) -> Vec<(String, ProcessIdentity)> {
    let entries = fs::read_dir(data_dir.join("pid")).into_iter().flatten().flatten();
    let parsed = entries.filter_map(|entry| {
        let identity: ProcessIdentity = fs::read_to_string(entry.path()).ok()?.parse().ok()?;
        Some((entry.file_name().to_str()?.to_owned(), identity))
    });
    parsed.filter(|(_, identity)| identity.is_alive()).collect()
}

fn stop_one(name: &str, identity: &ProcessIdentity) -> Result<()> {
    let signal = if name.starts_with("postgres") { Signal::SIGINT } else { Signal::SIGTERM };
    // It may end at any moment; what counts is looked at below.
    let _ = kill(Pid::from_raw(identity.pid), signal);
    signal_tree(identity.pid, Signal::SIGCONT)?;
    if ends_within(identity, GRACE) {
        return Ok(());
    }
    signal_tree(identity.pid, Signal::SIGKILL)?;
    if ends_within(identity, GRACE) {
        return Ok(());
    }
    bail!("{name} of a killed run (pid {}) cannot be stopped", identity.pid)
}

fn ends_within(identity: &ProcessIdentity, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while identity.is_alive() {
        if Instant::now() > deadline {
            return false;
        }
        sleep(Duration::from_millis(20));
    }
    true
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn directory_that_is_being_made_is_not_swept() {
        let parent = tempfile::tempdir().unwrap();
        let is_over = AtomicBool::new(false);
        let report: Report = Arc::new(|_| ());
        let locked: Result<Vec<File>> = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    sweep(parent.path(), &report);
                }
            });
            let locked = (0..500).map(|number| lock(&parent.path().join(number.to_string()))).collect();
            is_over.store(true, Ordering::Relaxed);
            locked
        });
        let locked = locked.expect("nobody else takes a lock");
        let left = fs::read_dir(parent.path()).unwrap().count();
        assert_eq!((locked.len(), left), (500, 500), "none is removed under its owner");
    }
}
