//! The api: REST in, commands out and their answers back, reads from Postgres; and the gateways' questions.

pub mod config;

mod accounts;
mod app;
mod arrivals;
mod attachments;
mod blocks;
mod caller;
mod commands;
mod error;
mod extract;
mod families;
mod history;
mod known_users;
mod limits;
mod memberships;
mod moderation;
mod observe;
mod openapi;
mod paging;
mod passwords;
mod presence;
mod push;
mod routes;
mod rpc;
mod web;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use chat_bus::asker::Asker;
use chat_bus::revocations::{Revocations, Upstream};
use chat_bus::{Bus, NatsOptions};
use chat_identity::Keyring;
use chat_protocol::ids::InstanceId;
use chat_runtime::clock::SystemClock;
use chat_runtime::http_server::{self, HttpLimits};
use chat_runtime::lifecycle::{Lifecycle, Readiness};
use chat_store::Database;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use self::attachments::probing::probe as probe_attachments;
pub use self::attachments::reading::{AttachmentObject, AttachmentStore};
use crate::app::App;
use crate::attachments::Attachments;
use crate::config::Config;
use crate::families::Families;
use crate::web::Web;

/// How often the database and NATS are looked at.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);
/// How long the database may take to say that it is there.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Starts the api on `listener`; its tasks live on the lifecycle.
pub async fn run(config: Config, listener: TcpListener, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let keyring = Keyring::start(&config.auth, &lifecycle).await?;
    let instance = config.instance.name("api");
    let database = Database::new(config.database.database_url.expose(), config.database.database_pool)?;
    lifecycle.ready().wait_for("schema", || database.fits_this_version()).await;
    let bus = Bus::connect_over(&nats_options(&config, &instance), &config.nats.tls_files().into()).await?;
    // Until the end, not the stop: requests that are under way still get their answers.
    let asker = Asker::start(bus.clone(), instance.clone(), lifecycle.end()).await?;
    let revocations = Revocations::start(&bus, Upstream::Nobody, lifecycle.end()).await?;
    let families = Families::new(&config, bus.clone(), revocations);
    let attachments = Attachments::open(&config.attachments)?;
    let clock = Arc::new(SystemClock);
    let app = Arc::new(App::new(&config, database.clone(), asker, keyring, families, attachments, clock)?);

    rpc::start(&bus, &app, &lifecycle).await?;
    let exchange = app.rates.exchange().run(bus.clone(), instance, lifecycle.stop());
    lifecycle.spawn("limits", async { Ok(exchange.await?) });
    lifecycle.spawn("last visits", presence::note_visits(Arc::clone(&app), bus.clone(), lifecycle.stop()));
    lifecycle.spawn("revocations", families::keep_told(Arc::clone(&app), lifecycle.stop()));
    webhooks::start(&app, &lifecycle);
    push::start(&app, &lifecycle);
    lifecycle.spawn("attachments", attachments::collect(Arc::clone(&app), lifecycle.stop()));
    let watching = watch(database, bus, lifecycle.ready().clone(), lifecycle.stop());
    lifecycle.spawn("readiness", watching);
    tracing::info!(address = %listener.local_addr()?, "public port open");
    let max_connections = usize::try_from(config.http.max_connections).unwrap_or(usize::MAX);
    let tls = config.doors.tls.open(&["h2", "http/1.1"])?;
    let limits = HttpLimits { tls, ..config.doors.http_limits(max_connections) };
    let web = Web::open(&config.web, config.auth.has_accounts())?;
    let service = routes::service(app, lifecycle.ready().clone(), web);
    lifecycle.spawn("http", http_server::serve(listener, service, limits, lifecycle.stop()));
    Ok(())
}

fn nats_options(config: &Config, instance: &InstanceId) -> NatsOptions {
    let nats = &config.nats;
    NatsOptions {
        url: nats.nats_url.clone(),
        user: nats.nats_user.clone(),
        password: nats.nats_password.as_ref().map(|password| password.expose().to_owned()),
        name: instance.to_string(),
    }
}

/// Says until the stop whether what every request needs is there.
async fn watch(database: Database, bus: Bus, ready: Readiness, stop: CancellationToken) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(WATCH_INTERVAL);
    ready.set("database", false);
    ready.set("nats", false);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let ping = tokio::time::timeout(PING_TIMEOUT, database.ping()).await;
        ready.set("database", matches!(ping, Ok(Ok(()))));
        ready.set("nats", bus.is_connected());
        database.measure();
    }
    Ok(())
}
