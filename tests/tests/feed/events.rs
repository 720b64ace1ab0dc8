//! What consumers are sent: every kind of event with the attributes of CloudEvents, and payloads that fit their schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use async_nats::{HeaderValue, Message};
use chat_e2e::{PATIENCE, User};
use chat_protocol::event::EventKind;
use chat_protocol::subjects::{EVENTS_WILDCARD, inbox_prefix};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::operator::Feed;

/// Everything that leaves an event, in a group of its own.
async fn do_everything(ada: &User, ben: &User) -> String {
    let group = ada.group_with(&[ben]).await;
    let path = format!("/api/chat/conversations/{group}");
    let job =
        json!({"job": {"id": 7, "title": "Paint", "status": "open"}, "metadata": {"a": [1]}, "title": "Über uns"});
    ada.patch(&format!("{path}/"), job).await.expect(200);
    ada.patch(&format!("{path}/participants/{}/", ben.id), json!({"role": "admin"})).await.expect(200);
    ada.remove(&group, ben).await;
    ada.add(&group, &[ben]).await;
    let said = ada.say(&group, "first 🎨").await["id"].as_str().unwrap().to_owned();
    let message = format!("/api/chat/messages/{said}/");
    ada.patch(&message, json!({"content": "second"})).await.expect(200);
    ben.put(&format!("{message}reactions/👍/")).await.expect(200);
    ben.delete(&format!("{message}reactions/👍/")).await.expect(204);
    ada.delete(&message).await.expect(204);
    group
}

fn schemas() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/v1/events");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    let schema = |text: Vec<u8>| serde_json::from_slice::<Value>(&text).unwrap();
    files.map(schema).map(|schema| (schema["$id"].as_str().unwrap().to_owned(), schema)).collect()
}

fn check(event: &Message, schemas: &BTreeMap<String, Value>) -> EventKind {
    let headers = event.headers.as_ref().expect("an event has headers");
    let header = |name: &str| headers.get(name).map_or_else(|| panic!("{name} is missing"), HeaderValue::as_str);
    let payload: Value = serde_json::from_slice(&event.payload).unwrap();
    let kind = EventKind::from_ce_type(header("ce-type")).expect("a kind of this version");
    assert_eq!(payload["type"], kind.as_str());
    assert_eq!((header("ce-specversion"), header("content-type")), ("1.0", "application/json"));
    assert_eq!(header("ce-source"), "/chat");
    assert_eq!(payload["conversation_id"], header("ce-subject"));
    assert_eq!(payload["seq"].to_string(), header("chat-seq"));
    let at =
        if kind == EventKind::MessageReceived { &payload["message"]["created_at"] } else { &payload["created_at"] };
    assert_eq!(at, header("ce-time"));
    assert!(header("ce-id").parse::<uuid::Uuid>().is_ok());
    for (name, values) in headers.iter() {
        let name: &str = name.as_ref();
        assert_eq!(name, name.to_ascii_lowercase());
        assert!(values.iter().all(|value| value.as_str().bytes().all(|byte| (b' '..=b'~').contains(&byte))), "{name}");
    }
    let schema = &schemas[header("ce-dataschema")];
    let complaints: Vec<_> =
        jsonschema::validator_for(schema).unwrap().iter_errors(&payload).map(|e| e.to_string()).collect();
    assert_eq!(complaints, Vec::<String>::new(), "{payload}");
    kind
}

#[tokio::test]
async fn every_kind_of_event_says_what_it_is_and_fits_its_schema() {
    let feed = Feed::take().await;
    let options = async_nats::ConnectOptions::with_user_and_password("reader".into(), feed.reader_password.clone());
    let reader = options.custom_inbox_prefix(inbox_prefix("reader")).connect(&feed.nats_address).await.unwrap();
    let mut live = reader.subscribe(EVENTS_WILDCARD).await.unwrap();
    reader.flush().await.unwrap();
    let [ada, ben] = feed.app.users(["Ada", "Ben"]).await;
    let group = do_everything(&ada, &ben).await;

    let (schemas, mut seen) = (schemas(), BTreeSet::new());
    while seen.len() < EventKind::ALL.len() {
        let event = timeout(PATIENCE, live.next()).await.unwrap_or_else(|_| panic!("only {seen:?}")).unwrap();
        if event.subject.contains(&group) {
            seen.insert(check(&event, &schemas).as_str());
        }
    }
}
