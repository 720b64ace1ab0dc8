//! The children's log files: `<data dir>/log/<name>.log`, begun anew at each start of the stack.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// How many last lines of a log an error shows.
const TAIL_LINES: usize = 20;

/// Where one child's output goes.
#[derive(Debug, Clone)]
pub struct LogFile {
    path: PathBuf,
}

impl LogFile {
    /// An empty log of that name.
    pub fn create(data_dir: &Path, name: &str) -> Result<Self> {
        let dir = data_dir.join("log");
        fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let path = dir.join(format!("{name}.log"));
        File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path })
    }

    /// The file for a child to write to, at its end.
    pub fn append(&self) -> Result<File> {
        let opened = OpenOptions::new().create(true).append(true).open(&self.path);
        opened.with_context(|| format!("cannot open {}", self.path.display()))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The last lines, indented, under the path, to end an error message with.
    pub fn tail(&self) -> String {
        let bytes = fs::read(&self.path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let last = &lines[lines.len().saturating_sub(TAIL_LINES)..];
        if last.is_empty() {
            return format!("{} is empty", self.path.display());
        }
        let shown: Vec<String> = last.iter().map(|line| format!("    {line}")).collect();
        format!("the end of {}:\n{}", self.path.display(), shown.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn tail_shows_the_last_twenty_lines() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogFile::create(dir.path(), "x").unwrap();
        let mut file = log.append().unwrap();
        for n in 1..=30 {
            writeln!(file, "line {n}").unwrap();
        }
        let tail = log.tail();
        assert!(!tail.contains("line 10\n") && tail.contains("line 11\n") && tail.ends_with("line 30"), "{tail}");
    }
}
