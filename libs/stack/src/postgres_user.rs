//! As whom Postgres runs: it refuses root, so there it gets another user, best in a user namespace, where its files stay root's.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{User, geteuid};

/// Users that a namespace can map root to: `initdb` insists on a name in the password file.
const NAMES: [&str; 3] = ["postgres", "daemon", "nobody"];

/// The user for Postgres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresUser {
    /// The supervisor's own, which is not root.
    Own,
    /// Root outside, this user inside a user namespace.
    Namespace {
        /// The uid inside.
        uid: u32,
    },
    /// A real user, who owns the files.
    Other {
        /// Its uid.
        uid: u32,
        /// Its group.
        gid: u32,
    },
}

impl PostgresUser {
    /// The first way that works for files under `dir`, which exists.
    pub fn choose(dir: &Path) -> Result<Self> {
        if !geteuid().is_root() {
            return Ok(Self::Own);
        }
        let user = |name: &str| User::from_name(name).ok().flatten();
        let namespace = NAMES.iter().find_map(|name| user(name)).map(|user| Self::Namespace { uid: user.uid.as_raw() });
        let other = user("postgres").map(|user| Self::Other { uid: user.uid.as_raw(), gid: user.gid.as_raw() });
        for way in [namespace, other].into_iter().flatten() {
            if way.can_use(dir)? {
                return Ok(way);
            }
        }
        bail!(
            "Postgres refuses to run as root, and neither a user namespace nor the user `postgres` can work in {}: \
             set DATA_DIR to a directory below which others may enter (for example DATA_DIR=/var/tmp/workconnect), or run as an ordinary user",
            dir.display()
        )
    }

    /// The commands before the program; each executes its last arguments and so keeps the pid.
    pub fn wrapper(&self) -> Vec<String> {
        match self {
            Self::Own => Vec::new(),
            Self::Namespace { uid } => {
                vec!["unshare".into(), "--user".into(), format!("--map-user={uid}"), "--".into()]
            }
            Self::Other { uid, gid } => {
                vec![
                    "setpriv".into(),
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".into(),
                    "--".into(),
                ]
            }
        }
    }

    /// Makes a file or directory that user's.
    pub fn give(&self, path: &Path) -> Result<()> {
        match self {
            Self::Own | Self::Namespace { .. } => Ok(()),
            Self::Other { uid, gid } => {
                chown(path, Some(*uid), Some(*gid)).with_context(|| format!("cannot chown {}", path.display()))
            }
        }
    }

    /// Makes a whole directory that user's, if it was made under another of these users.
    pub fn take_over(&self, dir: &Path) -> Result<()> {
        let (uid, gid) = match self {
            Self::Own => return Ok(()),
            Self::Namespace { .. } => (0, 0),
            Self::Other { uid, gid } => (*uid, *gid),
        };
        let owner = fs::metadata(dir).with_context(|| format!("cannot read {}", dir.display()))?.uid();
        if owner == uid {
            return Ok(());
        }
        let status = Command::new("chown").arg("-R").arg(format!("{uid}:{gid}")).arg(dir).status();
        ensure!(status.is_ok_and(|status| status.success()), "cannot chown {}", dir.display());
        Ok(())
    }

    /// Tries it: a directory made and given away there can be written to.
    fn can_use(&self, dir: &Path) -> Result<bool> {
        let trial = dir.join(format!("trial-{}", std::process::id()));
        fs::create_dir_all(&trial).with_context(|| format!("cannot create {}", trial.display()))?;
        self.give(&trial)?;
        let mut wrapper = self.wrapper().into_iter();
        let first = wrapper.next().unwrap_or_else(|| "test".into());
        let mut command = Command::new(first);
        command
            .args(wrapper)
            .args(["test", "-w"])
            .arg(&trial)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let works = command.status().is_ok_and(|status| status.success());
        fs::remove_dir(&trial).with_context(|| format!("cannot remove {}", trial.display()))?;
        Ok(works)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_never_runs_as_root() {
        let dir = tempfile::tempdir_in("/var/tmp").unwrap();
        fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let user = PostgresUser::choose(dir.path()).unwrap();
        assert_eq!(user == PostgresUser::Own, !geteuid().is_root());
    }
}
