//! From Slack and Mattermost: people get ids, threads become replies, names of emoji become emoji, texts read as they did.

use std::fs;

use serde_json::{Value, json};

use crate::importer;

fn write(path: &std::path::Path, value: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_comes_over() {
    let (importer, _turn) = importer("slack").await;
    let ids = [importer.app.fresh_id(), importer.app.fresh_id()];
    let export = importer.folder.join("export");
    write(
        &export.join("users.json"),
        &json!([
        {"id": "U1", "name": "ada", "profile": {"real_name": "Ada Lovelace", "display_name": "Ada"}},
        {"id": "U2", "name": "bob", "profile": {"real_name": "Bob", "display_name": ""}}]),
    );
    write(
        &export.join("channels.json"),
        &json!([
        {"id": "C1", "name": "jobs", "created": 1_700_000_000, "creator": "U2", "is_archived": false, "members": ["U1", "U2"]}]),
    );
    write(&export.join("dms.json"), &json!([{"id": "D1", "created": 1_700_000_000, "members": ["U1", "U2"]}]));
    write(
        &export.join("jobs/2023-11-15.json"),
        &json!([
        {"type": "message", "user": "U2", "text": "see <https://a.example|this> &amp; tell <@U1>", "ts": "1700006400.000100",
         "reactions": [{"name": "+1", "users": ["U1"], "count": 1}]},
        {"type": "message", "user": "U1", "text": "I will", "ts": "1700006401.000100", "thread_ts": "1700006400.000100"}]),
    );
    write(
        &export.join("jobs/2023-11-14.json"),
        &json!([
        {"type": "message", "subtype": "channel_join", "user": "U1", "text": "<@U1> has joined", "ts": "1700000001.000000"},
        {"type": "message", "user": "U1", "text": "first", "ts": "1700000002.000000"}]),
    );
    let people = importer.folder.join("people.csv");
    fs::write(&people, format!("U1,{}\nU2,{}\n", ids[0], ids[1])).unwrap();
    let arguments = ["run", "--from", "slack", "--people", people.to_str().unwrap(), export.to_str().unwrap()];
    let report = importer.report(0, &arguments).await;
    crate::assert_no_difference(&report);
    assert_eq!((&report["counts"]["conversations"], &report["counts"]["messages"]), (&json!(2), &json!(3)));
    let ada = importer.app.user_with(ids[0], "", &importer.app.token(ids[0], ""));
    let rows = ada.get("/api/chat/conversations/").await.expect(200).body;
    let channel = rows["results"].as_array().unwrap().iter().find(|row| row["title"] == "jobs").unwrap().clone();
    assert_eq!(channel["unread_count"], 0);
    let history = ada.history(channel["id"].as_str().unwrap(), "?order=asc").await;
    let [first, linked, reply] = [0, 1, 2].map(|index| history["results"][index].clone());
    assert_eq!(first["content"], "first");
    assert_eq!(linked["content"], "see this (https://a.example) & tell @Ada");
    assert_eq!(linked["reactions"][0]["emoji"], "👍");
    assert_eq!((&reply["content"], &reply["reply_to"]), (&json!("I will"), &linked["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn mattermost_comes_over() {
    let (importer, _turn) = importer("mattermost").await;
    let ids = [importer.app.fresh_id(), importer.app.fresh_id()];
    let member = |name: &str| {
        json!({"type": "user", "user": {"username": name, "nickname": "", "first_name": name.to_uppercase(),
        "last_name": "", "teams": [{"name": "t", "channels": [{"name": "town-square"}]}]}})
    };
    let lines = [
        json!({"type": "version", "version": 1}),
        json!({"type": "team", "team": {"name": "t"}}),
        json!({"type": "channel", "channel": {"team": "t", "name": "town-square", "display_name": "Town Square", "type": "O"}}),
        member("ada"),
        member("bob"),
        json!({"type": "post", "post": {"team": "t", "channel": "town-square", "user": "ada", "message": "hello",
            "create_at": 1_700_000_000_000_i64, "reactions": [{"user": "bob", "emoji_name": "wave", "create_at": 1_700_000_000_500_i64}],
            "replies": [{"user": "bob", "message": "hello back", "create_at": 1_700_000_001_000_i64}]}}),
        json!({"type": "direct_channel", "direct_channel": {"members": ["ada", "bob"]}}),
        json!({"type": "direct_post", "direct_post": {"channel_members": ["bob", "ada"], "user": "bob", "message": "psst",
            "create_at": 1_700_000_002_000_i64}}),
    ];
    let file = importer.folder.join("export.jsonl");
    fs::write(&file, lines.map(|line| line.to_string()).join("\n")).unwrap();
    let people = importer.folder.join("people.csv");
    fs::write(&people, format!("ada,{}\nbob,{}\n", ids[0], ids[1])).unwrap();
    let arguments = ["run", "--from", "mattermost", "--people", people.to_str().unwrap(), file.to_str().unwrap()];
    let report = importer.report(0, &arguments).await;
    crate::assert_no_difference(&report);
    assert_eq!((&report["counts"]["conversations"], &report["counts"]["messages"]), (&json!(2), &json!(3)));
    let [ada, bob] = ids.map(|id| importer.app.user_with(id, "", &importer.app.token(id, "")));
    let rows = ada.get("/api/chat/conversations/").await.expect(200).body;
    let square = rows["results"].as_array().unwrap().iter().find(|row| row["title"] == "Town Square").unwrap().clone();
    let history = ada.history(square["id"].as_str().unwrap(), "?order=asc").await;
    assert_eq!(
        (&history["results"][0]["content"], &history["results"][0]["reactions"][0]["emoji"]),
        (&json!("hello"), &json!("👋"))
    );
    assert_eq!(history["results"][1]["reply_to"], history["results"][0]["id"]);
    let found = ada.post("/api/chat/conversations/", json!({"participant_ids": [bob.id]})).await.expect(200);
    let direct = found.text("id");
    assert_eq!(bob.history(&direct, "").await["results"][0]["content"], "psst");
}
