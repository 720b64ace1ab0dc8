//! What is put under load: this stack, by its `run.json`, or a peer, by the file that its start has written.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::dialect::Dialect;
use crate::cpu::{Groups, OWN, Usage};
use crate::people::{self, Seat, Size};
use crate::run_file::RunFile;

/// A running peer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PeerFile {
    pub(crate) name: String,
    pub(crate) dialect: Dialect,
    pub(crate) address: SocketAddr,
    /// Who takes part, in the form of `chatctl seed`.
    pub(crate) seed_file: PathBuf,
    /// Its own processes, without their children.
    pub(crate) server: Vec<i32>,
    /// Postgres.
    pub(crate) postgres: Vec<i32>,
    /// What carries messages between its processes, if anything does.
    #[serde(default)]
    pub(crate) layer: Vec<i32>,
}

/// A system, and those who take part in it.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) dialect: Dialect,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) seats: Vec<Seat>,
    groups: Groups,
}

impl Target {
    /// This stack, with new people.
    pub(super) async fn of_stack(run_file: &Path, size: Size) -> anyhow::Result<Self> {
        let run = RunFile::read(run_file)?;
        let seats = people::seed(&run, run_file, size, size.conversations * size.members).await?;
        let (addresses, groups) = (run.gateways()?, Groups::of(&run));
        Ok(Self { name: "stack".to_owned(), dialect: Dialect::Stack, addresses, seats, groups })
    }

    /// A peer.
    pub(super) fn of_peer(file: &Path, size: Size) -> anyhow::Result<Self> {
        let context = || format!("--peer-file: {}", file.display());
        let text = fs::read_to_string(file).with_context(context)?;
        let peer: PeerFile = serde_json::from_str(&text).with_context(context)?;
        ensure!(peer.address.ip().is_loopback(), "{} is not on this machine", peer.address);
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        let groups = [("server", peer.server), ("postgres", peer.postgres), ("layer", peer.layer), (OWN, vec![own])];
        let named = groups.into_iter().filter(|(_, pids)| !pids.is_empty()).collect();
        let seats = people::seats(&peer.seed_file, size)?;
        let groups = Groups::named(named);
        Ok(Self { name: peer.name, dialect: peer.dialect, addresses: vec![peer.address], seats, groups })
    }

    /// Sockets go to all addresses in turn.
    pub(super) fn address_of(&self, index: usize) -> SocketAddr {
        self.addresses[index % self.addresses.len()]
    }

    pub(super) async fn usage(&self) -> anyhow::Result<Usage> {
        let groups = self.groups.clone();
        Ok(spawn_blocking(move || groups.read()).await?)
    }
}
