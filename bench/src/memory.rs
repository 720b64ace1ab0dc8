//! What the gateways hold, from `/proc`: memory of processes, of the kernel for sockets, open files, threads.

use std::fs;

use anyhow::{Context as _, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::Serialize;

use crate::figures::float;

/// Files that a process needs besides its sockets.
const OTHER_FILES: u64 = 200;
/// What `/proc` counts memory of sockets in.
const PAGE_BYTES: u64 = 4096;

/// What was held at a moment, of all processes together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Held {
    pub(crate) rss_bytes: u64,
    pub(crate) anonymous_bytes: u64,
    pub(crate) slab_bytes: u64,
    pub(crate) socket_buffer_bytes: u64,
    pub(crate) files: u64,
    pub(crate) threads: u64,
}

impl Held {
    /// Now.
    pub(crate) fn by(pids: &[i32]) -> Self {
        let mut held = Self {
            slab_bytes: kilobytes(&read("/proc/meminfo"), "Slab:"),
            socket_buffer_bytes: buffer_pages(&read("/proc/net/sockstat")) * PAGE_BYTES,
            ..Self::default()
        };
        for pid in pids {
            let memory = read(&format!("/proc/{pid}/smaps_rollup"));
            held.rss_bytes += kilobytes(&memory, "Rss:");
            held.anonymous_bytes += kilobytes(&memory, "Anonymous:");
            held.files += entries(&format!("/proc/{pid}/fd"));
            held.threads += entries(&format!("/proc/{pid}/task"));
        }
        held
    }
}

/// Raises the limit of this program as far as it goes, and says so if it, or that of one of the others, is too low.
pub(crate) fn ensure_files(sockets: u64, pids: &[i32]) -> anyhow::Result<()> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < hard {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    let need = sockets + OTHER_FILES;
    ensure!(need <= hard, "{sockets} sockets need {need} open files; this program may have {hard} (ulimit -Hn)");
    let gateways = u64::try_from(pids.len().max(1))?;
    for pid in pids {
        let limits = read(&format!("/proc/{pid}/limits"));
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no limit of files")?;
        let most = line.split_whitespace().next().and_then(|most| most.parse().ok()).unwrap_or(u64::MAX);
        let need = sockets.div_ceil(gateways) + OTHER_FILES;
        ensure!(
            need <= most,
            "a gateway may open {most} files and needs {need}: start the stack with `ulimit -n {need}`"
        );
    }
    Ok(())
}

/// By how much something grows a minute, from samples of seconds and bytes: the straight line that fits best.
pub(crate) fn slope_per_minute(samples: &[(f64, u64)]) -> f64 {
    let count = float(u64::try_from(samples.len()).unwrap_or_default()).max(1.0);
    let (mean_x, mean_y) = (
        samples.iter().map(|(x, _)| x).sum::<f64>() / count,
        samples.iter().map(|(_, y)| float(*y)).sum::<f64>() / count,
    );
    let covariance: f64 = samples.iter().map(|(x, y)| (x - mean_x) * (float(*y) - mean_y)).sum();
    let variance: f64 = samples.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if variance > 0.0 { 60.0 * covariance / variance } else { 0.0 }
}

/// What cannot be read counts as empty: then the figure is 0.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn entries(path: &str) -> u64 {
    fs::read_dir(path).map_or(0, |entries| u64::try_from(entries.count()).unwrap_or_default())
}

fn kilobytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() * 1024
}

/// The last number of the line of TCP.
fn buffer_pages(sockstat: &str) -> u64 {
    let line = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"));
    line.and_then(|line| line.split_whitespace().last()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_memory_is_found() {
        let held = Held::by(&[i32::try_from(std::process::id()).unwrap()]);
        assert!(held.rss_bytes > 0 && held.anonymous_bytes > 0 && held.files > 0 && held.threads > 0);
    }

    #[test]
    fn buffers_of_sockets_are_the_last_number() {
        assert_eq!(
            buffer_pages("sockets: used 9\nTCP: inuse 4 orphan 0 tw 6 alloc 5 mem 17\nUDP: inuse 0 mem 2\n"),
            17
        );
    }

    #[test]
    fn slope_is_that_of_the_line() {
        let samples: Vec<_> = (0..10_u32).map(|second| (f64::from(second), 1000 + 5 * u64::from(second))).collect();
        assert!((slope_per_minute(&samples) - 300.0).abs() < 1e-6);
        assert!(slope_per_minute(&[]).abs() < 1e-9 && slope_per_minute(&[(1.0, 5)]).abs() < 1e-9);
    }
}
