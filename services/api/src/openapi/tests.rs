//! The document says what the router does, in the words of `OpenAPI` 3.1, and its schemas describe what is on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::examples::{ANSWERS, REQUESTS, read};
use crate::routes;

/// The document as it is served.
fn document() -> Value {
    let DocumentText(text) = routes::document();
    serde_json::from_slice(&text).unwrap()
}

use super::DocumentText;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn committed_document_is_fresh() {
    let DocumentText(text) = routes::document();
    let committed = std::fs::read(committed()).unwrap();
    assert!(committed == text, "write it anew: cargo test -p chat-api --lib -- --ignored openapi");
}

#[test]
#[ignore = "writes docs/openapi.json"]
fn committed_document_is_written_anew() {
    let DocumentText(text) = routes::document();
    std::fs::write(committed(), text).unwrap();
}

/// Path, method and description of every call.
fn calls(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().clone();
        methods.into_iter().map(|(method, call)| (path.clone(), method, call)).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

/// Every value in the document that has this key, with the object that it stands in.
fn find<'a>(value: &'a Value, key: &str, found: &mut Vec<(&'a Map<String, Value>, &'a Value)>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key).map(|value| (fields, value)));
            fields.values().for_each(|value| find(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|item| find(item, key, found)),
        _ => {}
    }
}

fn all<'a>(value: &'a Value, key: &str) -> Vec<(&'a Map<String, Value>, &'a Value)> {
    let mut found = Vec::new();
    find(value, key, &mut found);
    found
}

#[test]
fn document_is_openapi_3_1() {
    let document = document();
    let top: BTreeSet<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(top, BTreeSet::from(["openapi", "info", "servers", "paths", "components", "security", "tags"]));
    assert_eq!(document["openapi"], "3.1.0");
    for field in ["title", "version", "description"] {
        assert!(document["info"][field].is_string(), "{field}");
    }
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(document["security"], json!([{"token": []}]));
    for (_, reference) in all(&document, "$ref") {
        let pointer = reference.as_str().unwrap().strip_prefix('#').expect("references stay in the document");
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    // Words of 3.0 that mean nothing here.
    for old in ["nullable", "example"] {
        let schemas = all(&document["components"], old);
        assert!(schemas.is_empty(), "{old}: {schemas:?}");
    }
}

#[test]
fn every_call_is_described_whole() {
    let document = document();
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].clone().to_string()).collect();
    let mut ids = BTreeSet::new();
    let mut used = BTreeSet::new();
    for (path, method, call) in calls(&document) {
        let name = format!("{method} {path}");
        assert!(ids.insert(call["operationId"].as_str().expect("an id").to_owned()), "{name}: the id is another's");
        assert!(call["summary"].is_string(), "{name}: no summary");
        used.extend(call["tags"].as_array().unwrap().iter().map(ToString::to_string));
        let parameters = call["parameters"].as_array().cloned().unwrap_or_default();
        let in_path =
            parameters.iter().filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap().to_owned());
        let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).map(str::to_owned);
        assert_eq!(in_path.collect::<BTreeSet<_>>(), named.collect(), "{name}: parameters of the path");
        for parameter in &parameters {
            assert!(parameter["schema"].is_object() && parameter["description"].is_string(), "{name}: {parameter}");
            assert_eq!(parameter["required"] == true, parameter["in"] == "path", "{name}: {parameter}");
        }
        let answers = call["responses"].as_object().unwrap();
        assert!(answers.keys().any(|status| status.starts_with('2')), "{name}: no success");
        for (status, answer) in answers {
            assert!(answer["description"].as_str().is_some_and(|text| !text.is_empty()), "{name} {status}");
            let problem = &answer["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(problem == "#/components/schemas/Problem", !status.starts_with('2'), "{name} {status}");
        }
        let is_public = call["security"] == json!([{}]);
        assert_eq!(
            answers.contains_key("401"),
            !is_public || path.starts_with("/api/auth/") && path != "/api/auth/register/",
            "{name}"
        );
        assert_eq!(call["requestBody"].is_object(), answers.contains_key("415"), "{name}");
    }
    assert_eq!(used, tags, "tags that are described and tags that are used");
}

/// Why a value does not fit a schema; knows the words that our schemas are made of, and no others.
fn misfit(document: &Value, schema: &Value, value: &Value) -> Option<String> {
    const KNOWN: [&str; 19] = [
        "$ref",
        "additionalProperties",
        "allOf",
        "anyOf",
        "default",
        "description",
        "enum",
        "examples",
        "format",
        "items",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "oneOf",
        "properties",
        "propertyNames",
        "required",
        "type",
    ];
    let fields = schema.as_object().unwrap();
    if let Some(unknown) = fields.keys().find(|word| !KNOWN.contains(&word.as_str())) {
        return Some(format!("{unknown} is not looked at"));
    }
    if let Some(pointer) = schema["$ref"].as_str() {
        return misfit(document, document.pointer(&pointer[1..])?, value);
    }
    let of = |list: &str| schema[list].as_array().cloned().unwrap_or_default();
    if let Some(wrong) = of("allOf").iter().find_map(|one| misfit(document, one, value)) {
        return Some(wrong);
    }
    let fits = |one: &Value| misfit(document, one, value).is_none();
    if !of("anyOf").is_empty() && !of("anyOf").iter().any(fits) {
        return Some(format!("{value} is none of {schema}"));
    }
    if !of("oneOf").is_empty() && of("oneOf").iter().filter(|one| fits(one)).count() != 1 {
        return Some(format!("{value} is not one of {schema}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if !schema["type"].is_null() && !kinds.contains(&json!(kind)) {
        return Some(format!("{value} is no {}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Some(format!("{value} is not in {}", schema["enum"]));
    }
    if let Some(missing) = of("required").iter().find(|name| value.get(name.as_str().unwrap()).is_none()) {
        return Some(format!("{missing} is missing in {value}"));
    }
    if let (Some(known), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        for (name, value) in fields {
            let Some(schema) = known.get(name) else { return Some(format!("{name} is not described")) };
            if let Some(wrong) = misfit(document, schema, value) {
                return Some(format!("{name}: {wrong}"));
            }
        }
    }
    let items = value.as_array().filter(|_| schema["items"].is_object());
    items.into_iter().flatten().find_map(|item| misfit(document, &schema["items"], item))
}

#[test]
fn golden_files_fit_their_schemas() {
    let document = document();
    for (name, golden) in REQUESTS.iter().chain(ANSWERS) {
        let schema = &document["components"]["schemas"][name];
        assert!(schema.is_object(), "{name} is in no call");
        assert_eq!(misfit(&document, schema, &read(golden)), None, "{name}");
        assert_eq!(schema["examples"], json!([read(golden)]), "{name}");
    }
    let problem = &document["components"]["schemas"]["Problem"];
    assert_eq!(misfit(&document, problem, &problem["examples"][0]), None);
}

#[test]
fn misfits_are_noticed() {
    let document = document();
    let schema = &document["components"]["schemas"]["Message"];
    let golden = ANSWERS.iter().find(|(name, _)| *name == "Message").map(|(_, golden)| read(golden)).unwrap();
    for (field, wrong) in [
        ("content", json!(5)),
        ("seq", json!("x")),
        ("sender", json!({"id": 1})),
        ("message_type", json!("party")),
        ("attachments", json!([1])),
        ("added", json!(1)),
    ] {
        let mut message = golden.clone();
        message[field] = wrong;
        assert!(misfit(&document, schema, &message).is_some(), "{field}");
    }
    let mut short = golden.clone();
    short.as_object_mut().unwrap().remove("edited_at");
    assert!(misfit(&document, schema, &short).is_some());
}

#[test]
fn answers_are_whole_and_requests_are_not() {
    let document = document();
    let required: BTreeMap<_, _> = ["Message", "SendMessageRequest", "CreateConversationRequest"]
        .map(|name| (name, document["components"]["schemas"][name]["required"].as_array().map_or(0, Vec::len)))
        .into();
    assert_eq!(
        required,
        BTreeMap::from([("Message", 13), ("SendMessageRequest", 0), ("CreateConversationRequest", 1)])
    );
}
