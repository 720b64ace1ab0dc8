//! The load program. It talks to a running stack over real sockets, on this machine alone, and stops by itself.

mod ack;
mod churn;
mod collector;
mod cpu;
mod crowd;
mod database;
mod echo;
mod event_headers;
mod fanout;
mod figures;
mod floor;
mod floor_insert;
mod floor_publish;
mod frames;
mod idle;
mod latency;
mod lists;
mod many;
mod memory;
mod opening;
mod pace;
mod people;
mod reads;
mod receivers;
mod reconnect;
mod report;
mod run_file;
mod search;
mod socket;
mod source;
mod span;
mod suite;

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
    /// Whether memory stays where it is while sockets come and go
    Churn(churn::Churn),
    /// Say back what comes: for the Autobahn suite
    Echo(echo::Echo),
    /// What the headers of events for consumers outside cost
    EventHeaders(event_headers::EventHeaders),
    /// What it costs to bring one conversation's messages to very many sockets, and what it could cost at the least
    Fanout(fanout::Fanout),
    /// Write what comes on one connection to all others: the least that fan-out can cost
    Floor(floor::Floor),
    /// Store rows in batches and nothing else: the least that storing can cost
    FloorInsert(floor_insert::FloorInsert),
    /// Publish bytes and nothing else: the least that the broker can cost
    FloorPublish(floor_publish::FloorPublish),
    /// What memory sockets cost that nothing is said on
    Idle(idle::Idle),
    /// How long it takes until all have resumed whose connections were cut at once
    Reconnect(reconnect::Reconnect),
    /// Take spans over OTLP (protocol buffers over HTTP) and count them, until it is stopped
    Collector(collector::Collector),
    /// How long the lists of somebody with very many conversations take
    Lists(lists::Lists),
    /// How many messages and deliveries many conversations of a few people come to, here and at a peer's
    Many(many::Many),
    /// How long reading takes in a history of millions of messages
    Reads(reads::Reads),
    /// How long finding messages takes
    Search(search::Search),
    /// Measure everything, several times in turn, and write down what came out: what `make bench` does
    Suite(suite::Suite),
}

/// One thread: the load takes no more than one core from what it measures.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // The only fault is that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done = match Arguments::parse().job {
        Job::Ack(job) => job.run().await,
        Job::Collector(job) => job.run().await,
        Job::Echo(job) => job.run().await,
        Job::EventHeaders(job) => job.run(),
        Job::Fanout(job) => job.run().await,
        Job::Floor(job) => job.run(),
        Job::FloorInsert(job) => job.run().await,
        Job::FloorPublish(job) => job.run().await,
        Job::Churn(job) => job.run().await,
        Job::Idle(job) => job.run().await,
        Job::Reconnect(job) => job.run().await,
        Job::Lists(job) => job.run().await,
        Job::Many(job) => job.run().await,
        Job::Reads(job) => job.run().await,
        Job::Search(job) => job.run().await,
        Job::Suite(job) => job.run().await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("chat-bench: {error:#}");
        ExitCode::from(2)
    })
}
