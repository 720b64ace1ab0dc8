//! The load program. It talks to a running stack over real sockets, on this machine alone, and stops by itself.

mod ack;
mod collector;
mod cpu;
mod event_headers;
mod latency;
mod lists;
mod pace;
mod people;
mod report;
mod run_file;
mod search;
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
    /// What the headers of events for consumers outside cost
    EventHeaders(event_headers::EventHeaders),
    /// Take spans over OTLP (protocol buffers over HTTP) and count them, until it is stopped
    Collector(collector::Collector),
    /// How long the lists of somebody with very many conversations take
    Lists(lists::Lists),
    /// How long finding messages takes
    Search(search::Search),
}

/// One thread: the load takes no more than one core from what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // The only fault is that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done = match Arguments::parse().job {
        Job::Ack(job) => job.run().await,
        Job::Collector(job) => job.run().await,
        Job::EventHeaders(job) => job.run(),
        Job::Lists(job) => job.run().await,
        Job::Search(job) => job.run().await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("chat-bench: {error:#}");
        ExitCode::from(2)
    })
}
