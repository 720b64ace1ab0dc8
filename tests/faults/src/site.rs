//! Where the stack of a campaign stands: hosts, disks and clocks that a nemesis can break. All of it goes with the process that made it.

mod clocks;
mod command;
mod disks;
mod network;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use chat_stack::{Host, Hosts, StackOptions};

pub use clocks::{Clocks, Faketime};
pub use disks::{Cut, Disks};
pub use network::{Network, enter_own_namespaces};

/// All processes in the shape of production; each has a host of its own.
pub const PROCESSES: [&str; 13] = [
    "nats-1",
    "nats-2",
    "nats-3",
    "postgres",
    "postgres-standby",
    "persistence-1",
    "persistence-2",
    "api-1",
    "api-2",
    "presence-1",
    "presence-2",
    "ws-gateway-1",
    "ws-gateway-2",
];

/// What a run stands on.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Hosts in a network; none: everything is on loopback.
    pub network: Option<Arc<Network>>,
    /// Disks of their own for the servers; none: they share the machine's.
    pub disks: Option<Arc<Disks>>,
    /// Clocks that can jump; none: all go right.
    pub clocks: Option<Arc<Clocks>>,
}

impl Site {
    /// The shape of production, here.
    pub fn options(&self) -> Result<StackOptions> {
        let mut options = StackOptions::production()?;
        options.hosts = self.hosts();
        Ok(options)
    }

    /// Brings what the servers have onto disks of their own, before they start.
    pub fn furnish(&self, data_dir: &Path) -> Result<()> {
        self.disks.as_ref().map_or(Ok(()), |disks| disks.make(data_dir))
    }

    /// Mends the network and the clocks, and makes room on the disks.
    pub fn heal(&self) -> Result<()> {
        self.network.as_ref().map_or(Ok(()), |network| network.heal())?;
        self.disks.as_ref().map_or(Ok(()), |disks| disks.make_room())?;
        self.clocks.as_ref().map_or(Ok(()), |clocks| clocks.set_all_right())
    }

    /// Takes the disks out again, so that their files can be removed.
    pub fn dismantle(&self) {
        if let Some(disks) = &self.disks {
            disks.take_out();
        }
    }

    fn hosts(&self) -> Hosts {
        if self.network.is_none() && self.clocks.is_none() {
            return Hosts::default();
        }
        let host = |name: &str| {
            let network = self.network.as_ref();
            let mut wrapper = network.map(|network| network.wrapper(name)).unwrap_or_default();
            wrapper.extend(self.clocks.iter().flat_map(|clocks| clocks.wrapper(name)));
            let address = network.map_or_else(|| "127.0.0.1".to_owned(), |network| network.address(name));
            (name.to_owned(), Host { address, wrapper })
        };
        let hosts: BTreeMap<String, Host> = PROCESSES.into_iter().map(host).collect();
        Hosts::new(if self.network.is_some() { network::NETWORK } else { "127.0.0.1/32" }, hosts)
    }
}
