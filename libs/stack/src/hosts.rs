//! On which host a process runs: all of them on loopback, unless a fault campaign gives each a host of its own.

use std::collections::BTreeMap;

/// Where processes are that nobody has given a host.
pub(crate) const LOOPBACK: &str = "127.0.0.1";

/// A place for processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its address, at which everybody reaches what runs there.
    pub address: String,
    /// Commands before a program that bring it there; each executes its last arguments.
    pub wrapper: Vec<String>,
}

/// The hosts of a stack.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    hosts: BTreeMap<String, Host>,
    network: Option<String>,
}

impl Hosts {
    /// Hosts in a network (`10.0.0.0/16`), by the names of the processes on them.
    #[must_use]
    pub fn new(network: &str, hosts: BTreeMap<String, Host>) -> Self {
        Self { hosts, network: Some(network.to_owned()) }
    }

    /// The address of a process.
    pub(crate) fn address(&self, process: &str) -> String {
        self.hosts.get(process).map_or_else(|| LOOPBACK.to_owned(), |host| host.address.clone())
    }

    /// How a process gets there.
    pub(crate) fn wrapper(&self, process: &str) -> Vec<String> {
        self.hosts.get(process).map(|host| host.wrapper.clone()).unwrap_or_default()
    }

    /// From where servers may be reached; none: from loopback alone.
    pub(crate) fn network(&self) -> Option<&str> {
        self.network.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_host_is_on_loopback() {
        let host = Host { address: "10.0.0.2".into(), wrapper: vec!["nsenter".into()] };
        let hosts = Hosts::new("10.0.0.0/16", [("api-1".to_owned(), host)].into());
        assert_eq!((hosts.address("api-1"), hosts.address("api-2")), ("10.0.0.2".to_owned(), LOOPBACK.to_owned()));
        assert_eq!((hosts.wrapper("api-1").len(), hosts.wrapper("api-2").len()), (1, 0));
    }
}
