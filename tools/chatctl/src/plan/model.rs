//! From what people do to machines. Pure; `docs/scaling.md` says the same in words.

use serde::Serialize;

use super::costs::{
    CONVERSATION_BYTES, DELIVERY_US, EVENT_COPY_US, MESSAGE_US, NATS_COPY_US, NATS_US, PERSISTENCE_US, POSTGRES_US,
    SOCKET_BYTES, SOCKET_KERNEL_BYTES, STORED_BYTES, STREAM_PER_S,
};

/// The most cores that one Postgres is thought to use: beyond that, conversations are spread over several.
const POSTGRES_CORES: f64 = 64.0;
/// Partitions of one stream: no more workers have something to do.
const PARTITIONS: f64 = 64.0;
const GIGABYTE: f64 = 1e9;
const SECONDS_A_DAY: f64 = 86_400.0;

/// What people do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// People connected, one socket each.
    pub(super) online: f64,
    /// Sent by all together.
    pub(super) messages_per_s: f64,
    /// Participants of a conversation, all of them connected.
    pub(super) group_size: f64,
}

/// What there is to do it with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    pub(super) cores: f64,
    pub(super) memory_gb: f64,
    /// How busy it may be in ordinary times: the rest is for bursts and for the loss of others.
    pub(super) busy: f64,
}

/// What is needed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Plan {
    pub(super) deliveries_per_s: f64,
    pub(super) gateway_machines: f64,
    pub(super) gateway_cores: f64,
    pub(super) gateway_memory_gb: f64,
    pub(super) persistence_machines: f64,
    pub(super) persistence_cores: f64,
    /// For availability: what reading costs depends on what people read, and is not modelled.
    pub(super) api_machines: f64,
    /// The same.
    pub(super) presence_machines: f64,
    pub(super) nats_streams: f64,
    pub(super) nats_servers: f64,
    pub(super) nats_cores: f64,
    pub(super) postgres_primaries: f64,
    pub(super) postgres_cores: f64,
    pub(super) postgres_gb_a_day: f64,
    /// What this load runs into first, within this design.
    pub(super) first_wall: &'static str,
}

impl Plan {
    pub(super) fn of(load: Load, machine: Machine) -> Self {
        let Load { messages_per_s, group_size, .. } = load;
        let room = machine.cores * machine.busy;
        let gateways = gateways(load, machine);
        let copies = group_size.min(gateways);
        let gateway_cores = gateway_cores(load, gateways);
        let persistence_cores = messages_per_s * PERSISTENCE_US / 1e6;
        let nats_cores = messages_per_s * (NATS_US + (copies - 1.0) * NATS_COPY_US) / 1e6;
        let postgres_cores = messages_per_s * POSTGRES_US / 1e6;
        let nats_streams = (messages_per_s / (STREAM_PER_S * machine.busy)).ceil().max(1.0);
        let postgres_primaries = (postgres_cores / (POSTGRES_CORES * machine.busy)).ceil().max(1.0);
        let persistence = (persistence_cores / room).ceil().max(2.0);
        Self {
            deliveries_per_s: messages_per_s * group_size,
            gateway_machines: gateways,
            gateway_cores: rounded(gateway_cores),
            gateway_memory_gb: rounded(gateway_memory(load, gateways) / GIGABYTE),
            persistence_machines: persistence,
            persistence_cores: rounded(persistence_cores),
            api_machines: 2.0,
            presence_machines: 2.0,
            nats_streams,
            nats_servers: (nats_cores / room).ceil().max(3.0).max(3.0 * nats_streams),
            nats_cores: rounded(nats_cores),
            postgres_primaries,
            postgres_cores: rounded(postgres_cores),
            postgres_gb_a_day: rounded(messages_per_s * SECONDS_A_DAY * STORED_BYTES / GIGABYTE),
            first_wall: wall(postgres_primaries, nats_streams, persistence, gateways),
        }
    }
}

/// More gateways mean more copies of each event, up to one for each reader: so this is looked for, and found within so many steps.
fn gateways(load: Load, machine: Machine) -> f64 {
    let mut gateways = 2.0;
    loop {
        let cores = gateway_cores(load, gateways) / (machine.cores * machine.busy);
        let memory = gateway_memory(load, gateways) / (machine.memory_gb * GIGABYTE * machine.busy);
        let needed = cores.max(memory).ceil().max(2.0);
        if needed <= gateways {
            return gateways;
        }
        gateways = needed;
    }
}

fn gateway_cores(load: Load, gateways: f64) -> f64 {
    let copies = load.group_size.min(gateways);
    let each = MESSAGE_US + load.group_size * DELIVERY_US + (copies - 1.0) * EVENT_COPY_US;
    load.messages_per_s * each / 1e6
}

/// Sockets, and rings of conversations in which somebody spoke within the last minute: each message is thought to be in another
/// one, as long as there are others.
fn gateway_memory(load: Load, gateways: f64) -> f64 {
    let copies = load.group_size.min(gateways);
    let active = (load.messages_per_s * 60.0).min(load.online / load.group_size);
    load.online * (SOCKET_BYTES + SOCKET_KERNEL_BYTES) + active * copies * CONVERSATION_BYTES
}

fn wall(postgres: f64, streams: f64, workers: f64, gateways: f64) -> &'static str {
    if postgres > 1.0 {
        "PostgreSQL: one primary does not take it; conversations have to be spread over several, which is not built"
    } else if streams > 1.0 || workers > PARTITIONS {
        "the stream of commands: more than one is needed, which is not built"
    } else if gateways > 2.0 {
        "none: gateways are added; each event goes to every gateway with one of its readers"
    } else {
        "none: two of each are there for availability alone"
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Machine = Machine { cores: 8.0, memory_gb: 32.0, busy: 0.5 };

    fn plan(online: f64, messages_per_s: f64) -> Plan {
        Plan::of(Load { online, messages_per_s, group_size: 10.0 }, MACHINE)
    }

    fn is_near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 0.01 * other.abs().max(1.0)
    }

    #[test]
    fn cores_are_messages_by_their_unit_costs() {
        let plan = plan(1e6, 10_000.0);
        assert!(is_near(plan.postgres_cores, 10_000.0 * POSTGRES_US / 1e6));
        assert!(is_near(plan.persistence_cores, 10_000.0 * PERSISTENCE_US / 1e6));
        let copies = plan.gateway_machines.min(10.0) - 1.0;
        assert!(is_near(plan.nats_cores, 10_000.0 * (NATS_US + copies * NATS_COPY_US) / 1e6));
        let each = MESSAGE_US + 10.0 * DELIVERY_US + copies * EVENT_COPY_US;
        assert!(is_near(plan.gateway_cores, 10_000.0 * each / 1e6));
        assert!(is_near(plan.postgres_gb_a_day, 10_000.0 * SECONDS_A_DAY * STORED_BYTES / GIGABYTE));
    }

    #[test]
    fn machines_have_room_for_cores_and_memory() {
        for (online, messages_per_s) in [(1e4, 100.0), (1e6, 1e4), (1e8, 1e6), (1e8, 1.0)] {
            let plan = plan(online, messages_per_s);
            assert!(plan.gateway_machines * 4.0 >= plan.gateway_cores);
            assert!(plan.gateway_machines * 16.0 >= plan.gateway_memory_gb);
            assert!(plan.gateway_memory_gb * GIGABYTE >= online * SOCKET_BYTES);
        }
    }

    #[test]
    fn few_people_need_two_of_each_and_very_many_more_than_one_database() {
        let few = plan(1e4, 100.0);
        assert!(is_near(few.gateway_machines, 2.0) && is_near(few.postgres_primaries, 1.0));
        assert!(few.first_wall.starts_with("none"));
        let many = plan(1e8, 1e6);
        assert!(many.postgres_primaries > 1.0 && many.nats_streams > 1.0);
        assert!(many.first_wall.starts_with("PostgreSQL"));
    }
}
