//! Read state over REST: marks exact per message, and what is unread.

use chat_e2e::{App, Rest, User};
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATIONS: &str = "/api/chat/conversations/";
const UNREAD: &str = "/api/chat/unread/";

fn mark_path(conversation: &str) -> String {
    format!("{CONVERSATIONS}{conversation}/mark_as_read/")
}

/// Marks; returns how many were marked and how many are left.
async fn mark(user: &User, conversation: &str, body: Value) -> (i64, i64) {
    let answer = user.patch(&mark_path(conversation), body).await.expect(200).body;
    assert_eq!(answer.as_object().map(serde_json::Map::len), Some(2), "{answer}");
    (answer["marked"].as_i64().unwrap(), answer["unread_count"].as_i64().unwrap())
}

async fn unread_of(user: &User, conversation: &str) -> i64 {
    let row = user.get(&format!("{CONVERSATIONS}{conversation}/")).await.expect(200).body;
    row["unread_count"].as_i64().unwrap()
}

async fn say_many(user: &User, conversation: &str, count: usize) -> Vec<Value> {
    let mut said = Vec::new();
    for number in 0..count {
        said.push(user.say(conversation, &format!("{number}")).await);
    }
    said
}

#[tokio::test]
async fn seeds_call_without_a_body_marks_all() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    say_many(&ada, &direct, 3).await;
    assert_eq!(unread_of(&ben, &direct).await, 3);
    let answer = Rest::send(ben.request(Method::PATCH, &mark_path(&direct))).await.expect(200);
    assert_eq!(answer.body, json!({"marked": 3, "unread_count": 0}));
    assert_eq!(unread_of(&ben, &direct).await, 0);

    ada.say(&direct, "one more").await;
    let form =
        ben.request(Method::PATCH, &mark_path(&direct)).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(Rest::send(form).await.expect(200).body["marked"], 1, "an empty body is none, whatever its type");
    ada.say(&direct, "and one").await;
    assert_eq!(mark(&ben, &direct, json!({})).await, (1, 0));
    assert_eq!(mark(&ben, &direct, json!({"message_ids": null, "up_to": null})).await, (0, 0));
}

#[tokio::test]
async fn message_ids_mark_just_those() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let said = say_many(&ada, &direct, 4).await;
    assert_eq!(mark(&ben, &direct, json!({"message_ids": [said[1]["id"], said[3]["id"]]})).await, (2, 2));
    assert_eq!(mark(&ben, &direct, json!({"message_ids": [said[1]["id"]]})).await, (0, 2), "marked once");
    assert_eq!(mark(&ben, &direct, json!({"message_ids": []})).await, (0, 2));
    assert_eq!(mark(&ben, &direct, json!({"message_ids": [said[0]["id"], said[2]["id"]]})).await, (2, 0));
}

#[tokio::test]
async fn unknown_foreign_own_and_malformed_messages_are_ignored() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let direct = ada.direct_with(&ben).await;
    let elsewhere = ada.direct_with(&cem).await;
    let foreign = ada.say(&elsewhere, "not yours").await;
    let own = ben.say(&direct, "mine").await;
    let theirs = ada.say(&direct, "theirs").await;
    let ids =
        json!([foreign["id"], own["id"], "x", "01a207ab-8f4e-7128-a65e-ab007adeb3cd", theirs["id"], theirs["id"]]);
    assert_eq!(mark(&ben, &direct, json!({"message_ids": ids})).await, (1, 0));
    assert_eq!(unread_of(&cem, &elsewhere).await, 1);
}

#[tokio::test]
async fn everything_up_to_a_position_or_a_message_is_marked() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let said = say_many(&ada, &direct, 5).await;
    assert_eq!(mark(&ben, &direct, json!({"up_to": said[1]["seq"]})).await, (2, 3));
    assert_eq!(mark(&ben, &direct, json!({"up_to": said[2]["id"]})).await, (1, 2));
    assert_eq!(mark(&ben, &direct, json!({"up_to": 0})).await, (0, 2));
    assert_eq!(mark(&ben, &direct, json!({"up_to": "01a207ab-8f4e-7128-a65e-ab007adeb3cd"})).await, (0, 2));
    assert_eq!(mark(&ben, &direct, json!({"up_to": 1_000_000})).await, (2, 0), "what is ahead counts as the head");
}

#[tokio::test]
async fn bad_marks_get_their_code_and_mark_nothing() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "x").await;
    let many: Vec<_> = (0..501).map(|_| chat_protocol::ids::MessageId::generate().to_string()).collect();
    for (body, field) in [
        (json!({"message_ids": many}), "message_ids"),
        (json!({"message_ids": "x"}), "message_ids"),
        (json!({"message_ids": [1]}), "message_ids"),
        (json!({"up_to": -1}), "up_to"),
        (json!({"up_to": 1.5}), "up_to"),
        (json!({"up_to": "x"}), "up_to"),
        (json!({"up_to": {}}), "up_to"),
    ] {
        let answer = ben.patch(&mark_path(&direct), body).await.refused(400, "invalid");
        assert!(answer.body["errors"][field].is_array(), "{field}: {}", answer.body);
    }
    let with = |content_type: &str, body: &'static str| {
        Rest::send(ben.request(Method::PATCH, &mark_path(&direct)).header("content-type", content_type).body(body))
    };
    with("application/json", "[]").await.refused(400, "invalid");
    with("application/json", " ").await.refused(400, "invalid");
    with("text/plain", "{}").await.refused(415, "unsupported_media_type");
    assert_eq!(mark(&ben, &direct, json!({"message_ids": many[1..]})).await, (0, 1), "500 are not too many");
    assert_eq!(unread_of(&ben, &direct).await, 1);
}

#[tokio::test]
async fn conversations_that_are_not_the_callers_are_the_same_404() {
    let [ada, ben, eve] = App::shared().await.users(["Ada", "Ben", "Eve"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut bodies = Vec::new();
    for conversation in [&*direct, "01a207ab-8f4e-7128-a65e-ab007adeb3cd", "x"] {
        bodies.push(eve.patch(&mark_path(conversation), json!({})).await.refused(404, "not_found").body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    let path = mark_path(&direct);
    ben.patch(path.trim_end_matches('/'), json!({})).await.expect(200);
    let answer = ben.get(&path).await.refused(405, "method_not_allowed");
    assert_eq!(answer.headers["allow"], "PATCH");
}

#[tokio::test]
async fn unread_names_what_is_unread_and_not_muted_newest_activity_first() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (first, second, muted) =
        (ada.direct_with(&cem).await, ben.direct_with(&cem).await, ada.group_with(&[&ben, &cem]).await);
    cem.patch(&format!("{CONVERSATIONS}{muted}/"), json!({"muted": true})).await.expect(200);
    say_many(&ben, &muted, 2).await;
    say_many(&ada, &first, 2).await;
    say_many(&ben, &second, 1).await;
    cem.say(&second, "one's own is never unread").await;
    let expected =
        json!({"total": 3, "conversations": [{"id": second, "unread_count": 1}, {"id": first, "unread_count": 2}]});
    assert_eq!(cem.get(UNREAD).await.expect(200).body, expected);
    mark(&cem, &second, json!({})).await;
    let expected = json!({"total": 2, "conversations": [{"id": first, "unread_count": 2}]});
    assert_eq!(cem.get(UNREAD.trim_end_matches('/')).await.expect(200).body, expected);
    assert_eq!(unread_of(&cem, &muted).await, 2, "what is muted is counted all the same");
    cem.patch(UNREAD, json!({})).await.refused(405, "method_not_allowed");
}
