//! A message from one socket, through the database, to everybody.

use chat_e2e::{App, send_path};
use serde_json::{Value, json};

/// The fields of a message, as the contract names them.
const MESSAGE_FIELDS: [&str; 13] = [
    "attachments",
    "client_id",
    "content",
    "conversation_id",
    "created_at",
    "deleted_at",
    "edited_at",
    "id",
    "message_type",
    "reactions",
    "reply_to",
    "sender",
    "seq",
];

fn fields(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[tokio::test]
async fn message_on_a_socket_reaches_its_sender_and_the_others_on_two_gateways() {
    let [ada, ben, cleo] = App::shared().await.users(["Ada", "Ben", "Cleo"]).await;
    let group = ada.group_with(&[&ben, &cleo]).await;
    let mut speaker = ada.open(0, &group).await;
    let mut listeners = [ada.open(1, &group).await, ben.open(0, &group).await, cleo.open(1, &group).await];

    speaker.say("Hello!", "first").await;
    let sent = speaker.expect("message_sent").await;
    assert_eq!(fields(&sent), ["client_id", "conversation_id", "created_at", "id", "seq", "type"]);
    assert_eq!(
        (&sent["client_id"], &sent["conversation_id"], &sent["seq"]),
        (&"first".into(), &json!(group), &json!(2))
    );

    let own = speaker.expect("message_received").await;
    assert_eq!(fields(&own), ["actor_id", "conversation_id", "message", "seq", "type"]);
    let message = &own["message"];
    assert_eq!(fields(message), MESSAGE_FIELDS);
    let expected = json!({
        "id": sent["id"], "conversation_id": group, "seq": 2, "content": "Hello!", "message_type": "text",
        "sender": {"id": ada.id, "name": "Ada", "avatar_url": null, "role": "freelancer"},
        "attachments": [], "reply_to": null, "reactions": [], "client_id": "first",
        "created_at": sent["created_at"], "edited_at": null, "deleted_at": null,
    });
    assert_eq!(*message, expected);
    for listener in &mut listeners {
        assert_eq!(listener.expect("message_received").await, own);
        assert_eq!(listener.settle().await, Vec::<Value>::new(), "message_sent is for its socket alone");
    }
    assert_eq!(ben.history(&group, "").await["results"], json!([expected]));
    assert_eq!(
        cleo.get(&format!("/api/chat/messages/{}/", sent["id"].as_str().unwrap())).await.expect(200).body,
        expected
    );
}

#[tokio::test]
async fn message_over_rest_is_live_on_sockets() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut sockets = [ada.open(0, &direct).await, ben.open(1, &direct).await];
    let body = json!({"content": " <b>käse</b> \u{1F9C0} ", "message_type": "text", "client_id": "r-1"});
    let answer = ada.post(&send_path(&direct), body).await.expect(201).body;
    assert_eq!(answer["content"], " <b>käse</b> \u{1F9C0} ");
    for socket in &mut sockets {
        assert_eq!(socket.expect("message_received").await["message"], answer);
    }
    assert_eq!(ben.history(&direct, "").await["results"], json!([answer]));
}

#[tokio::test]
async fn the_seeds_frame_is_enough() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (mut speaker, mut listener) = (ada.open(0, &direct).await, ben.open(1, &direct).await);
    speaker.send_text(r#"{"type": "send_message", "content": "Hello!", "message_type": "text"}"#).await;
    assert_eq!(speaker.expect("message_sent").await["client_id"], Value::Null);
    let message = &listener.expect("message_received").await["message"];
    assert_eq!((&message["content"], &message["sender"]["id"]), (&"Hello!".into(), &ada.id.into()));
}

#[tokio::test]
async fn reply_names_a_message_of_the_same_conversation() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let (direct, group) = (ada.direct_with(&ben).await, ada.group_with(&[&ben]).await);
    let (first, elsewhere) = (ada.say(&direct, "Question").await, ada.say(&group, "Elsewhere").await);
    let reply = json!({"content": "Answer", "reply_to": first["id"]});
    assert_eq!(ben.post(&send_path(&direct), reply).await.expect(201).body["reply_to"], first["id"]);
    let foreign = json!({"content": "Answer", "reply_to": elsewhere["id"]});
    let refused = ben.post(&send_path(&direct), foreign).await.refused(400, "invalid");
    assert!(refused.body["errors"]["reply_to"].is_array(), "{}", refused.body);
    assert_eq!(ben.history(&direct, "").await["results"].as_array().map(Vec::len), Some(2));
}

/// The golden file of that name.
fn golden(name: &str) -> Value {
    let path = format!("{}/../libs/protocol/tests/golden/v1/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Names and kinds of values, without the values: `null` and whatever stands in its place are alike.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), shape(value))).collect(),
        Value::Array(items) => items.first().map(shape).into_iter().collect(),
        Value::Null | Value::String(_) => json!("text or null"),
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
    }
}

#[tokio::test]
async fn what_goes_over_the_wire_has_the_shape_of_the_golden_files() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let request = golden("create_conversation_request");
    let mut events = app.writer().await.hear("chat.conversation.*.*.log").await.unwrap();
    let id =
        ada.begin(json!({"participant_ids": [ben.id], "job": request["job"], "metadata": request["metadata"]})).await;
    let mut socket = ada.knock(0, &id).await;
    let mut seen = vec![("ready", socket.expect("ready").await)];
    socket.send(golden("client_send_message")).await;
    for kind in ["message_sent", "message_received", "heartbeat"] {
        seen.push((kind, socket.expect(kind).await));
    }
    let invalid = json!({"type": "send_message", "content": " ", "client_id": "web-1"});
    socket.send(invalid).await;
    seen.push(("error", socket.refused("invalid").await));
    socket.send(json!({"type": "authenticate", "token": ada.token})).await;
    seen.push(("authenticated", socket.expect("authenticated").await));
    socket.send(golden("client_ping")).await;
    seen.push(("pong", socket.expect("pong").await));
    let created = loop {
        use futures_util::StreamExt as _;
        let event = tokio::time::timeout(chat_e2e::PATIENCE, events.next()).await.unwrap().unwrap();
        let event: Value = serde_json::from_slice(&event.payload).unwrap();
        if event["conversation_id"] == id && event["seq"] == 1 {
            break event;
        }
    };
    seen.push(("conversation_created", created));
    let rest = ada.get(&format!("/api/chat/conversations/{id}/")).await.expect(200).body;
    seen.push(("message", rest["last_message"].clone()));
    seen.push(("conversation", rest));
    seen.push(("account", ada.get("/api/auth/me/").await.expect(200).body));
    seen.push((
        "problem_invalid",
        ada.post(&send_path(&id), json!({"content": " "})).await.refused(400, "invalid").body,
    ));
    for (name, value) in seen {
        assert_eq!(shape(&value), shape(&golden(name)), "{name}: {value}");
    }
}

#[tokio::test]
async fn what_changes_a_conversation_has_the_shape_of_the_golden_files() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.begin(json!({"kind": "group", "participant_ids": [ben.id]})).await;
    ada.say(&group, "Hello!").await;
    let path = format!("/api/chat/conversations/{group}/");
    let person = format!("{path}participants/{}/", cem.id);
    let added = ada.post(&format!("{path}participants/"), json!({"user_ids": [cem.id]})).await.expect(201).body;
    let admin = ada.patch(&person, golden("change_participant_request")).await.expect(200).body;
    let mut changes = golden("conversation_changes");
    changes["title"] = json!("Landing page");
    ada.patch(&path, changes).await.expect(200);
    ada.delete(&person).await.expect(204);
    let mut seen = vec![("participants", added), ("participant", admin)];
    seen.push(("unread", ben.get("/api/chat/unread/").await.expect(200).body));
    let marked = ben.patch(&format!("{path}mark_as_read/"), golden("mark_as_read_request_up_to")).await;
    seen.push(("marked_as_read", marked.expect(200).body));
    let log = ada.get(&format!("{path}events/")).await.expect(200).body;
    for kind in ["participant_added", "participant_changed", "conversation_updated", "participant_removed"] {
        let mut events = log["results"].as_array().unwrap().iter();
        seen.push((kind, events.find(|event| event["type"] == kind).unwrap().clone()));
    }
    for (name, value) in seen {
        assert_eq!(shape(&value), shape(&golden(name)), "{name}: {value}");
    }
}
