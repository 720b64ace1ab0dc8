//! What the kernel says of this process: its memory, and how much of it there may be.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::lifecycle::Readiness;

/// Measures the process.
#[derive(Debug, Clone)]
pub(super) struct ProcessMeter {
    readiness: Readiness,
    memory_limit: Option<u64>,
}

impl ProcessMeter {
    /// Notes the start of the process. The limit of its memory is this, or what its control group has.
    pub(super) fn start(readiness: Readiness, memory_limit: Option<u64>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        metrics::gauge!("chat_process_start_timestamp_seconds").set(now.as_secs_f64());
        let meter = Self { readiness, memory_limit: memory_limit.or_else(limit_of_control_group) };
        meter.measure();
        meter
    }

    /// Measures once.
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    pub(super) fn measure(&self) {
        metrics::gauge!("chat_ready").set(if self.readiness.is_ready() { 1.0 } else { 0.0 });
        if let Some(bytes) = fs::read_to_string("/proc/self/status").ok().and_then(|status| memory_in_ram(&status)) {
            metrics::gauge!("chat_process_memory_bytes").set(bytes as f64);
        }
        if let Some(limit) = self.memory_limit {
            metrics::gauge!("chat_process_memory_limit_bytes").set(limit as f64);
        }
    }
}

fn memory_in_ram(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// The least of the limits on the way from the root to the own group; within a container the root is the container's.
fn limit_of_control_group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/")).unwrap_or_default();
    let root = Path::new("/sys/fs/cgroup");
    let way = root.join(own);
    let limits = way.ancestors().take_while(|dir| dir.starts_with(root)).filter_map(limit_in);
    limits.min()
}

fn limit_in(group: &Path) -> Option<u64> {
    fs::read_to_string(group.join("memory.max")).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_what_the_kernel_says() {
        assert_eq!(memory_in_ram("Name:\tx\nVmPeak:\t 9 kB\nVmRSS:\t    2048 kB\n"), Some(2_097_152));
        assert_eq!(memory_in_ram("Name:\tx\n"), None);
    }

    #[test]
    fn group_without_a_limit_has_none() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(limit_in(dir.path()), None);
        fs::write(dir.path().join("memory.max"), "max\n").unwrap();
        assert_eq!(limit_in(dir.path()), None);
        fs::write(dir.path().join("memory.max"), "1073741824\n").unwrap();
        assert_eq!(limit_in(dir.path()), Some(1 << 30));
    }
}
