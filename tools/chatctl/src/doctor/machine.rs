//! The machine that this runs on: file descriptors and room on disks.

use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::statvfs;

use super::{Doctor, Findings, State};

const AREA: &str = "machine";
/// What a gateway with its default `MAX_SOCKETS` needs, and some.
const DESCRIPTORS: u64 = 110_000;
/// How much of a disk should be free.
const FREE_PERCENT: u64 = 10;

pub(super) fn check(doctor: &Doctor, findings: &mut Findings) {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        findings.expect(
            hard >= DESCRIPTORS,
            State::Degraded,
            (AREA, "descriptors"),
            format!("{soft}, at most {hard}"),
            "A gateway holds a descriptor for each socket: LimitNOFILE=200000 in its unit, or `ulimit -n`",
        );
    }
    let mut places: Vec<PathBuf> = vec![PathBuf::from("/")];
    if doctor.attachments.attachments_s3_bucket.is_none() {
        places.push(doctor.attachments.attachments_dir.clone());
    }
    for place in places {
        check_disk(&place, findings);
    }
}

fn check_disk(place: &Path, findings: &mut Findings) {
    let Ok(disk) = statvfs(place) else { return };
    let (free, all) = (disk.blocks_available(), disk.blocks().max(1));
    let percent = free.saturating_mul(100) / all;
    let free_mb = free.saturating_mul(disk.fragment_size()) >> 20;
    let name = format!("disk {}", place.display());
    findings.expect(
        percent >= FREE_PERCENT,
        State::Degraded,
        (AREA, &name),
        format!("{percent} % free, {free_mb} MB"),
        "Make room: a database on a full disk stops, and comes back only when there is some",
    );
}
