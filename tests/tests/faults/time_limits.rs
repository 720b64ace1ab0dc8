//! A write without an answer in time is 503 with an unknown outcome, and is not carried out afterwards.

use chat_e2e::{Service, Signal, Stack, options, send_path};
use chrono::{TimeDelta, Utc};
use serde_json::json;

use crate::Scene;

/// Longer than a command of REST lives after its caller was told: the wait (1 s here) and the grace of 2 s.
const COMMAND_LIFE: TimeDelta = TimeDelta::seconds(4);

#[tokio::test]
async fn write_without_an_answer_has_an_unknown_outcome_and_is_not_carried_out_later() {
    let options = options().unwrap().env(Service::Api, "REST_WAIT_SECS", "1");
    let scene = Scene::on(Stack::start(options).await.unwrap()).await;
    let mut watch = scene.ben.open(1, &scene.direct).await;
    let mut writer = scene.app.writer().await;

    scene.stack.postgres().kill(Signal::SIGSTOP).await.unwrap();
    let path = send_path(&scene.direct);
    let named = scene.ada.post(&path, json!({"content": "too late", "client_id": "mine"}));
    let nameless = scene.ada.post(&path, json!({"content": "too late"}));
    let created =
        scene.ada.post("/api/chat/conversations/", json!({"participant_ids": [scene.ben.id], "kind": "group"}));
    let direct = format!("/api/chat/conversations/{}/", scene.direct);
    let mark = format!("{direct}mark_as_read/");
    let changed = scene.ben.patch(&direct, json!({"muted": true}));
    let marked = scene.ben.patch(&mark, json!({}));
    let deleted = scene.ben.delete(&direct);
    let (named, nameless, created, changed, marked, deleted) =
        tokio::join!(named, nameless, created, changed, marked, deleted);
    for answer in [&created, &changed, &marked, &deleted] {
        assert!(answer.body.get("client_id").is_none(), "{}", answer.body);
    }
    for answer in [&named, &nameless, &created, &changed, &marked, &deleted] {
        let answer = answer.clone().refused(503, "unavailable");
        assert_eq!(answer.body["outcome"], "unknown", "{}", answer.body);
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!(named.body["client_id"], "mine");
    let made = nameless.text("client_id");

    let over = Utc::now() + COMMAND_LIFE;
    while Utc::now() < over {
        watch.expect("heartbeat").await;
    }
    scene.stack.postgres().kill(Signal::SIGCONT).await.unwrap();
    // What comes after them in the stream is stored: so they were decided.
    let after = writer.send_message(&scene.direct, scene.ada.id, "after", TimeDelta::minutes(1)).unwrap();
    writer.ask(&after).await;
    let heard = watch.messages(1).await;
    assert_eq!((&heard[0]["content"], &heard[0]["seq"]), (&json!("after"), &json!(2)));
    assert_eq!(scene.app.database().await.count_content("too late").await, 0);
    let list = scene.ben.get("/api/chat/conversations/").await.expect(200).body;
    assert_eq!(list["results"].as_array().map(Vec::len), Some(1));
    assert_eq!((&list["results"][0]["muted"], &list["results"][0]["unread_count"]), (&json!(false), &json!(1)));

    // The ids are not used up: the repetition is the first.
    for client_id in ["mine", &made] {
        scene.ada.post(&path, json!({"content": "again", "client_id": client_id})).await.expect(201);
    }
    scene.strike().await;
}
