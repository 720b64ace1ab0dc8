//! `run.json` of a running stack: where its sockets are, and which processes it consists of.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The part of the file that the load program needs.
#[derive(Debug, Deserialize)]
pub(crate) struct RunFile {
    pub(crate) api: Api,
    pub(crate) ws_gateway: Gateways,
    pub(crate) persistence: Processes,
    pub(crate) presence: Processes,
    pub(crate) nats: Nats,
    pub(crate) postgres: Postgres,
    pub(crate) jwt_secret: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Api {
    /// None where no api was asked for.
    url: Option<String>,
    pub(crate) pids: Vec<i32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Processes {
    pub(crate) pids: Vec<i32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Nats {
    url: String,
    pub(crate) pids: Vec<i32>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Gateways {
    pub(crate) pids: Vec<i32>,
    instances: Vec<Gateway>,
}

#[derive(Debug, Deserialize)]
struct Gateway {
    url: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Postgres {
    pub(crate) url: String,
    pub(crate) pids: Vec<i32>,
}

impl RunFile {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let context = || format!("--run-file: {} (is the stack running?)", path.display());
        let text = fs::read_to_string(path).with_context(context)?;
        serde_json::from_str(&text).with_context(context)
    }

    /// The address of the api, which is on this machine.
    pub(crate) fn api_url(&self) -> anyhow::Result<String> {
        let url = self.api.url.clone().context("the stack has no api")?;
        loopback(&url)?;
        Ok(url)
    }

    /// The address of NATS, which is on this machine, for somebody who may everything.
    pub(crate) fn nats_url(&self) -> anyhow::Result<&str> {
        loopback(&self.nats.url)?;
        Ok(&self.nats.url)
    }

    /// The addresses of all gateways, which are on this machine.
    pub(crate) fn gateways(&self) -> anyhow::Result<Vec<SocketAddr>> {
        let addresses: Vec<_> =
            self.ws_gateway.instances.iter().map(|one| loopback(&one.url)).collect::<Result<_, _>>()?;
        ensure!(!addresses.is_empty(), "the stack has no gateway");
        Ok(addresses)
    }
}

/// The address in `scheme://[user@]address[/path]`; anything but a loopback address is refused.
pub(crate) fn loopback(url: &str) -> anyhow::Result<SocketAddr> {
    let place = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, rest)| rest);
    let address: SocketAddr = place.parse().with_context(|| format!("{place} is no address with a port"))?;
    ensure!(address.ip().is_loopback(), "{address} is not on this machine: only loopback addresses are put under load");
    Ok(address)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn servers_without_services_are_read() {
        let bare = json!({
            "api": { "url": null, "pids": [] },
            "ws_gateway": { "instances": [], "pids": [] },
            "persistence": { "pids": [] },
            "presence": { "pids": [] },
            "nats": { "url": "nats://127.0.0.1:4222", "pids": [1] },
            "postgres": { "url": "postgres://chat@127.0.0.1:5432/chat", "pids": [2] },
            "jwt_secret": "x",
        });
        let run: RunFile = serde_json::from_value(bare).unwrap();
        assert!(run.api_url().is_err() && run.gateways().is_err());
        assert_eq!(run.postgres.pids, [2]);
    }

    #[test]
    fn only_this_machine_is_put_under_load() {
        for good in ["ws://127.0.0.1:8001", "postgres://chat:x@127.0.0.1:5432/chat", "ws://[::1]:8001/"] {
            assert!(loopback(good).is_ok(), "{good}");
        }
        for bad in ["ws://192.0.2.1:8001", "ws://example.com:80", "ws://127.0.0.1", "ws://127.0.0.1:1@192.0.2.1:80"] {
            assert!(loopback(bad).is_err(), "{bad}");
        }
    }
}
