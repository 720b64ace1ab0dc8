//! Participants report messages to the moderators: once each, with what was said then.

use chat_e2e::{App, Rest, User};
use reqwest::Method;
use serde_json::{Value, json};

fn path(message: &Value) -> String {
    format!("/api/chat/messages/{}/report/", message["id"].as_str().expect("messages have ids"))
}

async fn report(user: &User, message: &Value, reason: &str) -> chat_e2e::Answer {
    user.post(&path(message), json!({"reason": reason})).await
}

/// What moderators will read: reporter, sender, reason, content, state.
async fn kept(app: &App, message: &Value) -> Vec<(i64, Option<i64>, String, String, i16)> {
    let store = chat_store::Database::new(app.database_url(), 1).unwrap();
    let rows = sqlx::query_as(
        "select reporter_id, sender_id, reason, content, state from reports where message_id = $1::uuid order by created_at",
    );
    rows.bind(message["id"].as_str().unwrap()).fetch_all(store.pool()).await.unwrap()
}

#[tokio::test]
async fn second_report_of_the_same_person_is_answered_with_the_first() {
    let app = App::shared().await;
    let [ada, ben, cem] = app.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let said = ada.say(&group, "pay me outside").await;
    let first = report(&ben, &said, "a swindle").await.expect(201).body;
    let fields: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["created_at", "id", "message_id", "reason"]);
    assert_eq!((&first["message_id"], &first["reason"]), (&said["id"], &json!("a swindle")));
    assert_eq!(report(&ben, &said, "as I said").await.expect(200).body, first);
    assert_ne!(report(&cem, &said, "spam").await.expect(201).body["id"], first["id"]);
    let (of_ben, of_cem) = tokio::join!(report(&ada, &said, "x"), report(&ada, &said, "y"));
    let statuses = [of_ben.status, of_cem.status];
    assert!(statuses == [200, 201] || statuses == [201, 200], "{statuses:?}");
    assert_eq!(of_ben.body, of_cem.body);
    assert_eq!(kept(&app, &said).await.len(), 3);
}

#[tokio::test]
async fn what_was_said_then_is_kept_for_moderators_alone() {
    let app = App::shared().await;
    let [ada, ben, cem] = app.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let said = ada.say(&group, "an insult").await;
    let message = format!("/api/chat/messages/{}/", said["id"].as_str().unwrap());
    report(&ben, &said, "rude").await.expect(201);
    ada.patch(&message, json!({"content": "a joke"})).await.expect(200);
    report(&cem, &said, "not funny").await.expect(201);
    ada.delete(&message).await.expect(204);
    let expected = [(&ben, "rude", "an insult"), (&cem, "not funny", "a joke")];
    let expected = expected.map(|(who, why, what)| (who.id, Some(ada.id), why.to_owned(), what.to_owned(), 0));
    assert_eq!(kept(&app, &said).await, expected);
    let tombstone = report(&ada, &said, "deleted").await.expect(201).body;
    assert_eq!(tombstone["reason"], "deleted", "also of what is gone");
    assert_eq!(kept(&app, &said).await[2].3, "");
}

#[tokio::test]
async fn only_participants_report_and_say_why() {
    let app = App::shared().await;
    let [ada, ben, stranger] = app.users(["Ada", "Ben", "Eva"]).await;
    let group = ada.group_with(&[&ben]).await;
    let said = ada.say(&group, "x").await;
    report(&stranger, &said, "rude").await.refused(404, "not_found");
    for id in ["01a207ab-8f4e-7128-a65e-ab007adeb3cd", "x"] {
        report(&ben, &json!({"id": id}), "rude").await.refused(404, "not_found");
    }
    app.anon().post(&path(&said), json!({"reason": "rude"})).await.refused(401, "not_authenticated");
    let long = "é".repeat(1001);
    for bad in [
        json!({}),
        json!({"reason": ""}),
        json!({"reason": " \n"}),
        json!({"reason": "a\0"}),
        json!({"reason": 1}),
        json!({"reason": long}),
    ] {
        let refused = ben.post(&path(&said), bad.clone()).await.refused(400, "invalid");
        assert!(refused.body["errors"]["reason"].is_array(), "{bad}");
    }
    Rest::send(ben.request(Method::POST, &path(&said))).await.refused(415, "unsupported_media_type");
    assert_eq!(kept(&app, &said).await, []);
    report(&ben, &said, &long[2..]).await.expect(201);
    ada.remove(&group, &ben).await;
    report(&ben, &said, "rude").await.refused(404, "not_found");
}
