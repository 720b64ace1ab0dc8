//! Which faults there are, what each needs, how long it takes and what is promised of it. Pure.

use std::fmt;
use std::time::Duration;

use chat_stack::Service;

/// Who is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    /// Any gateway.
    Gateway,
    /// The worker that owns a conversation.
    Worker,
    /// Any api.
    Api,
    /// Any presence.
    Presence,
    /// The server of NATS that leads the stream of commands.
    NatsLeader,
    /// Another server of NATS.
    NatsFollower,
    /// Postgres' primary.
    Primary,
    /// Its standby.
    Standby,
}

impl Victim {
    const ALL: [Self; 8] = [
        Self::Gateway,
        Self::Worker,
        Self::Api,
        Self::Presence,
        Self::NatsLeader,
        Self::NatsFollower,
        Self::Primary,
        Self::Standby,
    ];
    /// Without whom no message is answered: worth a longer halt.
    const IN_THE_PATH: [Self; 4] = [Self::Gateway, Self::Worker, Self::NatsLeader, Self::Primary];

    /// The service, if it is one of ours.
    #[must_use]
    pub fn service(self) -> Option<Service> {
        match self {
            Self::Gateway => Some(Service::Gateway),
            Self::Worker => Some(Service::Persistence),
            Self::Api => Some(Service::Api),
            Self::Presence => Some(Service::Presence),
            Self::NatsLeader | Self::NatsFollower | Self::Primary | Self::Standby => None,
        }
    }
}

/// Who dies together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// All gateways.
    Gateways,
    /// All workers.
    Workers,
    /// All apis.
    Apis,
    /// All of NATS.
    Nats,
    /// The leader of the commands, and the workers.
    LeaderAndWorkers,
    /// Postgres and a gateway.
    PrimaryAndGateway,
    /// All there is.
    Everything,
}

/// What is restarted one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A service.
    Service(Service),
    /// The servers of NATS.
    Nats,
}

/// Two that speak with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pair {
    /// A service's instance and all of NATS.
    WithNats(Victim),
    /// A service's instance and Postgres.
    WithPrimary(Victim),
    /// Postgres and its standby.
    PrimaryStandby,
    /// A server of NATS and everybody else.
    Alone(Victim),
    /// The leader of NATS and the other servers.
    LeaderFromOthers,
}

/// In which direction nothing passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// In neither.
    Both,
    /// In one of the two, drawn from the seed.
    OneWay,
}

/// Who loses power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// The leader of the commands.
    NatsLeader,
    /// All of NATS at once.
    Nats,
    /// Postgres' primary.
    Primary,
}

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// `SIGKILL`, and a start a little later.
    Kill(Victim),
    /// `SIGKILL` of several at once.
    KillTogether(Group),
    /// `SIGSTOP` for so many seconds.
    Halt(Victim, u64),
    /// Stopped as an operator does, and started.
    Restart(Victim),
    /// Each of them restarted, one after the other.
    Roll(Kind),
    /// The leader of the commands hands over.
    StepDown,
    /// Postgres is away for so many seconds.
    Outage(u64),
    /// The primary dies, the standby takes its place.
    FailOver,
    /// A partition.
    Cut(Cut, Pair),
    /// No server of NATS hears another.
    Split,
    /// So many of a hundred packets to a host are lost.
    Lose(Victim, u32),
    /// A host sends and gets so many kbit a second.
    Narrow(Victim, u32),
    /// No room on its disk.
    DiskFull(Victim),
    /// What was not synced is gone.
    PowerCut(Hit),
    /// Half of the people read nothing for a while.
    StopReading,
    /// So many sockets lose their gateway at once.
    Herd(usize),
    /// A clock jumps by so many seconds.
    Clock(Victim, i64),
    /// The store of attachments is gone for a while.
    NoObjects,
}

/// What a machine can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Hosts of their own.
    pub network: bool,
    /// Disks of their own.
    pub disks: bool,
    /// Clocks that jump.
    pub clocks: bool,
}

/// A deadline of the contract, or of what the project set itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    /// A message sent after it is answered in time.
    SendsWithin(Duration),
    /// The people of the gateway are back in time, 99 of 100.
    ClientsWithin(Duration),
    /// No conversation is without an answer for longer.
    SilenceWithin(Duration),
}

impl Promise {
    /// The deadline.
    #[must_use]
    pub fn deadline(self) -> Duration {
        match self {
            Self::SendsWithin(limit) | Self::ClientsWithin(limit) | Self::SilenceWithin(limit) => limit,
        }
    }
}

impl Fault {
    /// What the fault needs beyond processes to signal.
    #[must_use]
    pub fn needs(self) -> Abilities {
        let mut needs = Abilities::default();
        match self {
            Self::Cut(..) | Self::Split | Self::Lose(..) | Self::Narrow(..) => needs.network = true,
            Self::DiskFull(_) | Self::PowerCut(_) => needs.disks = true,
            Self::Clock(..) => needs.clocks = true,
            _ => {}
        }
        needs
    }

    /// What is promised of it.
    #[must_use]
    pub fn promise(self) -> Option<Promise> {
        let seconds = Duration::from_secs;
        match self {
            Self::Kill(Victim::Gateway) => Some(Promise::ClientsWithin(seconds(5))),
            Self::Kill(Victim::Worker) => Some(Promise::SendsWithin(seconds(3))),
            Self::Kill(Victim::NatsLeader) => Some(Promise::SendsWithin(seconds(10))),
            Self::FailOver | Self::Herd(_) => Some(Promise::SendsWithin(seconds(30))),
            Self::Restart(_) | Self::Roll(_) | Self::StepDown => Some(Promise::SilenceWithin(seconds(1))),
            _ => None,
        }
    }

    /// About how many seconds it takes, with what comes after it.
    #[must_use]
    pub fn seconds(self) -> u64 {
        match self {
            Self::Halt(_, seconds) | Self::Outage(seconds) => seconds + 4,
            Self::Roll(_) | Self::Herd(_) | Self::PowerCut(_) | Self::DiskFull(_) | Self::Split => 12,
            Self::Cut(..) | Self::Lose(..) | Self::Narrow(..) | Self::Clock(..) | Self::StopReading => 10,
            _ => 6,
        }
    }

    /// Whether nothing may come after it in a run.
    #[must_use]
    pub fn is_last(self) -> bool {
        self == Self::FailOver
    }
}

/// Every fault once.
#[must_use]
pub fn catalogue() -> Vec<Fault> {
    let services = [Victim::Gateway, Victim::Worker, Victim::Api, Victim::Presence];
    let groups = [
        Group::Gateways,
        Group::Workers,
        Group::Apis,
        Group::Nats,
        Group::LeaderAndWorkers,
        Group::PrimaryAndGateway,
        Group::Everything,
    ];
    let mut pairs: Vec<Pair> = services.map(Pair::WithNats).to_vec();
    pairs.extend([Victim::Worker, Victim::Api].map(Pair::WithPrimary));
    pairs.extend([Pair::PrimaryStandby, Pair::LeaderFromOthers]);
    pairs.extend([Victim::NatsLeader, Victim::NatsFollower].map(Pair::Alone));
    let mut faults: Vec<Fault> = Victim::ALL.map(Fault::Kill).to_vec();
    faults.extend(groups.map(Fault::KillTogether));
    faults.extend([2, 10].into_iter().flat_map(|seconds| Victim::ALL.map(|victim| Fault::Halt(victim, seconds))));
    faults.extend(Victim::IN_THE_PATH.map(|victim| Fault::Halt(victim, 40)));
    faults.extend(Victim::ALL.map(Fault::Restart));
    faults.extend(Service::ALL.map(|service| Fault::Roll(Kind::Service(service))));
    faults.extend([Fault::Roll(Kind::Nats), Fault::StepDown, Fault::Outage(60), Fault::FailOver, Fault::Split]);
    faults.extend(
        [Cut::Both, Cut::OneWay]
            .into_iter()
            .flat_map(|cut| pairs.clone().into_iter().map(move |pair| Fault::Cut(cut, pair))),
    );
    faults
        .extend(Victim::IN_THE_PATH.into_iter().flat_map(|victim| [5, 30].map(|percent| Fault::Lose(victim, percent))));
    faults.extend(Victim::IN_THE_PATH.map(|victim| Fault::Narrow(victim, 256)));
    faults.extend([Victim::Primary, Victim::NatsLeader].map(Fault::DiskFull));
    faults.extend([Hit::NatsLeader, Hit::Nats, Hit::Primary].map(Fault::PowerCut));
    faults.extend(
        [Victim::Worker, Victim::Gateway, Victim::Primary]
            .into_iter()
            .flat_map(|victim| [3_600, -3_600].map(|seconds| Fault::Clock(victim, seconds))),
    );
    faults.extend([Fault::StopReading, Fault::Herd(1_000), Fault::NoObjects]);
    faults
}

impl fmt::Display for Victim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gateway => "gateway",
            Self::Worker => "worker",
            Self::Api => "api",
            Self::Presence => "presence",
            Self::NatsLeader => "NATS leader",
            Self::NatsFollower => "NATS follower",
            Self::Primary => "Postgres",
            Self::Standby => "standby",
        })
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithNats(victim) => write!(f, "{victim} | NATS"),
            Self::WithPrimary(victim) => write!(f, "{victim} | Postgres"),
            Self::PrimaryStandby => f.write_str("Postgres | standby"),
            Self::Alone(victim) => write!(f, "{victim} | everybody"),
            Self::LeaderFromOthers => f.write_str("NATS leader | other servers"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(victim) => write!(f, "kill {victim}"),
            Self::KillTogether(group) => write!(f, "kill together: {group:?}"),
            Self::Halt(victim, seconds) => write!(f, "halt {victim} {seconds} s"),
            Self::Restart(victim) => write!(f, "restart {victim}"),
            Self::Roll(Kind::Service(service)) => write!(f, "rolling restart of {}", service.name()),
            Self::Roll(Kind::Nats) => f.write_str("rolling restart of NATS"),
            Self::StepDown => f.write_str("step-down of the NATS leader"),
            Self::Outage(seconds) => write!(f, "Postgres away {seconds} s"),
            Self::FailOver => f.write_str("fail-over to the standby"),
            Self::Cut(Cut::Both, pair) => write!(f, "cut {pair}"),
            Self::Cut(Cut::OneWay, pair) => write!(f, "cut one way {pair}"),
            Self::Split => f.write_str("split of NATS"),
            Self::Lose(victim, percent) => write!(f, "{percent} % loss at {victim}"),
            Self::Narrow(victim, kbit) => write!(f, "{kbit} kbit/s at {victim}"),
            Self::DiskFull(victim) => write!(f, "disk full at {victim}"),
            Self::PowerCut(hit) => write!(f, "power cut: {hit:?}"),
            Self::StopReading => f.write_str("stopped readers"),
            Self::Herd(size) => write!(f, "herd of {size}"),
            Self::Clock(victim, seconds) => write!(f, "clock of {victim} {seconds:+} s"),
            Self::NoObjects => f.write_str("no object store"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_has_a_name_of_its_own() {
        let faults = catalogue();
        let names: BTreeSet<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), faults.len());
    }

    #[test]
    fn without_root_there_are_faults_all_the_same() {
        let plain = catalogue().into_iter().filter(|fault| fault.needs() == Abilities::default()).count();
        assert!(plain > 40, "{plain}");
    }
}
