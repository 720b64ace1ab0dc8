//! The one writer: takes commands from the stream in order, decides and stores them in batches, answers who asked, and
//! publishes what was stored.

pub mod announcer;
pub mod batch;
pub mod config;
pub mod dead_letter;
pub mod heads;
pub mod idle;
pub mod lane;
#[cfg(feature = "faults")]
mod mutants;
pub mod outcome;
pub mod ownership;
pub mod publisher;
pub mod purge;
pub mod receipts;
pub mod search;
pub mod spans;
pub mod storing;
pub mod stream_identity;
pub mod surroundings;
mod weight;
pub mod worker;

use anyhow::Context as _;
use chat_bus::{Bus, NatsOptions};
use chat_protocol::ids::{CommandId, InstanceId};
use chat_runtime::lifecycle::Lifecycle;
use chat_store::Database;

use crate::config::Config;
use crate::worker::Worker;

/// Connects, and spawns the worker on the lifecycle.
pub async fn run(config: Config, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let name = config.instance.name("persistence");
    let nats = NatsOptions {
        url: config.nats.nats_url.clone(),
        user: config.nats.nats_user.clone(),
        password: config.nats.nats_password.as_ref().map(|secret| secret.expose().to_owned()),
        name: name.to_string(),
    };
    let bus = Bus::connect_over(&nats, &config.nats.tls_files().into()).await.context("NATS_URL")?;
    let database =
        Database::new(config.database.database_url.expose(), config.database.database_pool).context("DATABASE_URL")?;
    lifecycle.ready().set("partitions", false);
    lifecycle.ready().wait_for("schema", || database.fits_this_version()).await;
    let worker = Worker::new(&config, process_id(&name), bus.clone(), database.clone(), lifecycle.ready().clone());
    lifecycle.spawn("outbox", purge::forget_news(database.clone(), config.streams.clone(), lifecycle.stop()));
    lifecycle.spawn("search", search::run(database.clone(), config.search.clone(), lifecycle.stop()));
    lifecycle.spawn("deleted", search::forget_deleted(database.clone(), lifecycle.stop()));
    lifecycle.spawn("surroundings", surroundings::run(bus.clone(), database.clone(), lifecycle.stop()));
    lifecycle.spawn("purge", purge::run(bus, database, config.streams.clone(), lifecycle.stop()));
    lifecycle.spawn("worker", worker.run(lifecycle.stop()));
    Ok(())
}

/// The name under which this process owns partitions: no other process has it, not even one of the same instance that was
/// stopped and wakes up.
fn process_id(instance: &InstanceId) -> InstanceId {
    let name: String = instance.as_str().chars().take(40).collect();
    let random = CommandId::generate().uuid().as_u128() & 0xffff_ffff;
    format!("{name}-{random:08x}").parse().expect("an instance id with hexadecimal digits is one")
}
