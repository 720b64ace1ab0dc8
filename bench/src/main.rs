//! The load program. It talks to a running stack over real sockets, on this machine alone, and stops by itself.

mod ack;
mod cpu;
mod latency;
mod pace;
mod people;
mod report;
mod run_file;
mod socket;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures a running chat
#[derive(Debug, Parser)]
#[command(name = "chat-bench", version)]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// How long a message takes to its acknowledgement and to the other participants
    Ack(ack::Ack),
}

/// One thread: the load takes no more than one core from what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Job::Ack(job) = Arguments::parse().job;
    job.run().await.unwrap_or_else(|error| {
        eprintln!("chat-bench: {error:#}");
        ExitCode::from(2)
    })
}
