//! The schemas that are committed are those of the code, and every golden file of a frame or an event fits its own.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chat_protocol::event::EventKind;
use chat_protocol::schema::documents;
use jsonschema::Validator;
use serde_json::{Value, json};

const HOW: &str = "write them anew: cargo test -p chat-protocol --test schemas -- --ignored";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text_of(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap() + "\n"
}

/// All files below a folder, by their path in it.
fn files(folder: &Path, extension: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn committed_schemas_are_those_of_the_code() {
    let made: BTreeMap<_, _> = documents().iter().map(|(path, document)| (path.clone(), text_of(document))).collect();
    let committed = files(&repository().join("schemas"), "json");
    assert_eq!(made.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>(), "{HOW}");
    for (path, text) in made {
        assert!(committed[&path] == text, "schemas/{path} is not fresh; {HOW}");
    }
}

#[test]
#[ignore = "writes schemas/"]
fn write_schemas() {
    let folder = repository().join("schemas");
    let _ = fs::remove_dir_all(folder.join("v1"));
    for (path, document) in documents() {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text_of(&document)).unwrap();
    }
}

/// Validators of all documents, by their path; formats count.
fn validators() -> BTreeMap<String, Validator> {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    documents().into_iter().map(|(path, document)| (path, options.build(&document).unwrap())).collect()
}

fn complaints(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_document_is_a_schema_with_an_id_of_its_own() {
    let mut ids = BTreeSet::new();
    for (path, document) in documents() {
        assert!(jsonschema::meta::is_valid(&document), "{path}");
        assert!(ids.insert(document["$id"].as_str().unwrap().to_owned()), "{path}: {}", document["$id"]);
    }
    for kind in EventKind::ALL {
        assert!(ids.contains(kind.schema_id()), "{kind:?}");
    }
}

/// The documents that a golden file must fit: that of its frame, and that of all frames in its direction.
fn documents_of(name: &str, value: &Value, known: &BTreeMap<String, Validator>) -> Vec<String> {
    let Some(kind) = value["type"].as_str() else { return Vec::new() };
    let of_client = vec![format!("v1/client/{kind}.json"), "v1/client_frame.json".to_owned()];
    let of_server = |folder| vec![format!("v1/{folder}/{kind}.json"), "v1/server_frame.json".to_owned()];
    match name {
        _ if name.starts_with("client_") => of_client,
        _ if known.contains_key(&format!("v1/events/{kind}.json")) => of_server("events"),
        _ => of_server("server"),
    }
}

/// Golden files whose `type` is not that of a frame or an event.
const OTHER_TYPES: [&str; 3] = ["problem_", "push_", "webhook_"];

#[test]
fn every_golden_frame_and_event_fits_its_schema() {
    let validators = validators();
    let mut seen = BTreeSet::new();
    for (name, text) in files(&repository().join("libs/protocol/tests/golden/v1"), "json") {
        if OTHER_TYPES.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let value: Value = serde_json::from_str(&text).unwrap();
        for path in documents_of(&name, &value, &validators) {
            let validator = validators.get(&path).unwrap_or_else(|| panic!("{name}: there is no schemas/{path}"));
            assert_eq!(complaints(validator, &value), Vec::<String>::new(), "{name} and schemas/{path}");
            seen.insert(path);
        }
    }
    assert_eq!(
        seen.iter().collect::<Vec<_>>(),
        validators.keys().collect::<Vec<_>>(),
        "a schema without a golden file"
    );
}

#[test]
fn what_is_added_later_fits_and_what_is_wrong_does_not() {
    let validator = &validators()["v1/events/message_deleted.json"];
    let text = fs::read_to_string(repository().join("libs/protocol/tests/golden/v1/message_deleted.json")).unwrap();
    let event: Value = serde_json::from_str(&text).unwrap();
    let mut later = event.clone();
    later["added_later"] = json!({"by": "a newer version"});
    assert_eq!(complaints(validator, &later), Vec::<String>::new());
    for (field, wrong) in [
        ("type", json!("message_edited")),
        ("conversation_id", json!("x")),
        ("seq", json!(-1)),
        ("actor_id", json!(0)),
        ("deleted_at", json!("yesterday")),
    ] {
        let mut event = event.clone();
        event[field] = wrong;
        assert_eq!(complaints(validator, &event).len(), 1, "{field}");
    }
    for field in event.as_object().unwrap().keys() {
        let mut event = event.clone();
        event.as_object_mut().unwrap().remove(field);
        assert_eq!(complaints(validator, &event).len(), 1, "without {field}");
    }
}
