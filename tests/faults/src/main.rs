//! Judges a history that was kept: `chatcheck FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use chatcheck::{check, history};
use clap::Parser;

/// Judges the history of a fault test
#[derive(Debug, Parser)]
#[command(name = "chatcheck", version)]
struct Arguments {
    /// The history, JSON lines
    file: PathBuf,
}

fn main() -> Result<ExitCode> {
    let verdict = check::check(&history::read(&Arguments::parse().file)?);
    println!("{:#?}", verdict.counts);
    for violation in &verdict.violations {
        println!("{violation}");
    }
    Ok(if verdict.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
