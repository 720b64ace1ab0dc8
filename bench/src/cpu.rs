//! How much CPU the processes of the stack use, and this one, from `/proc`: with children in ticks of 10 ms, or of threads that
//! live on in nanoseconds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::run_file::RunFile;

/// `USER_HZ` is 100 on every architecture that this project runs on.
const TICK: Duration = Duration::from_millis(10);
/// The name of the load program's own row.
pub(crate) const OWN: &str = "load";

/// Which processes are looked at: by name, the pids that make it up.
#[derive(Debug, Clone)]
pub(crate) struct Groups(Vec<(&'static str, Vec<i32>)>);

/// CPU time since the start of each group's processes.
pub(crate) type Usage = BTreeMap<&'static str, Duration>;

impl Groups {
    /// Of processes that are not this stack's.
    pub(crate) fn named(groups: Vec<(&'static str, Vec<i32>)>) -> Self {
        Self(groups)
    }

    pub(crate) fn of(run: &RunFile) -> Self {
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        Self(vec![
            ("gateways", run.ws_gateway.pids.clone()),
            ("nats", run.nats.pids.clone()),
            ("persistence", run.persistence.pids.clone()),
            ("postgres", run.postgres.pids.clone()),
            ("api", run.api.pids.clone()),
            ("presence", run.presence.pids.clone()),
            (OWN, vec![own]),
        ])
    }

    /// Reads all of it now. Blocks for a moment.
    pub(crate) fn read(&self) -> Usage {
        let all = all_processes();
        let ticks_of = |pids: &[i32]| pids.iter().map(|pid| tree_ticks(&all, *pid)).sum::<u32>();
        self.0.iter().map(|(name, pids)| (*name, TICK * ticks_of(pids))).collect()
    }
}

/// What was used between two readings.
pub(crate) fn difference(before: &Usage, after: &Usage) -> Usage {
    let used = |(name, now): (&&'static str, &Duration)| {
        (*name, now.saturating_sub(before.get(name).copied().unwrap_or_default()))
    };
    after.iter().map(used).collect()
}

/// The CPU time of all living threads of these processes, without their children, exactly.
pub(crate) fn on_cpu(pids: &[i32]) -> Duration {
    pids.iter().flat_map(|pid| tasks(*pid)).filter_map(|task| scheduled(&task)).sum()
}

/// The CPU time of this program's threads of this name, exactly.
pub(crate) fn on_cpu_of_own(thread: &str) -> Duration {
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let is_named = |task: &PathBuf| fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == thread);
    tasks(own).into_iter().filter(is_named).filter_map(|task| scheduled(&task)).sum()
}

fn tasks(pid: i32) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    entries.flatten().map(|entry| entry.path()).collect()
}

/// The first number of a thread's `schedstat`: nanoseconds on a CPU.
fn scheduled(task: &Path) -> Option<Duration> {
    let text = fs::read_to_string(task.join("schedstat")).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: i32,
    own_ticks: u32,
    /// Of children that have ended: Postgres' backends come and go.
    ended_ticks: u32,
}

impl Stat {
    /// The second field is the program's name in parentheses and may hold anything, so counting starts behind its end.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<u32>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own_ticks: ticks(11)? + ticks(12)?,
            ended_ticks: ticks(13)? + ticks(14)?,
        })
    }
}

fn all_processes() -> BTreeMap<i32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, Stat::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?))).collect()
}

fn tree_ticks(all: &BTreeMap<i32, Stat>, root: i32) -> u32 {
    let Some(stat) = all.get(&root) else { return 0 };
    let children = all.iter().filter(|(_, child)| child.parent == root);
    stat.own_ticks + stat.ended_ticks + children.map(|(pid, _)| tree_ticks(all, *pid)).sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_name_with_parentheses_is_read() {
        let stat = Stat::parse("7 (a) b (c)) S 3 7 7 0 -1 4 1 2 3 4 50 6 70 8 20 0 1 0 4242 1 1").unwrap();
        assert_eq!(stat, Stat { parent: 3, own_ticks: 56, ended_ticks: 78 });
    }

    #[test]
    fn a_group_is_its_processes_with_their_children() {
        let stat = |parent, own_ticks, ended_ticks| Stat { parent, own_ticks, ended_ticks };
        let all =
            BTreeMap::from([(1, stat(0, 1, 0)), (2, stat(1, 10, 100)), (3, stat(2, 1000, 0)), (4, stat(1, 7, 0))]);
        assert_eq!(tree_ticks(&all, 2), 1110);
        assert_eq!(tree_ticks(&all, 9), 0);
    }

    #[test]
    fn own_process_is_found() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(all_processes().contains_key(&own));
        assert!(on_cpu(&[own]) > Duration::ZERO);
        assert_eq!(on_cpu_of_own("nobody's"), Duration::ZERO);
    }
}
