//! The system's own programs, run to their end.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Runs a command line of words without blanks; what it printed.
pub fn run(line: &str) -> Result<String> {
    run_words(&line.split_whitespace().collect::<Vec<_>>())
}

/// Runs a command; what it printed.
pub fn run_words(words: &[&str]) -> Result<String> {
    let (program, arguments) = words.split_first().context("no command")?;
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot run {program}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed ({}): {}", words.join(" "), output.status, said.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a command ends well.
pub fn works(line: &str) -> bool {
    run(line).is_ok()
}
