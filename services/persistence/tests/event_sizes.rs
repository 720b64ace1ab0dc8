//! The largest events that legal input can cause fit into what the bus and the sockets carry.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use chat_bus::attributes::Attributes;
use chat_bus::events::EncodedEvent;
use chat_protocol::event::{Event, EventFacts, EventKind, LogEvent};
use chat_protocol::ids::{AttachmentId, ConversationId, MessageId, Seq, UserId};
use chat_protocol::limits::{
    MAX_ATTACHMENTS, MAX_CONTENT_BYTES, MAX_EVENT_BYTES, MAX_FILE_NAME_CHARS, MAX_FRAME_BYTES, MAX_JOB_ID_CHARS,
    MAX_JOB_STATUS_CHARS, MAX_METADATA_BYTES, MAX_NAME_CHARS, MAX_TITLE_CHARS, MAX_URL_BYTES, SHOWN_PARTICIPANTS,
    WAVEFORM_PEAKS,
};
use chat_protocol::message::{Message, Reaction, SendMessageRequest, Sender};
use chat_protocol::rest::{Attachment, AttachmentKind, ConversationChanges, PlatformRole};
use chat_protocol::time::Timestamp;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What takes one byte, two in JSON, six in JSON, and four.
const CHARACTERS: [char; 4] = ['a', '"', '\u{1}', '😀'];
const PRINTABLE: [char; 3] = ['a', '"', '😀'];

fn text(characters: &'static [char], length: usize) -> impl Strategy<Value = String> {
    let mixed = proptest::collection::vec(proptest::sample::select(characters), length)
        .prop_map(|characters| characters.into_iter().collect());
    let same = proptest::sample::select(characters).prop_map(move |c| String::from(c).repeat(length));
    prop_oneof![mixed, same]
}

fn url() -> String {
    let address = "https://example.com/";
    format!("{address}{}", "x".repeat(MAX_URL_BYTES - address.len()))
}

/// As long as metadata may be.
fn metadata() -> Value {
    json!({"a": "x".repeat(MAX_METADATA_BYTES - r#"{"a":""}"#.len())})
}

/// The largest changes that are let in.
fn changes() -> impl Strategy<Value = ConversationChanges> {
    let words = (MAX_TITLE_CHARS, MAX_JOB_ID_CHARS, MAX_TITLE_CHARS, MAX_JOB_STATUS_CHARS);
    let words = (
        text(&CHARACTERS, words.0),
        text(&CHARACTERS, words.1),
        text(&CHARACTERS, words.2),
        text(&CHARACTERS, words.3),
    );
    words.prop_map(|(title, id, job_title, status)| {
        let job = json!({"id": id, "title": job_title, "status": status, "url": url()});
        let changes: ConversationChanges =
            serde_json::from_value(json!({"title": title, "job": job, "metadata": metadata()})).unwrap();
        changes.check().unwrap();
        changes
    })
}

/// A conversation as events show it.
fn summary() -> impl Strategy<Value = Value> {
    (changes(), proptest::collection::vec(text(&PRINTABLE, MAX_NAME_CHARS), SHOWN_PARTICIPANTS)).prop_map(
        |(changes, names)| {
            let participant = |name: &String| {
                json!({"id": UserId::MAX, "name": name, "avatar_url": url(), "role": "member", "user_role": "freelancer"})
            };
            json!({
                "id": ConversationId::generate(), "kind": "direct", "title": changes.title, "job": changes.job,
                "metadata": changes.metadata, "participant_count": 1000, "created_at": "2026-01-01T00:00:00.000000Z",
                "participants": names.iter().map(participant).collect::<Vec<_>>(),
            })
        },
    )
}

fn log_event(kind: EventKind, body: Value) -> Event {
    let Value::Object(body) = body else { panic!("{body}") };
    Event::Log(Box::new(LogEvent {
        kind,
        conversation_id: ConversationId::generate(),
        seq: Seq(i64::MAX),
        actor_id: UserId::new(UserId::MAX),
        created_at: Utc::now().into(),
        body,
    }))
}

/// As many as a message may have, with the longest names.
fn attachments() -> Vec<Attachment> {
    let id = AttachmentId::generate();
    let one = Attachment {
        id,
        name: "\u{1}".repeat(MAX_FILE_NAME_CHARS),
        content_type: "application/vnd.openxmlformats-officedocument.presentationml.presentation".into(),
        size: i64::MAX,
        sha256: "f".repeat(64),
        kind: AttachmentKind::Voice,
        width: Some(u32::MAX),
        height: Some(u32::MAX),
        duration_ms: Some(i64::MAX),
        waveform: Some(vec![100; WAVEFORM_PEAKS]),
        url: format!("/api/chat/attachments/{id}/"),
        thumbnail_url: Some(format!("/api/chat/attachments/{id}/thumbnail/")),
        created_at: DateTime::<Utc>::MAX_UTC.into(),
    };
    vec![one; MAX_ATTACHMENTS]
}

/// As many kinds as a message may have, each as long as it may be.
fn reactions() -> Vec<Reaction> {
    vec![Reaction { emoji: "😀".repeat(16), count: u32::MAX, me: false }; 20]
}

fn message(content: &str, name: &str, client_id: &str) -> Message {
    let request = json!({"content": content, "client_id": client_id, "reply_to": MessageId::generate()});
    let new = serde_json::from_value::<SendMessageRequest>(request).unwrap().check(MAX_CONTENT_BYTES).unwrap();
    Message {
        id: MessageId::generate(),
        conversation_id: ConversationId::generate(),
        seq: Seq(i64::MAX),
        content: new.content,
        message_type: new.message_type,
        sender: Some(Sender {
            id: UserId::new(UserId::MAX).unwrap(),
            name: name.to_owned(),
            avatar_url: Some(url()),
            role: PlatformRole::Freelancer,
        }),
        attachments: attachments(),
        reply_to: new.reply_to,
        reactions: reactions(),
        client_id: new.client_id,
        created_at: DateTime::<Utc>::MAX_UTC.into(),
        edited_at: Some(DateTime::<Utc>::MAX_UTC.into()),
        deleted_at: None,
    }
}

fn fits(event: &Event) -> Result<(), TestCaseError> {
    let encoded =
        EncodedEvent::new(uuid::Uuid::nil(), event, EventFacts::default(), &Attributes::of(Some("/chat"))).unwrap();
    let bytes = encoded.frame_len();
    const { assert!(MAX_FRAME_BYTES <= MAX_EVENT_BYTES, "what fits into a frame fits on the bus") };
    prop_assert!(bytes <= MAX_FRAME_BYTES, "{:?}: {bytes}", event.kind());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn largest_events_fit(conversation in summary(), name in text(&PRINTABLE, MAX_NAME_CHARS)) {
        for kind in EventKind::ALL {
            match kind {
                // Below, with every content.
                EventKind::MessageReceived | EventKind::MessageEdited => {}
                EventKind::MessageDeleted => {
                    let now = Timestamp::new(DateTime::<Utc>::MAX_UTC);
                    fits(&log_event(kind, json!({"message_seq": i64::MAX, "message_id": MessageId::generate(), "deleted_at": now})))?;
                }
                EventKind::ReactionAdded | EventKind::ReactionRemoved => {
                    let emoji = "😀".repeat(16);
                    fits(&log_event(kind, json!({"message_seq": i64::MAX, "message_id": MessageId::generate(), "emoji": emoji, "user_id": UserId::MAX})))?;
                }
                EventKind::ConversationCreated | EventKind::ConversationUpdated => {
                    fits(&log_event(kind, json!({"conversation": conversation.clone()})))?;
                }
                EventKind::ParticipantAdded | EventKind::ParticipantRemoved | EventKind::ParticipantChanged => {
                    let user = json!({"id": UserId::MAX, "name": name, "avatar_url": url()});
                    fits(&log_event(kind, json!({"user_id": UserId::MAX, "role": "member", "user": user})))?;
                }
            }
        }
    }

    #[test]
    fn largest_messages_fit(
        character in proptest::sample::select(&CHARACTERS[..]), name in text(&PRINTABLE, MAX_NAME_CHARS),
        client_id in text(&CHARACTERS, 128),
    ) {
        let content = String::from(character).repeat(MAX_CONTENT_BYTES / character.len_utf8());
        let message = message(&content, &name, &client_id);
        fits(&log_event(EventKind::MessageEdited, json!({"message_seq": i64::MAX, "message": message})))?;
        fits(&Event::of_message(message))?;
    }
}
