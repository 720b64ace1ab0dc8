//! Whatever stands in a subject or an id: what is read as one is written back as the same, and no id has a character that NATS gives a
//! meaning to.
#![no_main]

use chat_protocol::ids::{ClientId, ConversationId, InstanceId, UserId};
use chat_protocol::partition::Bucket;
use chat_protocol::subjects::{self, ConversationSubject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    read_as_subject(text);
    if let Ok(id) = text.parse::<ConversationId>() {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
        assert!(u16::from(Bucket::of_conversation(id).get()) < 4096);
        for subject in [subjects::conversation_log(id), subjects::conversation_live(id)] {
            assert!(is_plain(&subject) && subjects::parse_conversation(&subject).is_some(), "{subject}");
        }
    }
    if let Ok(id) = text.parse::<UserId>() {
        assert_eq!(id.to_string(), text);
        assert_eq!(subjects::parse_user(&subjects::user(id)), Some(id));
    }
    if let Ok(id) = text.parse::<InstanceId>() {
        assert!(is_plain(id.as_str()) && !text.contains('.'), "{text}");
        assert_eq!(subjects::parse_limits(&subjects::limits(&id)), Some(id));
    }
    if let Ok(id) = text.parse::<ClientId>() {
        assert_eq!(id.as_str(), text);
        assert!((1..=ClientId::MAX_CHARS).contains(&text.chars().count()) && !text.contains('\0'));
    }
    assert!(is_plain(&subjects::inbox_prefix(text)));
    assert!(!subjects::inbox_prefix(text).contains('.'));
});

/// Each reader takes back what its writer writes, and nothing else.
fn read_as_subject(text: &str) {
    match subjects::parse_conversation(text) {
        Some(ConversationSubject::Log(id)) => assert_eq!(subjects::conversation_log(id), text),
        Some(ConversationSubject::Live(id)) => assert_eq!(subjects::conversation_live(id), text),
        None => {}
    }
    if let Some(partition) = subjects::parse_command(text) {
        assert_eq!(subjects::command(partition), text);
    }
    if let Some(user) = subjects::parse_user(text) {
        assert_eq!(subjects::user(user), text);
    }
    if let Some(instance) = subjects::parse_limits(text) {
        assert_eq!(subjects::limits(&instance), text);
    }
    if let Some((user, before)) = subjects::parse_revoked_user(text) {
        let key = subjects::revoked_user_key(user, before);
        assert_eq!(subjects::parse_revoked_user_key(&key), Some((user, before)), "{text}");
    }
    // What has no canonical text of its own must at least not stop anybody.
    let _ = subjects::parse_revoked_family(text);
}

fn is_plain(subject: &str) -> bool {
    subject.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'>'))
}
