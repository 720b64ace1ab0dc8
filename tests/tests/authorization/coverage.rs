//! Which rows there must be.

use std::collections::{BTreeMap, BTreeSet};

use chat_e2e::App;
use chat_protocol::frame::{Authenticate, ClientFrame, ResumeRequest, Target};

use crate::frames;
use crate::table::Table;

/// What every call on an object of conversations must be tried with.
const OBJECTS: [&str; 4] = ["own", "foreign", "deleted", "nonexistent"];
/// What every call on a person, or on what is a person's own, must be tried with.
const PEOPLE: [&str; 3] = ["own", "foreign", "nonexistent"];
/// What every call on what belongs to the platform must be tried with.
const PLATFORM: [&str; 2] = ["own", "nonexistent"];
/// The kinds of sockets.
const SOCKETS: [&str; 3] = ["chat", "all", "presence"];

/// The objects of the rows, by call or by socket and frame.
fn objects(table: &Table) -> BTreeMap<String, BTreeSet<&str>> {
    let mut objects = BTreeMap::<_, BTreeSet<_>>::new();
    for row in &table.rows {
        objects.entry(row.name()).or_default().insert(row.kind());
    }
    objects
}

fn needed(path: &str) -> &'static [&'static str] {
    let is_of_people = !path.contains("{id}") && path.contains("{user_id}") || path.contains("/users/{id}/");
    match path.contains('{') {
        true if is_of_people => &PEOPLE,
        true if path.contains("/push/") => &PEOPLE,
        true if path.contains("/webhooks/") => &PLATFORM,
        true => &OBJECTS,
        false => &[],
    }
}

#[track_caller]
fn assert_same(needed: &BTreeSet<String>, there: &BTreeSet<String>) {
    let missing: Vec<_> = needed.difference(there).collect();
    let needless: Vec<_> = there.difference(needed).collect();
    assert!(missing.is_empty() && needless.is_empty(), "without rows: {missing:?}; rows of nothing: {needless:?}");
}

#[tokio::test]
async fn every_call_of_the_document_has_its_rows_and_no_other_has() {
    let document = App::shared().await.anon().get("/api/schema/").await.expect(200).body;
    let mut documented = BTreeSet::new();
    for (path, calls) in document["paths"].as_object().unwrap() {
        documented.extend(calls.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    let table = Table::rest();
    let rows = objects(&table);
    assert_same(&documented, &rows.keys().cloned().collect());
    for (call, objects) in rows {
        let missing: Vec<_> = needed(&call).iter().filter(|object| !objects.contains(*object)).collect();
        assert!(missing.is_empty(), "{call} lacks {missing:?}");
    }
}

#[test]
fn foreign_and_nonexistent_are_the_same_wherever_conversations_are_meant() {
    let table = Table::rest();
    let is_of_conversations = |path: &str| path.starts_with("/api/chat/") && path.contains("{id}");
    for row in table.rows.iter().filter(|row| row.object == "foreign" && is_of_conversations(&row.subject[1])) {
        let nonexistent = table.rows.iter().find(|other| other.subject == row.subject && other.object == "nonexistent");
        for actor in crate::actor::Actor::ALL {
            assert_eq!(row.expected(actor), nonexistent.unwrap().expected(actor), "{row}");
        }
    }
}

/// The frame after this one: whoever adds a frame has to say here where it stands, and the tables have to have its rows.
fn after(frame: Option<&ClientFrame>) -> Option<ClientFrame> {
    let target = Target::Absent;
    match frame {
        None => Some(ClientFrame::SendMessage(target, <_>::default())),
        Some(ClientFrame::SendMessage(..)) => Some(ClientFrame::MarkAsRead(target, <_>::default())),
        Some(ClientFrame::MarkAsRead(..)) => Some(ClientFrame::TypingStart(target)),
        Some(ClientFrame::TypingStart(_)) => Some(ClientFrame::TypingStop(target)),
        Some(ClientFrame::TypingStop(_)) => Some(ClientFrame::Authenticate(Authenticate { token: String::new() })),
        Some(ClientFrame::Authenticate(_)) => Some(ClientFrame::Resume(ResumeRequest::default())),
        Some(ClientFrame::Resume(_)) => Some(ClientFrame::Ping),
        Some(ClientFrame::Ping) => None,
    }
}

#[test]
fn every_frame_of_the_protocol_has_its_rows_on_every_socket_and_no_other_has() {
    let mut names = BTreeSet::new();
    let mut frame = after(None);
    while let Some(known) = frame {
        names.insert(frames::name(&known));
        frame = after(Some(&known));
    }
    let table = Table::frames();
    let rows = objects(&table);
    let expected = SOCKETS.iter().flat_map(|socket| names.iter().map(move |name| format!("{socket} {name}")));
    assert_same(&expected.collect(), &rows.keys().cloned().collect());
    for (subject, objects) in rows.iter().filter(|(subject, _)| !subject.starts_with("presence")) {
        let needed: &[&str] = match subject.split(' ').next_back() {
            Some("ping") => &["own"],
            Some("authenticate") => &PEOPLE,
            _ => &OBJECTS,
        };
        assert!(needed.iter().all(|object| objects.contains(object)), "{subject}: {objects:?}");
    }
}
