//! What is measured: jobs of this program with their settings, and the servers that each wants. Floors stand between what they
//! are the floors of.

use super::stand::Instances;

/// Which servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// One gateway and one persistence worker: what suits two cores.
    Small,
    /// Two gateways and one persistence worker.
    TwoGateways,
    /// As small, started anew for each scenario: what a gateway has freed it keeps, and a history needs an empty database.
    Fresh,
}

impl Stand {
    pub(super) const ALL: [Self; 3] = [Self::Small, Self::TwoGateways, Self::Fresh];
    /// Postgres and NATS alone, for peers.
    pub(super) const NONE: Instances = Instances { gateways: 0, persistence: 0, api: 0, presence: 0 };

    pub(super) fn instances(self) -> Instances {
        match self {
            Self::Small | Self::Fresh => Instances { gateways: 1, persistence: 1, api: 1, presence: 1 },
            Self::TwoGateways => Instances { gateways: 2, persistence: 1, api: 1, presence: 1 },
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Small => "one gateway, one persistence worker, one api, one presence",
            Self::TwoGateways => "two gateways, one persistence worker, one api, one presence",
            Self::Fresh => "one of each, started anew each time",
        }
    }
}

/// One job with its settings.
#[derive(Debug)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) stand: Stand,
    pub(super) args: &'static [&'static str],
    /// How long it takes, about.
    pub(super) seconds: u64,
    /// Only where it is named: it takes very long, or very much room.
    pub(super) is_large: bool,
}

/// In this order, in each round.
#[rustfmt::skip]
pub(super) const SCENARIOS: &[Scenario] = &[
    usual("floor-publish", Stand::Small, 9, "the broker alone",
        &["floor-publish", "--seconds", "2"]),
    usual("ack-rates", Stand::Small, 45, "send to acknowledgement at fixed rates, conversations of 2",
        &["ack", "--rate", "200,1000,2500,4000,5000", "--seconds", "6", "--warm-up-seconds", "2"]),
    usual("pairs-saturated", Stand::Small, 32, "conversations of 2, as many as are taken",
        &["many", "--conversations", "50", "--members", "2", "--window", "1,8,32", "--seconds", "6", "--drain-seconds", "60"]),
    usual("floor-insert", Stand::Small, 9, "the table of messages alone",
        &["floor-insert", "--seconds", "2"]),
    usual("many", Stand::Small, 40, "100 conversations of 10, everybody speaks: saturated, and at 100 a second",
        &["many", "--window", "1,8,32", "--rate", "100", "--seconds", "6", "--drain-seconds", "60"]),
    usual("many-rates", Stand::Small, 31, "the same at rates that the peers do not reach",
        &["many", "--rate", "250,500,1000,2000", "--seconds", "5"]),
    usual("marks", Stand::Small, 40, "100 conversations of 10, once without and once with everybody marking what comes",
        &["many", "--rate", "200,500", "--marks", "--seconds", "6"]),
    usual("fanout-paced", Stand::Small, 25, "one conversation of 1,000, its floor in turn with it",
        &["fanout", "--rounds", "3"]),
    usual("fanout-bursts", Stand::Small, 25, "the same in bursts of ten",
        &["fanout", "--burst", "10", "--pace", "100", "--rounds", "3"]),
    usual("fanout-saturated", Stand::Small, 25, "the same, as many as are delivered",
        &["fanout", "--saturate", "--rounds", "3"]),
    usual("reconnect", Stand::Small, 45, "5,000 sockets cut at once, which come back and resume",
        &["reconnect"]),
    usual("fanout-two-gateways", Stand::TwoGateways, 25, "paced, over two gateways",
        &["fanout", "--rounds", "3"]),
    usual("many-two-gateways", Stand::TwoGateways, 22, "100 conversations of 10 over two gateways, saturated",
        &["many", "--window", "8,32", "--seconds", "6"]),
    usual("idle", Stand::Fresh, 45, "memory of 19,000 open sockets in conversations of 10",
        &["idle"]),
    usual("idle-pairs", Stand::Fresh, 60, "the same in conversations of 2: what a subscription costs",
        &["idle", "--members", "2"]),
    usual("idle-active", Stand::Fresh, 30, "3,000 sockets in conversations of 10 with 64 messages each: what an active conversation costs",
        &["idle", "--sockets", "3000", "--messages", "64"]),
    usual("idle-socketio", Stand::Fresh, 35, "memory of 10,000 open Socket.IO sockets",
        &["idle", "--sockets", "10000", "--socketio"]),
    usual("idle-everywhere-1", Stand::Fresh, 20, "2,000 sockets of people, each in 1 conversation",
        &["idle", "--sockets", "2000", "--memberships", "1"]),
    usual("idle-everywhere-50", Stand::Fresh, 30, "2,000 sockets of people, each in 50 conversations: what a membership costs",
        &["idle", "--sockets", "2000", "--memberships", "50"]),
    usual("reads", Stand::Fresh, 180, "reading from 1 and from 5 million messages, warm and cold",
        &["reads", "--messages", "1000000,5000000", "--requests", "300", "--cold"]),
    large("churn", Stand::Fresh, 660, "19,000 sockets that come and go for ten minutes",
        &["churn"]),
    large("reads-50m", Stand::Fresh, 1500, "reading from 1 and from 50 million messages, warm and cold; 25 GB of disk",
        &["reads", "--messages", "1000000,50000000", "--requests", "500", "--cold"]),
];

const fn usual(
    name: &'static str,
    stand: Stand,
    seconds: u64,
    about: &'static str,
    args: &'static [&'static str],
) -> Scenario {
    Scenario { name, about, stand, args, seconds, is_large: false }
}

const fn large(
    name: &'static str,
    stand: Stand,
    seconds: u64,
    about: &'static str,
    args: &'static [&'static str],
) -> Scenario {
    Scenario { is_large: true, ..usual(name, stand, seconds, about, args) }
}

/// What peers are compared by.
pub(super) fn many() -> &'static Scenario {
    SCENARIOS.iter().find(|one| one.name == "many").unwrap_or(&SCENARIOS[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_known() {
        let names: BTreeSet<_> = SCENARIOS.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), SCENARIOS.len());
        assert_eq!(many().name, "many");
    }

    #[test]
    fn every_scenario_is_a_job_of_this_program() {
        use clap::Parser as _;
        for one in SCENARIOS {
            let parsed =
                crate::Arguments::try_parse_from(["chat-bench"].iter().chain(one.args).chain(&["--json", "x"]));
            assert!(parsed.is_ok(), "{}: {}", one.name, parsed.unwrap_err());
        }
    }
}
