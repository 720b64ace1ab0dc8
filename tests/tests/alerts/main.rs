//! Alerts: each fires when its condition is caused on a real stack that a real Prometheus watches, promtool agrees with the rules, and each
//! has a runbook.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod certificate;
mod documented;
mod fired;
mod links;
mod prometheus;
mod reference;
mod stretched;

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// What `scripts/install-prometheus` makes sure of.
fn program(name: &str) -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&paths).map(|dir| dir.join(name)).find(|program| program.is_file());
    installed.unwrap_or_else(|| root().join(".tools/prometheus").join(name))
}
