//! Wire types of presence. Gateways tell who holds a socket (leases), the presence service tells what others see of them
//! (diffs, snapshots), and asks a gateway again where it missed something. All of it on core NATS: what gets lost is
//! found by its version.
//!
//! A gateway keeps a [`LeaseBook`], publishes what it yields on `subjects::presence_lease` **with a reply subject** of its
//! own, and answers each [`LeaseReply`] that comes there (as long as no instance runs, the broker's "no responders" comes
//! there instead: empty, status 503; ignore it). It subscribes the diffs of the people it watches, then asks for a
//! snapshot of them: that holds for everyone asked about, those left out included, except where a diff came after the
//! asking. Of two statements in diffs the one that [supersedes](UserPresence::supersedes) the other holds.

mod asked;
mod lease_book;
mod shown;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::asked::{
    ACQUAINTANCES_PAGE, Acquaintance, AcquaintancesRequest, AcquaintancesResponse, Choice, ChoicesRequest,
    ChoicesResponse, MAX_CHOICES,
};
pub use self::lease_book::LeaseBook;
pub use self::shown::{
    MAX_SNAPSHOT_ROWS, OwnPresence, PresenceRow, PresenceSnapshot, SetPresenceRequest, UserStatusChange,
};
use crate::ids::{InstanceId, UserId};
use crate::time::Timestamp;

/// How often a gateway renews its lease.
pub const LEASE_INTERVAL: Duration = Duration::from_secs(5);
/// How long after its last sign of life a gateway counts as dead: two lost heartbeats are forgiven, and with the time of
/// telling it stays below the promised 15 s.
pub const LEASE_TTL: Duration = Duration::from_secs(12);
/// How long a person stays online after the last socket closed.
pub const OFFLINE_GRACE: Duration = Duration::from_secs(5);
/// How long a gateway remembers who left, for a presence service that starts anew.
pub const DEPARTURES_KEPT: Duration = Duration::from_mins(1);
/// The most people in one update of a lease; at about 60 B each it stays below half of the largest payload.
pub const MAX_USERS_PER_UPDATE: usize = 5000;
/// The most people in one request for a snapshot.
pub const MAX_SNAPSHOT_USERS: usize = 2000;
/// The leases of all gateways.
pub const LEASES_WILDCARD: &str = "chat.presence.lease.*";
/// The diffs of all people.
pub const DIFFS_WILDCARD: &str = "chat.presence.diff.*";

/// What a person chose to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChosenStatus {
    /// Here.
    #[default]
    Online,
    /// Here, but not now.
    Away,
    /// Seen by nobody.
    Invisible,
}

/// What others see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum PresenceStatus {
    /// Here.
    Online,
    /// Here, but not now.
    Away,
    /// Not here, or invisible.
    Offline,
}

impl ChosenStatus {
    /// The number in the database.
    #[must_use]
    pub const fn number(self) -> i16 {
        match self {
            Self::Online => 0,
            Self::Away => 1,
            Self::Invisible => 2,
        }
    }

    /// The choice that has this number in the database.
    #[must_use]
    pub const fn from_number(number: i16) -> Option<Self> {
        Some(match number {
            0 => Self::Online,
            1 => Self::Away,
            2 => Self::Invisible,
            _ => return None,
        })
    }
}

impl PresenceStatus {
    /// What `is_online` says of it.
    #[must_use]
    pub const fn is_online(self) -> bool {
        matches!(self, Self::Online | Self::Away)
    }
}

impl From<ChosenStatus> for PresenceStatus {
    /// What others see of somebody who holds a socket.
    fn from(chosen: ChosenStatus) -> Self {
        match chosen {
            ChosenStatus::Online => Self::Online,
            ChosenStatus::Away => Self::Away,
            ChosenStatus::Invisible => Self::Offline,
        }
    }
}

/// One statement about one person: what others see, and as of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPresence {
    /// Who.
    pub user_id: UserId,
    /// What others see.
    pub status: PresenceStatus,
    /// When the person was last seen; known only of people who are offline.
    pub last_seen: Option<Timestamp>,
    /// What it is based on: the newer of two statements holds.
    pub as_of: Timestamp,
}

impl UserPresence {
    /// Whether this statement holds rather than the other one; never both ways around.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> bool {
        (self.as_of, self.status, self.last_seen) > (other.as_of, other.status, other.last_seen)
    }
}

/// What a gateway publishes on its lease's subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseUpdate {
    /// Whose lease.
    pub gateway: InstanceId,
    /// Which life of that gateway: a later one counts more.
    pub epoch: i64,
    /// How many changes the lease has had; after a missed one only a full set helps.
    pub version: u64,
    /// When it was sent, by the gateway's clock; grows from update to update.
    pub sent_at: Timestamp,
    /// What it says.
    pub body: LeaseBody,
}

/// What an update of a lease says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseBody {
    /// Everyone, as of `version`; in several parts if it must be.
    Full {
        /// 0, 1, 2, …
        part: u32,
        /// Whether another part follows.
        more: bool,
        /// Who holds a socket.
        users: Vec<HeldUser>,
        /// Who left within [`DEPARTURES_KEPT`].
        #[serde(default)]
        left: Vec<Departure>,
    },
    /// What became of `version - 1`.
    Change {
        /// Who opened a first socket, or chose another status.
        online: Vec<HeldUser>,
        /// Who closed the last one.
        offline: Vec<UserId>,
    },
    /// Nothing new.
    Heartbeat,
    /// The gateway stops: nobody holds a socket on it any more.
    Released,
}

/// A person who holds a socket on the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUser {
    /// Who.
    pub user_id: UserId,
    /// What the person chose to show.
    #[serde(default)]
    pub status: ChosenStatus,
    /// Grows with every choice: where gateways differ, the newer counts.
    #[serde(default)]
    pub status_version: i64,
}

/// A person whose last socket on the gateway closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub at: Timestamp,
}

/// What the presence service sends to the reply subject of a lease's updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseReply {
    /// Which instance sends it.
    pub instance: InstanceId,
    /// What the gateway should do.
    pub wish: LeaseWish,
}

/// What the presence service wants of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseWish {
    /// Publish the full set; wishes of a second are met together.
    FullSet,
    /// Ask for a snapshot of everyone watched: a service that starts anew may have missed changes.
    Refresh,
}

/// What the presence service publishes on `subjects::presence_diff`: people of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceDiff {
    /// Which instance says it.
    pub instance: InstanceId,
    /// What is new.
    pub users: Vec<UserPresence>,
}

/// `chat.rpc.presence.snapshot`: what is known of these people, at most [`MAX_SNAPSHOT_USERS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotRequest {
    /// Whom.
    pub user_ids: Vec<UserId>,
}

/// The answer to [`SnapshotRequest`]. Who is missing is offline, and was so for a while: the database knows since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotResponse {
    /// Who is known.
    pub users: Vec<UserPresence>,
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::partition::Bucket;
    use crate::subjects;

    fn statement(as_of_micros: i64, status: PresenceStatus) -> UserPresence {
        let as_of = DateTime::from_timestamp_micros(as_of_micros).unwrap().into();
        UserPresence { user_id: UserId::new(1).unwrap(), status, last_seen: None, as_of }
    }

    #[test]
    fn newer_statement_holds_and_of_two_at_once_the_departure() {
        let online = statement(5, PresenceStatus::Online);
        for (other, holds) in [
            (statement(6, PresenceStatus::Offline), true),
            (statement(4, PresenceStatus::Offline), false),
            (statement(5, PresenceStatus::Offline), true),
            (statement(6, PresenceStatus::Online), true),
        ] {
            assert_eq!(other.supersedes(&online), holds, "{other:?}");
            assert_eq!(online.supersedes(&other), !holds, "{other:?}");
        }
        assert!(!online.supersedes(&online));
    }

    #[test]
    fn wildcards_take_in_the_subjects() {
        let gateway: InstanceId = "ws-gateway-1".parse().unwrap();
        let user = Bucket::of_user(UserId::new(1).unwrap());
        for (wildcard, subject) in
            [(LEASES_WILDCARD, subjects::presence_lease(&gateway)), (DIFFS_WILDCARD, subjects::presence_diff(user))]
        {
            let prefix = wildcard.strip_suffix('*').unwrap();
            assert!(!subject.strip_prefix(prefix).unwrap().contains('.'));
        }
    }

    #[test]
    fn full_set_of_an_older_gateway_is_read() {
        let update: LeaseUpdate = serde_json::from_str(
            r#"{"gateway":"g","epoch":1,"version":2,"sent_at":"2026-11-23T10:00:00Z","later":true,
                "body":{"full":{"part":0,"more":false,"users":[{"user_id":7}]}}}"#,
        )
        .unwrap();
        let held = HeldUser { user_id: UserId::new(7).unwrap(), status: ChosenStatus::Online, status_version: 0 };
        assert_eq!(update.body, LeaseBody::Full { part: 0, more: false, users: vec![held], left: Vec::new() });
    }

    #[test]
    fn largest_update_fits_half_a_payload() {
        let held =
            HeldUser { user_id: UserId::new(UserId::MAX).unwrap(), status: ChosenStatus::Invisible, status_version: 0 };
        let users = vec![HeldUser { status_version: 1_800_000_000_000_000, ..held }; MAX_USERS_PER_UPDATE];
        let json = serde_json::to_vec(&LeaseBody::Full { part: 0, more: true, users, left: Vec::new() }).unwrap();
        assert!(json.len() < crate::limits::MAX_PAYLOAD_BYTES / 2, "{}", json.len());
    }
}
