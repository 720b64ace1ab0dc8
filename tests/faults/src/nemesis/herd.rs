//! Many sockets on one gateway that dies: all of them come back at once, at another, and miss nothing.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chat_stack::Service;
use futures_util::StreamExt;
use futures_util::stream::iter;
use rand::Rng;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use super::{Bite, Blow, Scope, in_flight};
use crate::client::Socket;
use crate::runner::Arena;

/// How many sockets are opened at a time.
const AT_A_TIME: usize = 64;
/// How long the whole herd may take to gather or to be back.
const LIMIT: Duration = Duration::from_mins(1);

/// The sockets listen to a conversation in which nobody speaks, so that they cost what a reconnect costs and nothing else.
pub async fn herd(arena: &Arena, size: usize) -> Result<Blow> {
    let (owner, others) = arena.people().split_first().context("nobody there")?;
    let others: Vec<u64> = others.iter().map(|person| person.id).collect();
    let conv = arena.doors().api.create_group(owner, &others).await?;
    let gateways = &arena.doors().gateways;
    let place = |number: usize, gateway: usize| {
        let token = arena.people()[number % arena.people().len()].token.clone();
        (format!("{}/ws/chat/{conv}/?after_seq=0", gateways[gateway % gateways.len()]), token)
    };
    let opened = iter(0..size).map(|number| {
        let (url, token) = place(number, 0);
        async move { sit_down(&url, &token).await.map(|socket| (number, socket)) }
    });
    let gathering = opened.buffer_unordered(AT_A_TIME).collect::<Vec<_>>();
    let herd = timeout(LIMIT, gathering).await.context("the herd did not gather")?;
    let herd: Vec<(usize, Socket)> = herd.into_iter().collect::<Result<_>>().context("gathering")?;
    let waiting = in_flight(arena);
    let at_ns = arena.kill(&arena.stack().instance(Service::Gateway, 0)?.process).await?;
    let begun = Instant::now();
    // All at once, as they are cut off.
    let back = futures_util::future::join_all(herd.into_iter().map(|(number, socket)| {
        let places = [place(number, 1), place(number, 0)];
        async move { come_back(socket, &places, begun).await }
    }));
    let mut times = timeout(LIMIT, back).await.context("the herd did not come back")?;
    times.sort();
    let slowest = times.last().copied().unwrap_or_default();
    ensure!(times.len() == size, "{} of {size} are back", times.len());
    let bite = Bite::when(
        waiting > 0,
        format!("{size} sockets came back, half of them within {} ms", times[size / 2].as_millis()),
    );
    Ok(Blow { at_ns, bite, scope: Scope::Measured(slowest) })
}

/// Opens a socket and waits until it has everything.
async fn sit_down(url: &str, token: &str) -> Result<Socket> {
    let mut socket = Socket::open(url, token, None).await?;
    loop {
        let frame: Value = socket.next().await.map_err(|end| anyhow::anyhow!("{end:?}"))?;
        if frame["type"] == "resumed" {
            return Ok(socket);
        }
    }
}

/// Waits for its end, and tries until another is usable; how long after `begun` that was.
async fn come_back(mut socket: Socket, places: &[(String, String)], begun: Instant) -> Duration {
    while socket.next().await.is_ok() {}
    let mut backoff = Duration::from_millis(50);
    for (url, token) in places.iter().cycle() {
        if sit_down(url, token).await.is_ok() {
            break;
        }
        sleep(backoff.mul_f64(rand::rng().random_range(0.5..1.5))).await;
        backoff = (backoff * 2).min(Duration::from_secs(1));
    }
    begun.elapsed()
}
