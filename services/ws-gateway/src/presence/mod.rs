//! Presence on this gateway: whose sockets it holds is told to the presence service (`lease`), and what that says of
//! others comes to the sockets that may know (`view`, fed by `watching`). Sockets meet it through [`Presence`] alone.

mod acquaintances;
mod choices;
mod frames;
mod lease;
mod view;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use chat_bus::Bus;
use chat_protocol::ids::{InstanceId, UserId};
use chat_protocol::presence::{Acquaintance, ChosenStatus};
use chat_runtime::lifecycle::Lifecycle;
use clap::Args;
use tokio::sync::Semaphore;

use self::acquaintances::READS_AT_ONCE;
use self::lease::Lease;
pub use self::lease::Stay;
use self::watching::Watching;
pub use self::watching::{PresenceNews, Watch};

/// The settings.
#[derive(Debug, Clone, Args)]
pub struct PresenceSection {
    /// Milliseconds between renewals of this gateway's presence lease; less than half of `PRESENCE_LEASE_TTL_MS`
    #[arg(long, env = "PRESENCE_LEASE_INTERVAL_MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(10..))]
    pub presence_lease_interval_ms: u64,
}

impl PresenceSection {
    /// Between renewals.
    #[must_use]
    pub const fn lease_interval(&self) -> Duration {
        Duration::from_millis(self.presence_lease_interval_ms)
    }
}

/// Presence on this gateway. Cheap to clone.
#[derive(Clone)]
pub struct Presence {
    bus: Bus,
    lease: Lease,
    watching: Watching,
    reads: Arc<Semaphore>,
}

impl Presence {
    /// Begins to lease, and to watch as soon as somebody wants it. The stop waits until every [`Stay`] is over: then the
    /// lease is given back, as the last thing.
    #[must_use]
    pub fn start(bus: &Bus, instance: &InstanceId, section: &PresenceSection, lifecycle: &Lifecycle) -> Self {
        let watching = Watching::new(bus.clone());
        let lease = Lease::new(bus.clone(), instance.clone(), section.lease_interval(), watching.clone());
        lifecycle.spawn("presence lease", lease.clone().run(lifecycle.stop()));
        lifecycle.spawn("presence choices", lease.clone().confirm_choices(lifecycle.stop()));
        lifecycle.spawn("presence view", watching.clone().run(lifecycle.stop()));
        Self { bus: bus.clone(), lease, watching, reads: Arc::new(Semaphore::new(READS_AT_ONCE)) }
    }

    /// A socket of this person, of whatever kind, is authenticated: the person is here until the stay is dropped. Status
    /// and version are those of `AuthorizeResponse`; a newer choice that was heard meanwhile counts more.
    #[must_use]
    pub fn enter(&self, user_id: UserId, status: ChosenStatus, status_version: i64) -> Stay {
        self.lease.enter(user_id, status, status_version)
    }

    /// Everyone whose presence the person may see (the first 20,000). Asks the api until it answers; drop it to give up.
    pub async fn acquaintances(&self, user_id: UserId) -> Vec<Acquaintance> {
        acquaintances::read(&self.bus, &self.reads, user_id).await
    }

    /// From now on `wake` is called whenever the watch has something to take, until it is dropped. It is called under a
    /// lock: it must neither block nor call back (`Mailbox::wake` does neither). The person is left out of `people`.
    #[must_use]
    pub fn watch(&self, user_id: UserId, people: &[Acquaintance], wake: impl Fn() + Send + Sync + 'static) -> Watch {
        self.watching.watch(user_id, people, Box::new(wake))
    }
}

#[cfg(test)]
mod tests {
    use chat_protocol::presence::{LEASE_INTERVAL, LEASE_TTL};
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        presence: PresenceSection,
    }

    #[test]
    fn lease_is_renewed_as_often_as_the_presence_service_expects() {
        let interval = Program::parse_from(["gateway"]).presence.lease_interval();
        assert_eq!(interval, LEASE_INTERVAL);
        assert!(2 * interval < LEASE_TTL);
    }
}
