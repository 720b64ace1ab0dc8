//! Every NATS subject and stream name, built and parsed here and nowhere else.

use crate::ids::{ConversationId, FamilyId, InstanceId, TokenId, UserId};
use crate::partition::{Bucket, Partition};
use crate::time::Timestamp;

/// Stream of commands: what is asked for and not yet committed.
pub const COMMANDS_STREAM: &str = "CHAT_COMMANDS";
/// Stream of events: what has happened, for consumers and replay.
pub const EVENTS_STREAM: &str = "CHAT_EVENTS";
/// Stream of commands that could not be carried out.
pub const DEAD_LETTERS_STREAM: &str = "CHAT_DEAD_LETTERS";

/// What the stream of commands takes in.
pub const COMMANDS_WILDCARD: &str = "chat.command.*";
/// What the stream of events takes in.
pub const EVENTS_WILDCARD: &str = "chat.conversation.*.*.log";
/// What the stream of dead letters takes in.
pub const DEAD_LETTERS_WILDCARD: &str = "chat.dead_letter.*";

/// Everything of all conversations.
pub const CONVERSATIONS_WILDCARD: &str = "chat.conversation.*.*.>";
/// What is told at once of all conversations.
pub const LIVE_WILDCARD: &str = "chat.conversation.*.*.live";
/// The news of all users.
pub const USERS_WILDCARD: &str = "chat.user.*.*";
/// The heads of all buckets.
pub const HEADS_WILDCARD: &str = "chat.heads.*";
/// The questions to all gateways about connections of long polling.
pub const POLLING_WILDCARD: &str = "chat.polling.*";
/// The answers for all instances.
pub const REPLIES_WILDCARD: &str = "chat.reply.*";
/// The pulses of all instances.
pub const PULSES_WILDCARD: &str = "chat.pulse.*";

/// Bucket of the token families that are revoked: the key is the family.
pub const REVOKED_FAMILIES_BUCKET: &str = "chat_revoked_families";
/// Bucket of the people whose tokens are revoked: the key is the person and the moment before which they were issued.
pub const REVOKED_USERS_BUCKET: &str = "chat_revoked_users";
/// Bucket of the tickets that were used: the key is the ticket's id.
pub const USED_TICKETS_BUCKET: &str = "chat_used_tickets";
/// Where revocations are heard as they are written into their bucket.
pub const REVOKED_FAMILIES_WILDCARD: &str = "$KV.chat_revoked_families.*";

/// The same for whole people.
pub const REVOKED_USERS_WILDCARD: &str = "$KV.chat_revoked_users.*.*";

/// The family of a subject of revocations.
#[must_use]
pub fn parse_revoked_family(subject: &str) -> Option<FamilyId> {
    subject.strip_prefix("$KV.chat_revoked_families.")?.parse().ok()
}

/// The key of a person's revocation: an entry for each, so that of two neither hides the other. In milliseconds, rounded up.
#[must_use]
pub fn revoked_user_key(user: UserId, issued_before: Timestamp) -> String {
    let before = issued_before.datetime();
    let is_cut = !before.timestamp_subsec_nanos().is_multiple_of(1_000_000);
    format!("{user}.{}", before.timestamp_millis() + i64::from(is_cut))
}

/// Whose revocation a key stands for, and of the tokens before which moment.
#[must_use]
pub fn parse_revoked_user_key(key: &str) -> Option<(UserId, Timestamp)> {
    let (user, before) = key.split_once('.')?;
    let before = chrono::DateTime::from_timestamp_millis(before.parse().ok()?)?;
    Some((user.parse().ok()?, before.into()))
}

/// The revocation of a subject of whole people's revocations.
#[must_use]
pub fn parse_revoked_user(subject: &str) -> Option<(UserId, Timestamp)> {
    parse_revoked_user_key(subject.strip_prefix("$KV.chat_revoked_users.")?)
}

/// Where an instance hears itself, and so that nothing that was said before is still on its way. `own` is drawn by it.
#[must_use]
pub fn pulse(own: TokenId) -> String {
    format!("chat.pulse.{own}")
}

/// Where commands of a partition go.
#[must_use]
pub fn command(partition: Partition) -> String {
    format!("chat.command.{}", partition.get())
}

/// The partition of a command's subject.
#[must_use]
pub fn parse_command(subject: &str) -> Option<Partition> {
    let number = subject.strip_prefix("chat.command.")?;
    let partition = number.parse().ok().and_then(Partition::new)?;
    (command(partition) == subject).then_some(partition)
}

/// Where a command that could not be carried out is kept.
#[must_use]
pub fn dead_letter(partition: Partition) -> String {
    format!("chat.dead_letter.{}", partition.get())
}

/// Where durable events of a conversation go.
#[must_use]
pub fn conversation_log(id: ConversationId) -> String {
    format!("chat.conversation.{}.{id}.log", Bucket::of_conversation(id).get())
}

/// Where what is not durable goes: typing, receipts.
#[must_use]
pub fn conversation_live(id: ConversationId) -> String {
    format!("chat.conversation.{}.{id}.live", Bucket::of_conversation(id).get())
}

/// Everything of a conversation.
#[must_use]
pub fn conversation_all(id: ConversationId) -> String {
    format!("chat.conversation.{}.{id}.>", Bucket::of_conversation(id).get())
}

/// What a subject of a conversation carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationSubject {
    /// Durable events.
    Log(ConversationId),
    /// Typing and receipts.
    Live(ConversationId),
}

/// Reads a conversation's subject; none if it is another's or its bucket is wrong.
#[must_use]
pub fn parse_conversation(subject: &str) -> Option<ConversationSubject> {
    let mut tokens = subject.split('.');
    if (tokens.next(), tokens.next()) != (Some("chat"), Some("conversation")) {
        return None;
    }
    let (_bucket, id, kind) = (tokens.next()?, tokens.next()?.parse().ok()?, tokens.next()?);
    let parsed = match kind {
        "log" if conversation_log(id) == subject => ConversationSubject::Log(id),
        "live" if conversation_live(id) == subject => ConversationSubject::Live(id),
        _ => return None,
    };
    Some(parsed)
}

/// Where a user's own news goes: added, removed, unread, revoked.
#[must_use]
pub fn user(id: UserId) -> String {
    format!("chat.user.{}.{id}", Bucket::of_user(id).get())
}

/// Whose news a subject carries; none if it is another's or its bucket is wrong.
#[must_use]
pub fn parse_user(subject: &str) -> Option<UserId> {
    let (_, id) = subject.strip_prefix("chat.user.")?.split_once('.')?;
    let id = id.parse().ok()?;
    (user(id) == subject).then_some(id)
}

/// Where the heads of what changed are told.
#[must_use]
pub fn heads(bucket: Bucket) -> String {
    format!("chat.heads.{}", bucket.get())
}

/// Where workers tell how far they have stored.
pub const POSITIONS: &str = "chat.positions";

/// Where an instance hears its answers.
#[must_use]
pub fn reply(instance: &InstanceId) -> String {
    format!("chat.reply.{instance}")
}

/// Where a gateway says who is there.
#[must_use]
pub fn presence_lease(gateway: &InstanceId) -> String {
    format!("chat.presence.lease.{gateway}")
}

/// Where a gateway is asked about the connections of long polling that it holds. `run` is drawn at its start.
#[must_use]
pub fn polling(run: &InstanceId) -> String {
    format!("chat.polling.{run}")
}

/// Where changes of presence are told.
#[must_use]
pub fn presence_diff(bucket: Bucket) -> String {
    format!("chat.presence.diff.{}", bucket.get())
}

/// Where what people chose to show is told to all gateways.
pub const PRESENCE_STATUS: &str = "chat.presence.status";

/// Where instances tell what was taken of the limits that all keep together.
pub const LIMITS_WILDCARD: &str = "chat.limits.*";

/// Where an instance tells what was taken there of the limits that all keep together.
#[must_use]
pub fn limits(instance: &InstanceId) -> String {
    format!("chat.limits.{instance}")
}

/// Who tells what was taken.
#[must_use]
pub fn parse_limits(subject: &str) -> Option<InstanceId> {
    subject.strip_prefix("chat.limits.")?.parse().ok()
}

/// Where a service answers requests. Both names are constants of ours.
#[must_use]
pub fn rpc(service: &'static str, endpoint: &'static str) -> String {
    format!("chat.rpc.{service}.{endpoint}")
}

/// All endpoints of a service.
#[must_use]
pub fn rpc_wildcard(service: &'static str) -> String {
    format!("chat.rpc.{service}.*")
}

/// What the inboxes of a user of NATS begin with: answers to its requests come there, and nobody else may hear them.
#[must_use]
pub fn inbox_prefix(user: &str) -> String {
    let token = user.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    format!("_INBOX_{}", token.collect::<String>())
}

/// Where `JetStream` takes a request.
#[must_use]
pub fn jetstream(call: &str) -> String {
    format!("$JS.API.{call}")
}

/// The stream behind a bucket.
#[must_use]
pub fn bucket_stream(bucket: &str) -> String {
    format!("KV_{bucket}")
}

/// All keys of a bucket.
#[must_use]
pub fn bucket_wildcard(bucket: &str) -> String {
    format!("$KV.{bucket}.>")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn command_subject_is_read_back() {
        for partition in Partition::all() {
            assert_eq!(parse_command(&command(partition)), Some(partition));
        }
        for bad in
            ["chat.command.64", "chat.command.01", "chat.command.", "chat.command.*", "chat.command.1.2", "command.1"]
        {
            assert_eq!(parse_command(bad), None, "{bad}");
        }
    }

    #[test]
    fn revoked_family_is_the_last_token() {
        let family = FamilyId::generate();
        assert_eq!(parse_revoked_family(&format!("$KV.{REVOKED_FAMILIES_BUCKET}.{family}")), Some(family));
        assert_eq!(REVOKED_FAMILIES_WILDCARD, format!("$KV.{REVOKED_FAMILIES_BUCKET}.*"));
        for bad in [format!("$KV.{USED_TICKETS_BUCKET}.{family}"), "$KV.chat_revoked_families.x".to_owned()] {
            assert_eq!(parse_revoked_family(&bad), None, "{bad}");
        }
    }

    /// Whether a subject is one of a wildcard's.
    fn is_under(wildcard: &str, subject: &str) -> bool {
        let (mut wanted, mut tokens) = (wildcard.split('.'), subject.split('.'));
        loop {
            match (wanted.next(), tokens.next()) {
                (None, None) | (Some(">"), Some(_)) => return true,
                (Some(want), Some(token)) if want == "*" || want == token => {}
                _ => return false,
            }
        }
    }

    #[test]
    fn wildcards_are_of_their_subjects() {
        let (id, user) = (ConversationId::generate(), UserId::new(7).unwrap());
        let instance: InstanceId = "x-1".parse().unwrap();
        for (wildcard, subject) in [
            (COMMANDS_WILDCARD, command(Partition::new(3).unwrap())),
            (EVENTS_WILDCARD, conversation_log(id)),
            (LIVE_WILDCARD, conversation_live(id)),
            (CONVERSATIONS_WILDCARD, conversation_all(id)),
            (DEAD_LETTERS_WILDCARD, dead_letter(Partition::new(3).unwrap())),
            (USERS_WILDCARD, super::user(user)),
            (HEADS_WILDCARD, heads(Bucket::of_conversation(id))),
            (REPLIES_WILDCARD, reply(&instance)),
            (POLLING_WILDCARD, polling(&instance)),
            (PULSES_WILDCARD, pulse(TokenId::generate())),
            (crate::presence::LEASES_WILDCARD, presence_lease(&instance)),
            (crate::presence::DIFFS_WILDCARD, presence_diff(Bucket::of_user(user))),
            (&rpc_wildcard("api"), rpc("api", "heads")),
        ] {
            assert!(is_under(wildcard, &subject), "{subject} is not under {wildcard}");
        }
    }

    #[test]
    fn revoked_user_and_moment_are_the_last_tokens() {
        let (user, moment) = (UserId::new(42).unwrap(), chrono::DateTime::from_timestamp_micros(1_800_000_000_000_001));
        let key = revoked_user_key(user, moment.unwrap().into());
        assert_eq!(key, "42.1800000000001", "rounded up");
        let told = chrono::DateTime::from_timestamp_millis(1_800_000_000_001).unwrap().into();
        assert_eq!(parse_revoked_user(&format!("$KV.{REVOKED_USERS_BUCKET}.{key}")), Some((user, told)));
        assert_eq!(revoked_user_key(user, told), key);
        assert_eq!(REVOKED_USERS_WILDCARD, format!("$KV.{REVOKED_USERS_BUCKET}.*.*"));
        for bad in ["42", "42.", "x.1", "0.1", "42.1.1", "42.99999999999999999"] {
            assert_eq!(parse_revoked_user_key(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn conversation_subject_is_read_back(bits: u128) {
            let id = ConversationId::from_uuid(uuid::Uuid::from_u128(bits));
            prop_assert_eq!(parse_conversation(&conversation_log(id)), Some(ConversationSubject::Log(id)));
            prop_assert_eq!(parse_conversation(&conversation_live(id)), Some(ConversationSubject::Live(id)));
        }

        #[test]
        fn user_subject_is_read_back(number in 1..=UserId::MAX) {
            let (id, next) = (UserId::new(number).unwrap(), UserId::new(number % UserId::MAX + 1).unwrap());
            prop_assert_eq!(parse_user(&user(id)), Some(id));
            let foreign_bucket = user(id).replace(&number.to_string(), &next.to_string());
            prop_assert!(parse_user(&foreign_bucket).is_none() || Bucket::of_user(id) == Bucket::of_user(next));
        }

        #[test]
        fn foreign_subjects_are_not_read(text in "chat\\.conversation\\.[ -~]{0,60}") {
            if let Some(ConversationSubject::Log(id) | ConversationSubject::Live(id)) = parse_conversation(&text) {
                prop_assert!(text == conversation_log(id) || text == conversation_live(id));
            }
        }

        #[test]
        fn subjects_have_as_many_tokens_as_they_should(bits: u128, number in 1..=UserId::MAX, name in "[A-Za-z0-9_-]{1,64}") {
            let id = ConversationId::from_uuid(uuid::Uuid::from_u128(bits));
            let instance: InstanceId = name.parse().unwrap();
            prop_assert_eq!(conversation_log(id).split('.').count(), 5);
            prop_assert_eq!(user(UserId::new(number).unwrap()).split('.').count(), 4);
            prop_assert_eq!(reply(&instance).split('.').count(), 3);
            prop_assert_eq!(presence_lease(&instance).split('.').count(), 4);
            prop_assert_eq!(parse_limits(&limits(&instance)), Some(instance));
        }
    }
}
