//! The pinned tools of `.tools/python`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// How long a tool may take that is expected to need a tenth of it.
const LIMIT: Duration = Duration::from_mins(8);

/// Runs a tool to its end, in a directory of its own; what it printed, and whether it was content.
pub async fn run(tool: &str, arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let python = repository().join(".tools/python");
    let program = python.join("bin").join(tool);
    assert!(program.exists(), "{} is missing: scripts/install-python-tools brings it", program.display());
    let work = std::env::temp_dir().join(format!("{tool}-{:08x}", rand::random::<u32>()));
    std::fs::create_dir_all(&work).unwrap();
    let mut command = Command::new("python3");
    command.arg(program).args(arguments).current_dir(&work).stdin(Stdio::null()).kill_on_drop(true);
    let paths = [python.as_path(), &here()].map(|path| path.display().to_string()).join(":");
    command.env("PYTHONPATH", paths).env("PYTHONDONTWRITEBYTECODE", "1").envs(environment.iter().copied());
    let output = timeout(LIMIT, command.output()).await.expect("the tool ends in time").unwrap();
    // What it wrote is of no more use.
    let _ = std::fs::remove_dir_all(work);
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), printed)
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the repository").to_owned()
}

/// Where the tools' own settings lie.
pub fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hardening")
}
