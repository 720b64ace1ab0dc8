//! People and conversations through `chatctl`.

use std::io::Read as _;

use chat_e2e::{PATIENCE, User, sha256_hex};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::operator::Operator;

async fn two(operator: &Operator) -> [User; 2] {
    operator.app.users(["Ada", "Ben"]).await
}

#[tokio::test]
async fn somebody_is_made_found_locked_out_and_let_in() {
    let operator = Operator::new().await;
    let id = operator.app.fresh_id();
    let (text, name) = (id.to_string(), format!("Nora {id}"));
    operator.ask(&["user", "create", &text, "--name", &name, "--role", "freelancer"]).await;
    let found = operator.ask_json(&["user", "list", "--search", &name]).await;
    assert_eq!(
        (&found[0]["id"], &found[0]["role"], found.as_array().unwrap().len()),
        (&json!(id), &json!("freelancer"), 1)
    );
    let nora = operator.app.user_with(id, &name, &operator.app.token(id, &name));
    nora.get("/api/auth/me/").await.expect(200);
    operator.ask(&["user", "ban", &text]).await;
    // Each api looks once a second who is locked out.
    let refused = async { while nora.get("/api/auth/me/").await.status != 401 {} };
    timeout(PATIENCE, refused).await.expect("who is banned is not let in");
    operator.ask(&["user", "unban", &text]).await;
    let let_in = async { while nora.get("/api/auth/me/").await.status != 200 {} };
    timeout(PATIENCE, let_in).await.expect("who is let in comes in");
    assert_eq!(operator.ask_json(&["user", "show", &text]).await["is_active"], true);
}

#[tokio::test]
async fn conversation_is_listed_exported_and_deleted() {
    let operator = Operator::new().await;
    let [ada, ben] = two(&operator).await;
    let group = ada.group_with(&[&ben]).await;
    ada.say(&group, "the first").await;
    ben.say(&group, "the second").await;
    let list = operator.ask_json(&["conversation", "list", "--participant", &ben.id.to_string()]).await;
    assert_eq!(list[0]["id"], group);
    let members = operator.ask_json(&["conversation", "members", &group]).await;
    assert_eq!(members.as_array().unwrap().len(), 2);
    let file = std::env::temp_dir().join(format!("log-{group}.jsonl"));
    operator.ask(&["conversation", "export", &group, "--out", file.to_str().unwrap()]).await;
    let lines: Vec<Value> =
        std::fs::read_to_string(&file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let types: Vec<_> = lines.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["conversation_created", "message_received", "message_received"]);
    std::fs::remove_file(file).unwrap();
    operator.ask(&["conversation", "delete", &group, "--yes"]).await;
    ben.get(&format!("/api/chat/conversations/{group}/")).await.refused(404, "not_found");
    let direct = ada.direct_with(&ben).await;
    assert_eq!(operator.run(&["conversation", "delete", &direct, "--yes"]).await.status.code(), Some(1));
}

#[tokio::test]
async fn archive_has_what_somebody_said_and_sent() {
    let operator = Operator::new().await;
    let [ada, ben] = two(&operator).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "something of mine").await;
    ben.say(&direct, "something of his").await;
    let file = ada.upload("mine.txt", b"bytes of mine").await;
    ada.send_attachments(&direct, &[&file]).await;
    let out = std::env::temp_dir().join(format!("export-{}.tar", ada.id));
    operator.ask(&["user", "export", &ada.id.to_string(), "--out", out.to_str().unwrap()]).await;
    let mut archive = tar::Archive::new(std::fs::File::open(&out).unwrap());
    let mut found = std::collections::BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        found.insert(entry.path().unwrap().display().to_string(), bytes);
    }
    let messages = String::from_utf8(found["messages.jsonl"].clone()).unwrap();
    assert!(messages.contains("something of mine") && !messages.contains("something of his"), "{messages}");
    let object = &found[&format!("attachments/{}", file["id"].as_str().unwrap())];
    assert_eq!(sha256_hex(object), file["sha256"].as_str().unwrap());
    std::fs::remove_file(out).unwrap();
}
