//! Who is online. Gateways lease presence for the people whose sockets they hold (`chat.presence.lease.{gateway}`); this
//! service tells what others see of them (`chat.presence.diff.{bucket}`, and `chat.rpc.presence.snapshot` for a start).
//! It keeps nothing on disk and has no database: statements that somebody went offline carry `last_seen`, and the api
//! writes them down. Any number of instances may run and any of them may die; `state` says how.

mod config;
mod lease;
mod person;
mod service;
pub mod state;

use chat_bus::{Bus, NatsOptions};
use chat_runtime::config::NatsSection;
use chat_runtime::lifecycle::Lifecycle;
pub use config::{Config, TimingSection};

use crate::service::Presence;

/// Connects and spawns the service's tasks. It is ready once all leases are known.
pub async fn run(config: &Config, lifecycle: &Lifecycle) -> anyhow::Result<()> {
    let instance = config.instance.name("presence");
    let bus =
        Bus::connect_over(&nats_options(&config.nats, instance.as_str()), &config.nats.tls_files().into()).await?;
    tracing::info!(%instance, "presence starts");
    let ready = lifecycle.ready().clone();
    ready.set("nats", false);
    ready.set("leases", false);
    let presence = Presence::new(bus, instance, config.timing.timing());
    let stop = || lifecycle.stop();
    lifecycle.spawn("leases", presence.clone().hear_leases(stop()));
    lifecycle.spawn("diffs", presence.clone().hear_diffs(stop()));
    lifecycle.spawn("connection", presence.clone().watch_connection(stop()));
    lifecycle.spawn("snapshots", presence.clone().answer_snapshots(stop()));
    lifecycle.spawn("gauges", presence.clone().measure(stop()));
    lifecycle.spawn("tell", presence.tell(config.timing.flush(), ready, stop()));
    Ok(())
}

fn nats_options(section: &NatsSection, name: &str) -> NatsOptions {
    NatsOptions {
        url: section.nats_url.clone(),
        user: section.nats_user.clone(),
        password: section.nats_password.as_ref().map(|password| password.expose().to_owned()),
        name: name.to_owned(),
    }
}
