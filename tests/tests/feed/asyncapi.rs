//! `docs/asyncapi.yaml`: the real parser is content with it, and it names what the code can say and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use chat_e2e::run_node;
use chat_protocol::event::{
    EventKind, HEADER_CE_DATASCHEMA, HEADER_CE_ID, HEADER_CE_SOURCE, HEADER_CE_SPECVERSION, HEADER_CE_SUBJECT,
    HEADER_CE_TIME, HEADER_CE_TYPE, HEADER_CONCERNS, HEADER_CONTENT_TYPE, HEADER_MESSAGE, HEADER_PARTICIPANT,
    HEADER_SEQ,
};
use chat_protocol::ids::ConversationId;
use chat_protocol::partition::Bucket;
use chat_protocol::permissions::{READER_API_PREFIX, READER_CONSUMERS};
use chat_protocol::subjects::{EVENTS_STREAM, EVENTS_WILDCARD, conversation_log};
use chat_protocol::trace::TRACEPARENT;
use serde_json::{Value, json};

/// Parses the file that it is given, and prints what is in it.
const PROGRAM: &str = r#"
import { Parser, fromFile } from "@asyncapi/parser";
const { document, diagnostics } = await fromFile(new Parser(), "../../docs/asyncapi.yaml").parse();
const message = (m) => ({ name: m.name(), payload: m.payload().$id(), headers: m.headers()?.json() });
const channel = (c) => ({
  address: c.address(), messages: c.messages().all().map(message), jetstream: c.extensions().get("x-jetstream")?.value(),
});
const channels = Object.fromEntries((document?.channels().all() ?? []).map((c) => [c.id(), channel(c)]));
const used = (document?.operations().all() ?? []).flatMap((o) => o.messages().all().map((m) => m.payload().$id()));
const all = Object.keys(document?.json().components.messages ?? {});
console.log(JSON.stringify({ diagnostics: diagnostics.map((d) => `${d.path.join(".")}: ${d.message}`), channels, used, all }));
"#;

async fn parse() -> Value {
    let parsed: Value = serde_json::from_str(&run_node(PROGRAM).await).unwrap();
    assert_eq!(parsed["diagnostics"], json!([]));
    parsed
}

fn set(values: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    values.into_iter().map(Into::into).collect()
}

fn texts(list: &Value, field: &str) -> BTreeSet<String> {
    set(list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap()))
}

/// The ids of the schemas in a folder of `schemas/v1`; another test proves that they are those of the code.
fn ids_in(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/v1").join(folder);
    let texts = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    set(texts.map(|text| serde_json::from_slice::<Value>(&text).unwrap()["$id"].as_str().unwrap().to_owned()))
}

#[tokio::test]
async fn document_says_what_the_feed_is() {
    let document = parse().await;
    let feed = &document["channels"]["events"];
    let id = ConversationId::generate();
    let bucket = format!(".{}.", Bucket::of_conversation(id).get());
    let address = conversation_log(id).replace(&bucket, ".{bucket}.").replace(&id.to_string(), "{conversation_id}");
    assert_eq!(feed["address"], address);
    assert_eq!(texts(&feed["messages"], "name"), set(EventKind::ALL.map(EventKind::as_str)));
    assert_eq!(texts(&feed["messages"], "payload"), set(EventKind::ALL.map(EventKind::schema_id)));

    let jetstream = &feed["jetstream"];
    assert_eq!((&jetstream["stream"], &jetstream["subjects"]), (&json!(EVENTS_STREAM), &json!([EVENTS_WILDCARD])));
    assert_eq!(jetstream["api_prefix"], READER_API_PREFIX);
    assert_eq!(jetstream["consumers"], json!(READER_CONSUMERS));

    let always = [
        HEADER_CE_SPECVERSION,
        HEADER_CE_ID,
        HEADER_CE_SOURCE,
        HEADER_CE_TYPE,
        HEADER_CE_SUBJECT,
        HEADER_CE_TIME,
        HEADER_CE_DATASCHEMA,
        HEADER_CONTENT_TYPE,
        HEADER_SEQ,
    ];
    let sometimes = [HEADER_PARTICIPANT, HEADER_CONCERNS, HEADER_MESSAGE, TRACEPARENT, "tracestate"];
    for message in feed["messages"].as_array().unwrap() {
        let headers = &message["headers"];
        let required = headers["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        assert_eq!(set(required), set(always));
        let named = headers["properties"].as_object().unwrap().keys().cloned();
        assert_eq!(set(named), set(always.into_iter().chain(sometimes)));
    }
}

#[tokio::test]
async fn document_names_every_frame_and_nothing_else() {
    let document = parse().await;
    let sockets: Vec<_> =
        ["conversation_socket", "everything_socket", "presence_socket"].map(|id| &document["channels"][id]).into();
    let addresses: Vec<_> = sockets.iter().map(|socket| socket["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["/ws/chat/{conversation_id}/", "/ws/", "/ws/presence/"]);
    let frames: BTreeSet<_> = sockets.iter().flat_map(|socket| texts(&socket["messages"], "payload")).collect();
    let known: BTreeSet<_> = ["events", "server", "client"].into_iter().flat_map(ids_in).collect();
    assert_eq!(frames, known);
    assert_eq!(texts(&sockets[1]["messages"], "payload"), known, "all of it comes on /ws/");
    let used = set(document["used"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()));
    assert_eq!(used, known, "each is part of an operation");
    assert_eq!(document["all"].as_array().unwrap().len(), known.len());
    assert_eq!(document["channels"].as_object().unwrap().len(), 4);
}
