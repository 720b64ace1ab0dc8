//! Endpoints as administrators keep them.

use serde_json::{Value, json};

use crate::hook::{Hook, about, say, talk};
use crate::receiver::Answer;
use crate::{WEBHOOKS, shared};

#[tokio::test]
async fn endpoints_are_made_listed_changed_and_deleted() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["message.missed"], Answer::Status(200, "")).await;
    assert!(hook.secret.starts_with("whsec_"));
    let list = mona.get(&format!("{WEBHOOKS}?page_size=200")).await.expect(200).body;
    let row = list["results"].as_array().unwrap().iter().find(|row| row["id"] == hook.id).unwrap().clone();
    assert_eq!((&row["secret"], &row["events"]), (&json!(null), &json!(["message.missed"])));
    assert!(!list.to_string().contains("whsec_"), "secrets are shown once");
    let changed = mona
        .patch(&hook.at(""), json!({"events": null, "description": "all", "enabled": false}))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&changed["events"], &changed["description"], &changed["enabled"], &changed["disabled_reason"]),
        (&json!(null), &json!("all"), &json!(false), &json!("requested"))
    );
    assert_eq!(mona.patch(&hook.at(""), json!({})).await.expect(200).body, changed, "nothing is no change");
    mona.delete(&hook.at("")).await.expect(204);
    mona.delete(&hook.at("")).await.refused(404, "not_found");
    mona.get(&hook.at("deliveries/")).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_is_wrong_with_an_endpoint_is_named() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let url = format!("http://127.0.0.1:{}/", shared.receiver.port);
    for (body, field) in [
        (json!({}), "url"),
        (json!({"url": url, "events": []}), "events"),
        (json!({"url": url, "events": ["message_received"]}), "events"),
        (json!({"url": url, "description": "x".repeat(501)}), "description"),
        (json!({"url": url, "secret": "whsec_short"}), "secret"),
        (json!({"url": url, "secret": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}), "secret"),
    ] {
        let refused = mona.post(WEBHOOKS, body).await.refused(400, "invalid").body;
        assert_eq!(refused["errors"].as_object().unwrap().keys().collect::<Vec<_>>(), [field], "{refused}");
    }
}

#[tokio::test]
async fn disabled_endpoint_gets_what_is_said_after_it_is_enabled() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["chat.message_received.v1"], Answer::Status(200, "")).await;
    let other = Hook::make(&mona, shared.receiver, &["chat.message_received.v1"], Answer::Status(200, "")).await;
    let (ada, _, direct) = talk(&app).await;
    mona.patch(&hook.at(""), json!({"enabled": false})).await.expect(200);
    let while_off = say(&ada, &direct, "off").await;
    other.take(1, about(&while_off)).await;
    mona.patch(&hook.at(""), json!({"enabled": true})).await.expect(200);
    let after = say(&ada, &direct, "on").await;
    hook.take(1, about(&after)).await;
    assert_eq!(hook.delivery(&while_off).await, None);
}

#[tokio::test]
async fn deliveries_are_walked_page_by_page() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["message.missed"], Answer::Status(200, "")).await;
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(mona.post(&hook.at("test/"), json!({})).await.expect(202).text("event_id"));
    }
    for id in &sent {
        hook.until(id, |row| row["status"] == "delivered").await;
    }
    let (mut next, mut seen) = (hook.at("deliveries/?page_size=2"), Vec::new());
    loop {
        let page = mona.get(&next).await.expect(200).body;
        let tests = page["results"].as_array().unwrap().iter().filter(|row| row["type"] == "webhook.test");
        seen.extend(tests.map(|row| row["event_id"].as_str().unwrap().to_owned()));
        match &page["next"] {
            Value::String(url) => next.clone_from(url),
            _ => break,
        }
    }
    sent.reverse();
    assert_eq!(seen, sent, "the newest first");
    mona.get(&hook.at("deliveries/?status=nonsense")).await.refused(400, "invalid");
}
