//! Breaks a stack and judges what people saw: `chatcheck campaign`, `chatcheck check FILE`, `chatcheck sum FILE…`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use chatcheck::campaign::{self, Plan};
use chatcheck::{check, history};
use clap::{Parser, Subcommand};

/// Fault campaigns and their judge
#[derive(Debug, Parser)]
#[command(name = "chatcheck", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a campaign in the shape of production; root gets hosts, disks and clocks that can be broken
    Campaign(Plan),
    /// Judges a history that was kept
    Check {
        /// The history, JSON lines
        file: PathBuf,
    },
    /// Adds up the outcomes of campaigns
    Sum {
        /// Outcomes, JSON lines, a run each
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

fn main() -> Result<ExitCode> {
    let kept = match Arguments::parse().command {
        Command::Campaign(plan) => campaign::run(&plan)?,
        Command::Check { file } => judge(&file)?,
        Command::Sum { files } => {
            let outcomes = files.iter().map(|file| campaign::read_outcomes(file)).collect::<Result<Vec<_>>>()?.concat();
            println!("{}", campaign::sum(&outcomes));
            outcomes.iter().all(campaign::RunOutcome::is_kept)
        }
    };
    Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn judge(file: &std::path::Path) -> Result<bool> {
    let verdict = check::check(&history::read(file)?);
    println!("{:#?}", verdict.counts);
    for violation in &verdict.violations {
        println!("{violation}");
    }
    Ok(verdict.violations.is_empty())
}
