//! Who leads the stream of commands, and how it hands over.

use anyhow::{Context, Result, ensure};
use chat_stack::Process;

use super::{Bite, Blow, everywhere};
use crate::runner::Arena;

/// The stream of which the leader matters.
const STREAM: &str = "CHAT_COMMANDS";

/// The server that leads it.
pub async fn leader(arena: &Arena) -> Result<&Process> {
    let name = leader_name(arena).await?;
    let mut servers = arena.stack().nats_servers().iter();
    servers.find(|server| server.name() == name).with_context(|| format!("there is no {name}"))
}

pub async fn step_down(arena: &Arena) -> Result<Blow> {
    let before = leader_name(arena).await?;
    let client = connect(arena).await?;
    let at_ns = arena.recorder().note_nemesis("step down", &before);
    let asked = client.request(format!("$JS.API.STREAM.LEADER.STEPDOWN.{STREAM}"), "".into()).await;
    let answer = asked.context("nobody answers the request to step down")?;
    ensure!(!answer.payload.windows(7).any(|part| part == b"\"error\""), "the leader does not step down");
    arena.until("another leader", async || Ok(leader_name(arena).await.is_ok_and(|now| now != before))).await?;
    let bite = Bite::when(true, format!("{before} handed over"));
    Ok(Blow { at_ns, bite, scope: everywhere(arena) })
}

async fn leader_name(arena: &Arena) -> Result<String> {
    let jetstream = async_nats::jetstream::new(connect(arena).await?);
    let mut found = None;
    let look = async || {
        // Between two leaders nobody answers.
        let Ok(stream) = jetstream.get_stream(STREAM).await else { return Ok(false) };
        found = stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone());
        Ok(found.is_some())
    };
    arena.until("a leader of the commands", look).await?;
    found.context("the commands have no leader")
}

async fn connect(arena: &Arena) -> Result<async_nats::Client> {
    let url = arena.stack().nats_url();
    let (_, addresses) = url.split_once('@').context("the URL of NATS names a user")?;
    let addresses: Vec<String> = addresses.split(',').map(str::to_owned).collect();
    let password = arena.stack().nats_password("developer")?.to_owned();
    let login = async_nats::ConnectOptions::with_user_and_password("developer".to_owned(), password);
    login.connect(addresses).await.context("cannot connect to NATS")
}
