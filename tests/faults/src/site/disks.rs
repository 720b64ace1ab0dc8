//! Disks of their own for the servers: file systems in files. A power cut is a copy of such a file, taken of a killed server without a
//! sync: what the file system had not written to its device is gone, and its journal is replayed at the next mount.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use parking_lot::Mutex;

use super::command::{run, run_words};

/// Who has one, with its place in the stack's directory and its size in MB.
const DISKS: [(&str, &str, u32); 5] = [
    ("nats-1", "nats-1", 512),
    ("nats-2", "nats-2", 512),
    ("nats-3", "nats-3", 512),
    ("postgres", "postgres", 768),
    ("postgres-standby", "postgres-standby", 768),
];
/// What takes all the room.
const FILLER: &str = "filler";

/// The disks of one run.
#[derive(Debug, Default)]
pub struct Disks {
    disks: Mutex<BTreeMap<String, Disk>>,
}

#[derive(Debug)]
struct Disk {
    image: PathBuf,
    place: PathBuf,
}

/// What a power cut took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// How many files are not what they were for the server that was killed.
    pub differing_files: usize,
}

impl Disks {
    /// Makes them under the stack's directory, with what lies there already.
    pub fn make(&self, data_dir: &Path) -> Result<()> {
        let mut disks = self.disks.lock();
        for (process, place, size) in DISKS {
            let image = data_dir.join(format!("{process}.disk"));
            disks.insert(process.to_owned(), Disk::make(image, data_dir.join(place), size)?);
        }
        Ok(())
    }

    /// No room is left on a server's disk.
    pub fn fill(&self, process: &str) -> Result<()> {
        self.with(process, |disk| {
            let (filler, free) = (disk.place.join(FILLER), disk.free_bytes()?);
            // The rest goes to whoever writes in the meantime.
            run_words(&[
                "fallocate",
                "--length",
                &free.saturating_sub(1 << 20).to_string(),
                &filler.to_string_lossy(),
            ])?;
            let rest = format!("of={}", disk.place.join("filler.rest").display());
            // Ends with an error when the disk is full, as is wanted.
            let _ = run_words(&["dd", "if=/dev/zero", &rest, "bs=4k", "count=1024", "conv=fsync"]);
            Ok(())
        })
    }

    /// Room again.
    pub fn make_room(&self) -> Result<()> {
        for disk in self.disks.lock().values() {
            for file in [FILLER, "filler.rest"] {
                match fs::remove_file(disk.place.join(file)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error).context("the filler cannot be removed");
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// The power fails: the copies of all of these disks are taken before anything else is done. The servers have been killed.
    pub fn cut(&self, processes: &[&str]) -> Result<Cut> {
        let mut disks = self.disks.lock();
        let mut cut = Cut { differing_files: 0 };
        for process in processes {
            disks.get(*process).with_context(|| format!("{process} has no disk"))?.copy()?;
        }
        for process in processes {
            let disk = disks.get_mut(*process).with_context(|| format!("{process} has no disk"))?;
            cut.differing_files += disk.come_back()?;
        }
        Ok(cut)
    }

    /// Unmounts them all.
    pub fn take_out(&self) {
        for disk in std::mem::take(&mut *self.disks.lock()).values() {
            // Whatever stays goes with this process' mount namespace.
            let _ = disk.unmount();
        }
    }

    fn with<T>(&self, process: &str, use_it: impl FnOnce(&Disk) -> Result<T>) -> Result<T> {
        use_it(self.disks.lock().get(process).with_context(|| format!("{process} has no disk"))?)
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        self.take_out();
    }
}

impl Disk {
    /// Nothing of it is kept for root, who Postgres is outside of its namespace.
    fn make(image: PathBuf, place: PathBuf, megabytes: u32) -> Result<Self> {
        let disk = Self { image, place };
        let (image, place) = (disk.image.display(), disk.place.display());
        let draft = disk.image.with_extension("draft");
        run(&format!("truncate --size={megabytes}M {image}"))?;
        run(&format!("mkfs.ext4 -q -m 0 {image}"))?;
        run(&format!("mkdir -p {place} {}", draft.display()))?;
        disk.mount_at(&draft)?;
        run(&format!("cp -a {place}/. {}", draft.display()))?;
        run(&format!("umount {}", draft.display()))?;
        disk.mount_at(&disk.place)?;
        Ok(disk)
    }

    fn mount_at(&self, place: &Path) -> Result<()> {
        run(&format!("mount -o loop {} {}", self.image.display(), place.display())).map(drop)
    }

    /// Lazily: a descriptor that somebody still holds keeps nobody waiting.
    fn unmount(&self) -> Result<()> {
        run(&format!("umount --lazy {}", self.place.display())).map(drop)
    }

    fn copy(&self) -> Result<()> {
        let (image, cut) = (self.image.display(), self.after_cut());
        run(&format!("cp --sparse=always {image} {}", cut.display())).map(drop)
    }

    /// Puts the copy in the disk's place; how many files differ from what they had been without the cut.
    fn come_back(&mut self) -> Result<usize> {
        let (cut, draft) = (self.after_cut(), self.image.with_extension("after"));
        fs::create_dir_all(&draft).context("no place to compare at")?;
        let after = Self { image: cut.clone(), place: draft };
        after.mount_at(&after.place)?;
        let compare = format!("diff -rq {} {} | wc -l", self.place.display(), after.place.display());
        let differing = run_words(&["sh", "-c", &compare]);
        run(&format!("umount {}", after.place.display()))?;
        self.unmount()?;
        fs::remove_file(&self.image).context("the old disk cannot be removed")?;
        self.image = cut;
        self.mount_at(&self.place)?;
        differing?.trim().parse().context("nothing was compared")
    }

    fn after_cut(&self) -> PathBuf {
        let mut name = self.image.as_os_str().to_owned();
        name.push(".cut");
        PathBuf::from(name)
    }

    fn free_bytes(&self) -> Result<u64> {
        let text = run(&format!("df --output=avail --block-size=1 {}", self.place.display()))?;
        text.lines().nth(1).and_then(|line| line.trim().parse().ok()).context("df says nothing")
    }
}
