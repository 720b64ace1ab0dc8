//! Who may publish and hear what on NATS: one user for each service, with allow lists and nothing else. `deploy/nats/permissions.conf`
//! is this table as the server reads it; a test keeps the two the same.

mod server;

pub use self::server::server_configuration;
use crate::moderation;
use crate::presence::{DIFFS_WILDCARD, LEASES_WILDCARD};
use crate::subjects::{
    self, COMMANDS_STREAM, COMMANDS_WILDCARD, CONVERSATIONS_WILDCARD, DEAD_LETTERS_STREAM, DEAD_LETTERS_WILDCARD,
    EVENTS_STREAM, EVENTS_WILDCARD, HEADS_WILDCARD, LIMITS_WILDCARD, LIVE_WILDCARD, POLLING_WILDCARD, POSITIONS,
    PRESENCE_STATUS, PULSES_WILDCARD, REPLIES_WILDCARD, REVOKED_FAMILIES_BUCKET, REVOKED_FAMILIES_WILDCARD,
    REVOKED_USERS_BUCKET, REVOKED_USERS_WILDCARD, USED_TICKETS_BUCKET, USERS_WILDCARD,
};

/// Where the rights of [`NatsUser::Reader`] begin in its own account, instead of `$JS.API`.
pub const READER_API_PREFIX: &str = "CHATJS.API";
/// The durable consumers of CHAT_EVENTS that an operator makes for [`NatsUser::Reader`]: the one that follows, and one beside it
/// that goes through the past once more.
pub const READER_CONSUMERS: [&str; 2] = ["reader", "replay"];

/// The buckets that say whose tokens are revoked.
const REVOCATIONS: [&str; 2] = [REVOKED_FAMILIES_BUCKET, REVOKED_USERS_BUCKET];
const READER_CALLS: [&str; 2] = ["CONSUMER.INFO", "CONSUMER.MSG.NEXT"];

/// Somebody on NATS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NatsUser {
    /// The api.
    Api,
    /// The gateway.
    Gateway,
    /// The worker that stores.
    Persistence,
    /// Who is online.
    Presence,
    /// The operator's own service that judges what is said.
    Moderator,
    /// An operator with `chatctl`.
    Operator,
    /// A consumer of CHAT_EVENTS from outside, in an account of its own, into which these subjects are imported.
    Reader,
}

/// What somebody may: nothing that is not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Subjects that may be published to.
    pub publish: Vec<String>,
    /// Subjects that may be subscribed to.
    pub subscribe: Vec<String>,
    /// How many answers one request may be given; 0: none.
    pub answers: u32,
}

impl NatsUser {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Api, Self::Gateway, Self::Persistence, Self::Presence, Self::Moderator, Self::Operator, Self::Reader];

    /// The user's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Gateway => "ws-gateway",
            Self::Persistence => "persistence",
            Self::Presence => "presence",
            Self::Moderator => "moderator",
            Self::Operator => "operator",
            Self::Reader => "reader",
        }
    }

    /// What it may.
    #[must_use]
    pub fn permissions(self) -> Permissions {
        let mut permissions = match self {
            Self::Api => api(),
            Self::Gateway => gateway(),
            Self::Persistence => persistence(),
            Self::Presence => presence(),
            Self::Moderator => moderator(),
            Self::Operator => operator(),
            Self::Reader => reader(),
        };
        permissions.subscribe.push(format!("{}.>", subjects::inbox_prefix(self.name())));
        permissions
    }
}

/// Commands and what the api itself decides go out; answers, visits and revocations come in. Declares the buckets.
fn api() -> Permissions {
    let told = [COMMANDS_WILDCARD, LIMITS_WILDCARD, LIVE_WILDCARD, PRESENCE_STATUS, PULSES_WILDCARD, USERS_WILDCARD]
        .map(str::to_owned);
    let asked = [subjects::rpc_wildcard("presence"), subjects::jetstream("INFO"), moderation()];
    let buckets = REVOCATIONS.into_iter().chain([USED_TICKETS_BUCKET]).flat_map(declare_bucket);
    let revocations = REVOCATIONS.into_iter().flat_map(copy_bucket);
    let revoking = REVOCATIONS.map(subjects::bucket_wildcard);
    let heard = [
        DIFFS_WILDCARD,
        LIMITS_WILDCARD,
        POSITIONS,
        PULSES_WILDCARD,
        REPLIES_WILDCARD,
        REVOKED_FAMILIES_WILDCARD,
        REVOKED_USERS_WILDCARD,
    ];
    let heard = heard.map(str::to_owned);
    Permissions {
        publish: told.into_iter().chain(asked).chain(buckets).chain(revocations).chain(revoking).collect(),
        subscribe: heard.into_iter().chain(serve("api")).collect(),
        answers: 1,
    }
}

/// Commands, typing and leases go out, and questions; everything that sockets may see comes in. Answers other gateways.
fn gateway() -> Permissions {
    let told = [COMMANDS_WILDCARD, LEASES_WILDCARD, LIMITS_WILDCARD, LIVE_WILDCARD, POLLING_WILDCARD, PULSES_WILDCARD]
        .map(str::to_owned);
    let asked = ["api", "presence"].map(subjects::rpc_wildcard).into_iter().chain([moderation()]);
    let revocations = REVOCATIONS.into_iter().flat_map(copy_bucket);
    let tickets = [
        subjects::jetstream(&format!("STREAM.INFO.{}", subjects::bucket_stream(USED_TICKETS_BUCKET))),
        look_into(USED_TICKETS_BUCKET),
        subjects::bucket_wildcard(USED_TICKETS_BUCKET),
    ];
    let heard = [
        CONVERSATIONS_WILDCARD,
        DIFFS_WILDCARD,
        HEADS_WILDCARD,
        LIMITS_WILDCARD,
        POLLING_WILDCARD,
        POSITIONS,
        PRESENCE_STATUS,
        PULSES_WILDCARD,
        REPLIES_WILDCARD,
        REVOKED_FAMILIES_WILDCARD,
        REVOKED_USERS_WILDCARD,
        USERS_WILDCARD,
    ];
    Permissions {
        publish: told.into_iter().chain(asked).chain(revocations).chain(tickets).collect(),
        subscribe: heard.map(str::to_owned).to_vec(),
        answers: 1,
    }
}

/// Reads commands; tells and answers everybody, hears nobody. Declares the streams.
fn persistence() -> Permissions {
    let told = [
        DEAD_LETTERS_WILDCARD,
        EVENTS_WILDCARD,
        HEADS_WILDCARD,
        LIVE_WILDCARD,
        POSITIONS,
        REPLIES_WILDCARD,
        USERS_WILDCARD,
    ];
    let streams = [COMMANDS_STREAM, DEAD_LETTERS_STREAM, EVENTS_STREAM].into_iter().flat_map(declare);
    let commands = ["DIRECT.GET", "STREAM.INFO", "STREAM.PURGE"]
        .map(|call| subjects::jetstream(&format!("{call}.{COMMANDS_STREAM}")));
    Permissions {
        publish: told
            .map(str::to_owned)
            .into_iter()
            .chain(streams)
            .chain(commands)
            .chain(read(COMMANDS_STREAM))
            .collect(),
        subscribe: Vec::new(),
        answers: 0,
    }
}

/// Hears leases, tells diffs; a gateway may be asked for more than one thing after its lease.
fn presence() -> Permissions {
    let heard = [DIFFS_WILDCARD, LEASES_WILDCARD].map(str::to_owned);
    Permissions {
        publish: vec![DIFFS_WILDCARD.to_owned()],
        subscribe: heard.into_iter().chain(serve("presence")).collect(),
        answers: 10,
    }
}

/// Is asked about what is said, answers once, and knows nothing else.
fn moderator() -> Permissions {
    Permissions { publish: Vec::new(), subscribe: serve(moderation::SERVICE), answers: 1 }
}

/// Where the moderator is asked.
fn moderation() -> String {
    subjects::rpc(moderation::SERVICE, moderation::ENDPOINT)
}

/// Looks after the streams, and makes the consumers of whoever reads CHAT_EVENTS from outside. Erases: asks for deletions, takes single
/// messages out of streams, and publishes events again.
fn operator() -> Permissions {
    let streams = [COMMANDS_STREAM, DEAD_LETTERS_STREAM, EVENTS_STREAM];
    let told = [COMMANDS_WILDCARD, EVENTS_WILDCARD].map(str::to_owned);
    let looks = streams.map(|stream| subjects::jetstream(&format!("STREAM.INFO.{stream}")));
    let removals = streams.map(|stream| subjects::jetstream(&format!("STREAM.MSG.DELETE.{stream}")));
    let others = ["INFO".to_owned(), format!("STREAM.PURGE.{EVENTS_STREAM}")].map(|call| subjects::jetstream(&call));
    let for_readers =
        READER_CONSUMERS.map(|consumer| subjects::jetstream(&format!("CONSUMER.CREATE.{EVENTS_STREAM}.{consumer}")));
    let each = streams
        .into_iter()
        .flat_map(|stream| [declare(stream).to_vec(), read(stream).to_vec(), clear(stream).to_vec()].concat());
    let publish = told.into_iter().chain(looks).chain(removals).chain(others).chain(for_readers).chain(each).collect();
    Permissions { publish, subscribe: [POSITIONS, REPLIES_WILDCARD].map(str::to_owned).to_vec(), answers: 0 }
}

/// Pulls from the consumers that were made for it, and hears events as they happen. It may make none itself: whoever makes one
/// says where its messages go, and could have them sent to any subject of the services.
fn reader() -> Permissions {
    let calls = reader_calls().map(|call| format!("{READER_API_PREFIX}.{call}"));
    Permissions {
        publish: calls.chain(reader_acks()).collect(),
        subscribe: vec![EVENTS_WILDCARD.to_owned()],
        answers: 0,
    }
}

/// What a reader asks of `JetStream`, without the prefix.
fn reader_calls() -> impl Iterator<Item = String> {
    let of = |consumer: &'static str| READER_CALLS.map(|call| format!("{call}.{EVENTS_STREAM}.{consumer}"));
    READER_CONSUMERS.into_iter().flat_map(of)
}

fn reader_acks() -> impl Iterator<Item = String> {
    READER_CONSUMERS.into_iter().map(|consumer| format!("$JS.ACK.{EVENTS_STREAM}.{consumer}.>"))
}

/// Answers requests, and shows itself to `nats micro`. The verbs by name: to the server a subscription to `$SRV.>` is one to
/// `$SRV.*`.
fn serve(service: &'static str) -> Vec<String> {
    let about = |verb: &str| {
        let verb = format!("$SRV.{verb}");
        [verb.clone(), format!("{verb}.chat-{service}"), format!("{verb}.chat-{service}.*")]
    };
    ["INFO", "PING", "STATS"].iter().flat_map(|verb| about(verb)).chain([subjects::rpc_wildcard(service)]).collect()
}

/// Makes a stream what it must be.
fn declare(stream: &str) -> [String; 2] {
    ["STREAM.CREATE", "STREAM.UPDATE"].map(|call| subjects::jetstream(&format!("{call}.{stream}")))
}

fn declare_bucket(bucket: &str) -> Vec<String> {
    let stream = subjects::bucket_stream(bucket);
    let info = subjects::jetstream(&format!("STREAM.INFO.{stream}"));
    declare(&stream).into_iter().chain([info]).collect()
}

/// Keeps a copy of a bucket: looks at single keys, and lists all with a consumer of its own.
fn copy_bucket(bucket: &str) -> Vec<String> {
    let stream = subjects::bucket_stream(bucket);
    let info = subjects::jetstream(&format!("STREAM.INFO.{stream}"));
    let flow_control = format!("$JS.FC.{stream}.>");
    let list = [subjects::jetstream(&format!("CONSUMER.CREATE.{stream}")), flow_control];
    [info, look_into(bucket)].into_iter().chain(list).chain(clear(&stream)).collect()
}

/// Looks at one key of a bucket.
fn look_into(bucket: &str) -> String {
    let stream = subjects::bucket_stream(bucket);
    subjects::jetstream(&format!("DIRECT.GET.{stream}.{}", subjects::bucket_wildcard(bucket)))
}

/// Reads a stream with consumers that it makes itself, without a name.
fn read(stream: &str) -> [String; 3] {
    ["CONSUMER.CREATE.{}", "CONSUMER.INFO.{}.*", "CONSUMER.MSG.NEXT.{}.*"]
        .map(|call| subjects::jetstream(&call.replace("{}", stream)))
}

/// Removes its consumers, as the client does before it makes one anew.
fn clear(stream: &str) -> [String; 1] {
    [subjects::jetstream(&format!("CONSUMER.DELETE.{stream}.*"))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_may_everything() {
        for user in NatsUser::ALL {
            let Permissions { publish, subscribe, .. } = user.permissions();
            for subject in publish.iter().chain(&subscribe) {
                let first = subject.split('.').next().unwrap();
                assert!(first != ">" && first != "*" && first != "$SYS", "{user:?}: {subject}");
                assert!(!["$JS.>", "$JS.API.>", "$KV.>", "chat.>"].contains(&subject.as_str()), "{user:?}: {subject}");
            }
        }
    }
}
