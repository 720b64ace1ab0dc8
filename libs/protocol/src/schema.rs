//! JSON Schemas (2020-12) of everything that clients and consumers see, made from the types on the wire and committed in
//! `schemas/`. Beside it: the durable events (`events`), the frames (`frames`), and ids and times (`scalars`).

mod events;
mod frames;
mod scalars;

use std::collections::{BTreeMap, BTreeSet};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

pub(crate) use self::scalars::{job_id, place};
use crate::event::EventKind;

/// Where the types of a document stand in it, and how they are referred to.
const DEFINITIONS: &str = "#/$defs/";

/// One kind of event or frame: its `type`, and what it looks like.
type Named = (String, Value);

/// All documents, by their path in `schemas/`. Each stands by itself.
#[must_use]
pub fn documents() -> BTreeMap<String, Value> {
    let mut said = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let (events, server) = (events::all(&mut said), frames::of_the_server(&mut said));
    let mut heard = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let client = frames::of_the_client(&mut heard);
    let (said, heard) = (said.take_definitions(true), heard.take_definitions(true));

    let id_of_event = |name: &str| {
        let kind = EventKind::ALL.into_iter().find(|kind| kind.as_str() == name);
        kind.map_or_else(String::new, |kind| kind.schema_id().to_owned())
    };
    let mut documents = BTreeMap::new();
    for (name, schema) in &events {
        documents.insert(format!("v1/events/{name}.json"), document(&id_of_event(name), schema, &said));
    }
    for (of, frames, definitions) in [("server", &server, &said), ("client", &client, &heard)] {
        for (name, schema) in frames {
            let id = format!("urn:chat:{of}-frame:{name}:v1");
            documents.insert(format!("v1/{of}/{name}.json"), document(&id, schema, definitions));
        }
    }
    let from_server =
        any_of("ServerFrame", "What the server says to a socket.", events.into_iter().chain(server), said);
    let from_client = any_of("ClientFrame", "What a client says.", client.into_iter(), heard);
    documents.insert("v1/server_frame.json".to_owned(), from_server);
    documents.insert("v1/client_frame.json".to_owned(), from_client);
    documents
}

/// A document of one schema, with those types that it refers to.
fn document(id: &str, schema: &Value, definitions: &Map<String, Value>) -> Value {
    let mut used = BTreeSet::new();
    note_references(schema, definitions, &mut used);
    let mut document = Map::new();
    document.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    document.insert("$id".to_owned(), json!(id));
    document.extend(schema.as_object().cloned().unwrap_or_default());
    let used: Map<_, _> =
        used.into_iter().filter_map(|name| Some((name.clone(), definitions.get(&name)?.clone()))).collect();
    if !used.is_empty() {
        document.insert("$defs".to_owned(), used.into());
    }
    document.into()
}

/// A document of all frames of one direction, each a type of its own.
fn any_of(title: &str, description: &str, frames: impl Iterator<Item = Named>, types: Map<String, Value>) -> Value {
    let mut definitions = types;
    let mut references = Vec::new();
    for (_, schema) in frames {
        let name = schema["title"].as_str().unwrap_or_default().to_owned();
        references.push(json!({"$ref": format!("{DEFINITIONS}{name}")}));
        definitions.insert(name, schema);
    }
    let id = format!("urn:chat:{title}:v1").replace("Frame", "-frame").to_lowercase();
    document(&id, &json!({"title": title, "description": description, "oneOf": references}), &definitions)
}

/// Collects the names of all types that a schema refers to, over however many steps.
fn note_references(schema: &Value, definitions: &Map<String, Value>, used: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            let named = fields.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix(DEFINITIONS));
            if let Some(name) = named
                && used.insert(name.to_owned())
                && let Some(definition) = definitions.get(name)
            {
                note_references(definition, definitions, used);
            }
            fields.values().for_each(|value| note_references(value, definitions, used));
        }
        Value::Array(items) => items.iter().for_each(|item| note_references(item, definitions, used)),
        _ => {}
    }
}

/// The schema of a type with fields, as the schema of what has this `type`.
fn named<T: JsonSchema>(types: &mut SchemaGenerator, kind: &str, description: &str) -> Named {
    let mut schema = T::json_schema(types).to_value();
    schema["description"] = json!(description);
    finish(kind, schema)
}

/// Gives a schema its `type` and its title.
fn finish(kind: &str, mut schema: Value) -> Named {
    schema["properties"]["type"] = json!({"type": "string", "const": kind});
    let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
    let others = required.iter().filter(|field| *field != "type");
    schema["required"] = [json!("type")].iter().chain(others).cloned().collect();
    schema["title"] = json!(title(kind));
    (kind.to_owned(), schema)
}

/// `message_received` as the name of a type: `MessageReceived`.
fn title(kind: &str) -> String {
    let capital = |word: &str| {
        word.chars().enumerate().map(|(at, c)| if at == 0 { c.to_ascii_uppercase() } else { c }).collect::<String>()
    };
    kind.split('_').map(capital).collect()
}
