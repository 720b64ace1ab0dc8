//! Holds the sockets. Takes what is said and puts it on the stream of commands; delivers what has happened to every
//! socket that may see it. Has no database: it asks the api over NATS.

pub mod admission;
mod alarms;
pub mod app;
pub mod arrival;
pub mod asking;
pub mod backlog;
pub mod batch;
pub mod clearance;
pub mod closing;
mod company;
pub mod config;
pub mod cork;
mod delivery;
pub mod feed;
pub mod gathering;
pub mod heads_watch;
pub mod hub;
pub mod limits;
pub mod log_access;
pub mod mailbox;
mod moderation;
mod news;
pub mod outbox;
pub mod people;
pub mod person;
mod plain_socket;
pub mod presence;
mod questions;
pub mod repair;
mod resuming;
pub mod ring;
pub mod room;
mod seat;
mod seats;
pub mod session;
pub mod socket;
pub mod socketio;
mod spans;
mod transport;
pub mod typists;
pub mod upgrade;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chat_auth::Tickets;
use chat_bus::asker::Pending;
use chat_bus::revocations::{Revocations, Upstream};
use chat_bus::{Bus, NatsOptions};
use chat_identity::Keyring;
use chat_runtime::http_server::{self, HttpLimits};
use chat_runtime::lifecycle::{Lifecycle, Readiness};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::admission::Admission;
use crate::app::App;
use crate::asking::Asking;
use crate::clearance::Clearance;
use crate::config::Config;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::outbox::Line;
use crate::people::People;
use crate::presence::Presence;
use crate::socket::Shared;
use crate::socketio::SocketIo;

/// Connects, and serves sockets on the listener.
pub async fn run(config: Config, listener: TcpListener, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let instance = config.instance.name("ws-gateway");
    let keyring = Keyring::start(&config.auth, &lifecycle).await?;
    let tickets = Tickets::hs256(config.auth.secrets(), config.auth.rules());
    let nats = NatsOptions {
        url: config.nats.nats_url.clone(),
        user: config.nats.nats_user.clone(),
        password: config.nats.nats_password.as_ref().map(|secret| secret.expose().to_owned()),
        name: instance.to_string(),
    };
    let bus = Bus::connect_over(&nats, &config.nats.tls_files().into()).await.context("NATS_URL")?;
    // Answers must still come while sockets are being closed.
    let pending = Pending::start(&bus, &instance, lifecycle.end()).await?;
    let revocations = Revocations::start(&bus, Upstream::Api, lifecycle.end()).await?;
    let clearance = Clearance::new(revocations.clone());
    lifecycle.spawn("clearance", clearance.clone().run(config.sockets.revocations_timeout(), lifecycle.stop()));
    let presence = Presence::start(&bus, &instance, &config.presence, &lifecycle);
    let limits = Arc::new(Limits::new(&config.doors, &config.limits));
    let exchange = Arc::new(limits.exchange()).run(bus.clone(), instance.clone(), lifecycle.stop());
    lifecycle.spawn("limits", async { Ok(exchange.await?) });
    let shared = Arc::new(Shared {
        hub: Hub::new(bus.clone(), config.sockets.clone(), revocations.clone(), lifecycle.stop()),
        people: People::new(bus.clone(), config.sockets.room_linger(), lifecycle.stop()),
        presence,
        admission: Admission::new(keyring, tickets, bus.clone(), revocations.clone(), config.allow_query_token),
        clearance,
        asking: Asking::start(&bus, &lifecycle.end()),
        bus: bus.clone(),
        instance,
        line: Arc::new(Line { bus: bus.clone(), positions: pending.positions().clone() }),
        pending,
        limits,
        moderator: config.moderator(&bus).map(Arc::new),
        log_reads: Arc::new(Semaphore::new(config.sockets.max_log_reads as usize)),
        config: Arc::new(config.sockets.clone()),
        draining: lifecycle.stop(),
    });
    lifecycle.spawn("hub", shared.hub.clone().run());
    lifecycle.spawn("people", shared.people.clone().run());
    let socketio = SocketIo::start(shared.clone(), &lifecycle).await?;
    let app = App { shared, socketio, readiness: lifecycle.ready().clone(), tracker: lifecycle.tracker().clone() };
    lifecycle.ready().set("nats", bus.is_connected());
    lifecycle.ready().set("revocations", false);
    lifecycle.spawn("readiness", watch_connection(bus, revocations, lifecycle.ready().clone(), lifecycle.stop()));
    let routes = limits::guarded(app::router(app), &config.doors, &config.limits);
    let tls = config.doors.tls.open(&["http/1.1"])?;
    let http_limits = HttpLimits { tls, ..config.doors.http_limits(config.sockets.max_sockets) };
    tracing::info!(address = %listener.local_addr()?, "listening");
    lifecycle.spawn("sockets", http_server::serve(listener, routes, http_limits, lifecycle.stop()));
    Ok(())
}

/// How often it is looked at whether NATS is there.
const WATCH_INTERVAL: Duration = Duration::from_millis(200);
/// For how long it may be unknown what was revoked meanwhile: those who come wait for it.
const UNKNOWN_PATIENCE: Duration = Duration::from_secs(2);

/// Without NATS no new sockets are let in, nor before it is known whose tokens are revoked.
async fn watch_connection(
    bus: Bus,
    revocations: Revocations,
    readiness: Readiness,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let mut disturbances = bus.disturbances();
    let mut known_at: Option<Instant> = None;
    loop {
        if revocations.is_complete() {
            known_at = Some(Instant::now());
        }
        readiness.set("nats", revocations.hears());
        readiness.set("revocations", known_at.is_some_and(|at| at.elapsed() < UNKNOWN_PATIENCE));
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            // The state follows the event a moment later: looked at again, in case the event came first.
            () = tokio::time::sleep(WATCH_INTERVAL) => {}
            changed = disturbances.changed() => if changed.is_err() {
                return Ok(());
            },
        }
    }
}
