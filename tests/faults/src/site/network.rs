//! Hosts as network namespaces on one bridge, in namespaces of this process' own: nothing of it is seen outside, nothing stays.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::PROCESSES;
use super::command::{run, works};

/// The network of the hosts; the people are at its first address.
pub const NETWORK: &str = "10.77.0.0/16";
/// Set for the process that is inside.
const INSIDE: &str = "CHATCHECK_INSIDE";

/// Starts this program again in network and mount namespaces of its own; returns inside of them, or with the reason why there are none.
pub fn enter_own_namespaces() -> Result<(), String> {
    if std::env::var_os(INSIDE).is_some() {
        return Ok(());
    }
    for needed in ["unshare --net --mount --propagation private true", "ip -V", "tc -V", "iptables --version"] {
        if !works(needed) {
            return Err(format!(
                "`{needed}` does not work here (it needs root, and Debian's packages iproute2, iptables)"
            ));
        }
    }
    let program = std::env::current_exe().map_err(|error| format!("this program's own path is unknown: {error}"))?;
    let mut again = Command::new("unshare");
    again.args(["--net", "--mount", "--propagation", "private", "--"]).arg(program).args(std::env::args_os().skip(1));
    // Only a failure comes back.
    Err(format!("cannot start again: {}", again.env(INSIDE, "1").exec()))
}

/// The hosts and the wires between them.
#[derive(Debug)]
pub struct Network(());

impl Network {
    /// Makes them; to be called once, inside of namespaces of our own.
    pub fn make() -> Result<Self> {
        for line in [
            "mkdir -p /run/netns",
            "mount -t tmpfs tmpfs /run/netns",
            "ip link set lo up",
            "ip link add hosts type bridge",
            "ip address add 10.77.0.1/16 dev hosts",
            "ip link set hosts up",
        ] {
            run(line)?;
        }
        let network = Self(());
        for (number, name) in PROCESSES.into_iter().enumerate() {
            let address = network.address(name);
            for line in [
                format!("ip netns add {name}"),
                format!("ip link add wire-{number} type veth peer name eth0 netns {name}"),
                format!("ip link set wire-{number} master hosts up"),
                format!("ip -n {name} address add {address}/16 dev eth0"),
                format!("ip -n {name} link set eth0 up"),
                format!("ip -n {name} link set lo up"),
            ] {
                run(&line)?;
            }
        }
        Ok(network)
    }

    /// The address of a process' host.
    #[must_use]
    pub fn address(&self, process: &str) -> String {
        format!("10.77.1.{}", number(process) + 1)
    }

    /// What brings a program to its host.
    #[must_use]
    pub fn wrapper(&self, process: &str) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--net=/run/netns/{process}"), "--".to_owned()]
    }

    /// Nothing that `from` sends reaches `to` any more, in silence.
    pub fn cut(&self, from: &str, to: &str) -> Result<()> {
        let from = self.address(from);
        run(&format!("ip netns exec {to} iptables -w -A INPUT -s {from} -j DROP")).map(drop)
    }

    /// Of what reaches a host, so many of a hundred packets are lost.
    pub fn lose(&self, host: &str, percent: u32) -> Result<()> {
        let rule = format!("-m statistic --mode random --probability 0.{percent:02} -j DROP");
        run(&format!("ip netns exec {host} iptables -w -A INPUT -i eth0 {rule}")).map(drop)
    }

    /// A host sends and gets no more than so much.
    pub fn narrow(&self, host: &str, kbit: u32) -> Result<()> {
        let limit = format!("root tbf rate {kbit}kbit burst 16kb latency 500ms");
        run(&format!("ip netns exec {host} tc qdisc add dev eth0 {limit}"))?;
        run(&format!("tc qdisc add dev wire-{} {limit}", number(host))).map(drop)
    }

    /// How many packets the rules on a host have kept away.
    pub fn dropped(&self, host: &str) -> Result<u64> {
        let table = run(&format!("ip netns exec {host} iptables -w -nvxL INPUT"))?;
        let rules = table.lines().filter(|line| line.contains("DROP"));
        Ok(rules.filter_map(|line| line.split_whitespace().next()?.parse::<u64>().ok()).sum())
    }

    /// How often a host had to wait for its narrow wire.
    pub fn waited(&self, host: &str) -> Result<u64> {
        let own = run(&format!("ip netns exec {host} tc -s qdisc show dev eth0"))?;
        let other = run(&format!("tc -s qdisc show dev wire-{}", number(host)))?;
        Ok([own, other].iter().filter_map(|text| overlimits(text)).sum())
    }

    /// Everybody reaches everybody again.
    pub fn heal(&self) -> Result<()> {
        for (number, name) in PROCESSES.into_iter().enumerate() {
            run(&format!("ip netns exec {name} iptables -w -F INPUT"))?;
            // Where there is no limit there is nothing to remove.
            let _ = run(&format!("ip netns exec {name} tc qdisc del dev eth0 root"));
            let _ = run(&format!("tc qdisc del dev wire-{number} root"));
        }
        Ok(())
    }

    /// Whether the machine can do what is asked of it.
    pub fn try_out(&self) -> Result<()> {
        self.cut(PROCESSES[0], PROCESSES[1]).and(self.lose(PROCESSES[0], 5)).and(self.narrow(PROCESSES[0], 512))?;
        if self.dropped(PROCESSES[1])? > 0 {
            bail!("packets are lost although nobody sends any");
        }
        self.heal().context("what was tried cannot be taken back")
    }
}

fn number(process: &str) -> usize {
    PROCESSES.iter().position(|name| *name == process).unwrap_or(PROCESSES.len())
}

fn overlimits(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once("overlimits ")?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlimits_are_read() {
        let text = "qdisc tbf 8002: root\n Sent 0 bytes 0 pkt (dropped 0, overlimits 42 requeues 0)\n";
        assert_eq!((overlimits(text), overlimits("qdisc noqueue")), (Some(42), None));
    }

    #[test]
    fn hosts_have_addresses_of_their_own() {
        let addresses: std::collections::BTreeSet<_> = PROCESSES.map(|name| Network(()).address(name)).into();
        assert_eq!(addresses.len(), PROCESSES.len());
    }
}
