//! What the supervisor reads from `/proc`: who a process is, whether it still lives, and its descendants.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One process for certain: a pid alone may be used again, a pid with its start time and boot may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// The process id.
    pub pid: i32,
    /// Clock ticks from boot to the start of the process.
    start_ticks: u64,
    /// The kernel's id of this boot.
    boot_id: String,
}

impl ProcessIdentity {
    /// The identity of a process that runs now.
    pub fn of(pid: i32) -> Option<Self> {
        let start_ticks = Stat::read(pid)?.start_ticks;
        Some(Self { pid, start_ticks, boot_id: boot_id() })
    }

    /// Whether this very process still runs (a zombie does not).
    pub fn is_alive(&self) -> bool {
        self.boot_id == boot_id()
            && Stat::read(self.pid).is_some_and(|stat| stat.start_ticks == self.start_ticks && !stat.is_zombie())
    }
}

impl std::fmt::Display for ProcessIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.pid, self.start_ticks, self.boot_id)
    }
}

impl FromStr for ProcessIdentity {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let mut next = || words.next().ok_or_else(|| anyhow::anyhow!("too short"));
        Ok(Self { pid: next()?.parse()?, start_ticks: next()?.parse()?, boot_id: next()?.to_owned() })
    }
}

/// The process and all its descendants, parents first. Empty when it is gone.
pub fn tree(root: i32) -> Vec<i32> {
    let mut children: HashMap<i32, Vec<i32>> = HashMap::new();
    for pid in all_pids() {
        if let Some(stat) = Stat::read(pid) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![root];
    while let Some(pid) = waiting.pop() {
        if Stat::read(pid).is_some_and(|stat| !stat.is_zombie()) {
            found.push(pid);
        }
        waiting.extend(children.remove(&pid).unwrap_or_default());
    }
    found
}

/// Whether the process and all its descendants stand still, every thread of them: a signal halts them a moment after it was
/// sent, and one thread after the other.
pub fn is_halted(root: i32) -> bool {
    let tree = tree(root);
    !tree.is_empty() && tree.into_iter().all(|pid| threads(pid).iter().all(Stat::is_halted))
}

fn threads(pid: i32) -> Vec<Stat> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let stats = entries.flatten().filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats.filter_map(|text| Stat::parse(&text)).collect()
}

/// Processes that run the program `name` with `dir` as their working directory: a Postgres server's own, whoever their parent is.
pub fn running_in(dir: &Path, name: &str) -> Vec<i32> {
    let Ok(dir) = fs::canonicalize(dir) else { return Vec::new() };
    all_pids()
        .into_iter()
        .filter(|pid| link(*pid, "cwd").is_some_and(|cwd| cwd == dir))
        .filter(|pid| link(*pid, "exe").is_some_and(|exe| exe.file_name().is_some_and(|file| file == name)))
        .collect()
}

fn link(pid: i32, name: &str) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/{name}")).ok()
}

fn all_pids() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| "unknown".into(), |id| id.trim().to_owned())
}

struct Stat {
    state: char,
    parent: i32,
    start_ticks: u64,
}

impl Stat {
    fn read(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// The second field is the program's name in parentheses and may hold anything, so counting starts behind its end.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        Some(Self {
            state: fields.first()?.chars().next()?,
            parent: fields.get(1)?.parse().ok()?,
            start_ticks: fields.get(19)?.parse().ok()?,
        })
    }

    fn is_halted(&self) -> bool {
        self.state == 'T' || self.is_zombie()
    }

    fn is_zombie(&self) -> bool {
        matches!(self.state, 'Z' | 'X')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own_pid() -> i32 {
        i32::try_from(std::process::id()).expect("a pid fits")
    }

    #[test]
    fn identity_survives_its_text_form() {
        let identity = ProcessIdentity::of(own_pid()).unwrap();
        assert_eq!(identity.to_string().parse::<ProcessIdentity>().unwrap(), identity);
        assert!(identity.is_alive());
    }

    #[test]
    fn recycled_pid_is_not_alive() {
        let mut identity = ProcessIdentity::of(own_pid()).unwrap();
        identity.start_ticks += 1;
        assert!(!identity.is_alive());
    }

    #[test]
    fn program_name_with_parentheses_is_read() {
        let stat = Stat::parse("7 (a) b (c)) S 3 7 7 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 4242 1 1").unwrap();
        assert_eq!((stat.state, stat.parent, stat.start_ticks), ('S', 3, 4242));
    }

    #[test]
    fn tree_holds_children() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let pid = i32::try_from(child.id()).expect("a pid fits");
        assert!(tree(own_pid()).contains(&pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(tree(pid), Vec::<i32>::new());
    }
}
