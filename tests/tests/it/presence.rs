//! Who is here: sockets of one person, and what others are told of it over sockets and REST.

use std::time::Duration;

use chat_e2e::{App, PATIENCE, Socket, User};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

/// Opens the socket of presence; returns it with its snapshot.
async fn watch(user: &User, gateway: usize) -> (Socket, Vec<Value>) {
    let mut socket = user.knock_presence(gateway).await;
    let ready = socket.expect("ready").await;
    assert_eq!((&ready["user_id"], ready.get("conversation_id")), (&json!(user.id), None), "{ready}");
    let rows = snapshot(&mut socket).await;
    (socket, rows)
}

async fn snapshot(socket: &mut Socket) -> Vec<Value> {
    let snapshot = socket.expect("presence_snapshot").await;
    assert_eq!(snapshot.get("more"), None, "{snapshot}");
    snapshot["users"].as_array().unwrap().clone()
}

/// The next change that the socket is told.
async fn change(socket: &mut Socket) -> Value {
    let mut change = socket.expect("user_status_change").await;
    change.as_object_mut().unwrap().remove("type");
    change
}

/// Takes changes until the person is told to be so, who may be so already.
async fn until(socket: &mut Socket, rows: &[Value], expected: &Value) {
    let mut last = rows.iter().find(|row| row["user_id"] == expected["user_id"]).cloned().unwrap_or_default();
    while last != *expected {
        let row = change(socket).await;
        if row["user_id"] == expected["user_id"] {
            last = row;
        }
    }
}

/// Frames of presence that came and nobody waited for.
async fn surplus(socket: &mut Socket) -> Vec<Value> {
    let is_presence =
        |frame: &Value| ["presence_snapshot", "user_status_change"].contains(&frame["type"].as_str().unwrap());
    socket.settle().await.into_iter().filter(is_presence).collect()
}

fn online(user: &User) -> Value {
    json!({"user_id": user.id, "is_online": true, "last_seen": null, "status": "online"})
}

fn away(user: &User) -> Value {
    json!({"user_id": user.id, "is_online": true, "last_seen": null, "status": "away"})
}

/// Checks that the row says that the person is offline; returns since when.
#[track_caller]
fn offline_since(row: &Value, user: &User) -> Option<DateTime<Utc>> {
    assert_eq!(
        (&row["user_id"], &row["is_online"], &row["status"]),
        (&json!(user.id), &json!(false), &json!("offline"))
    );
    row["last_seen"].as_str().map(|text| text.parse().unwrap())
}

async fn choose(user: &User, status: &str) -> Value {
    let request = user.request(reqwest::Method::PATCH, "/api/chat/presence/").json(&json!({"status": status}));
    chat_e2e::Rest::send(request).await.expect(200).body
}

async fn list(user: &User, query: &str) -> Vec<Value> {
    let page = user.get(&format!("/api/chat/presence/{query}")).await.expect(200).body;
    page["results"].as_array().unwrap().clone()
}

/// `is_online` and `last_seen` of somebody in a row of the reader's conversations.
async fn in_conversation(reader: &User, conversation: &str, of: &User) -> (Value, Value) {
    let row = reader.get(&format!("/api/chat/conversations/{conversation}/")).await.expect(200).body;
    let participants = row["participants"].as_array().unwrap();
    let one = participants.iter().find(|one| one["id"] == of.id).expect("takes part");
    (one["is_online"].clone(), one["last_seen"].clone())
}

#[tokio::test]
async fn people_who_share_a_conversation_see_each_other_come_and_go() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ben.group_with(&[&ada, &cem]).await;
    let (mut socket, rows) = watch(&ada, 0).await;
    assert_eq!(rows.len(), 2, "not oneself");
    assert_eq!((offline_since(&rows[0], &ben), offline_since(&rows[1], &cem)), (None, None));

    let opened = ben.open(1, &group).await;
    assert_eq!(change(&mut socket).await, online(&ben));
    let second = ben.knock_all(0, "").await;
    let mut witness = cem.knock_all(1, "").await;
    assert_eq!(change(&mut socket).await, online(&cem));
    opened.close().await;
    let before = Utc::now();
    second.close().await;
    let gone = change(&mut socket).await;
    let since = offline_since(&gone, &ben).expect("was here");
    assert!(since >= before - TimeDelta::seconds(1) && since <= Utc::now(), "when the last socket closed");
    assert_eq!(surplus(&mut socket).await, Vec::<Value>::new(), "each change once");

    let rows = snapshot(&mut witness).await;
    assert_eq!(rows.len(), 2, "on the socket of all conversations too");
    until(&mut witness, &rows, &online(&ada)).await;
    assert_eq!(list(&ada, "").await, [gone, online(&cem)]);
}

#[tokio::test]
async fn last_visits_are_written_down() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let group = ben.group_with(&[&ada]).await;
    let (mut socket, _) = watch(&ada, 0).await;
    let here = ben.open(1, &group).await;
    assert_eq!(change(&mut socket).await, online(&ben));
    here.close().await;
    let since = offline_since(&change(&mut socket).await, &ben);
    let mut database = app.database().await;
    let written = async {
        while database.last_seen_of(ben.id).await != since {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, written).await.expect("the visit is written in time");
}

#[tokio::test]
async fn who_opened_a_direct_conversation_sees_the_other_after_a_word() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "hello?").await;
    let (mut opener, nobody) = watch(&ada, 0).await;
    assert_eq!(nobody, Vec::<Value>::new());
    let (mut other, rows) = watch(&ben, 1).await;
    assert_eq!(rows.len(), 1, "the other way round it is open");
    until(&mut other, &rows, &online(&ada)).await;
    assert_eq!(list(&ada, "").await, Vec::<Value>::new());
    assert_eq!(list(&ada, &format!("?user_ids={}", ben.id)).await, Vec::<Value>::new());
    assert_eq!(in_conversation(&ada, &direct, &ben).await, (Value::Null, Value::Null));
    assert_eq!(in_conversation(&ben, &direct, &ada).await, (json!(true), Value::Null));

    ben.say(&direct, "yes").await;
    until(&mut opener, &nobody, &online(&ben)).await;
    assert_eq!(list(&ada, "").await, [online(&ben)]);
    assert_eq!(in_conversation(&ada, &direct, &ben).await, (json!(true), Value::Null));
    assert_eq!(surplus(&mut opener).await, Vec::<Value>::new());
    assert_eq!(surplus(&mut other).await, Vec::<Value>::new());
}

#[tokio::test]
async fn invisible_is_offline_as_of_the_choice() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ben.group_with(&[&ada]).await;
    let mut here = ben.open(1, &group).await;
    let (mut socket, rows) = watch(&ada, 0).await;
    until(&mut socket, &rows, &online(&ben)).await;
    let own = choose(&ben, "away").await;
    assert_eq!((&own["user_id"], &own["is_online"], &own["status"]), (&json!(ben.id), &json!(true), &json!("away")));
    assert_eq!(change(&mut socket).await, away(&ben));

    let before = Utc::now();
    let own = choose(&ben, "invisible").await;
    assert_eq!((&own["is_online"], &own["status"]), (&json!(false), &json!("invisible")));
    let shown = change(&mut socket).await;
    let since = offline_since(&shown, &ben).expect("was seen");
    assert!(since >= before - TimeDelta::seconds(1) && since <= Utc::now());
    let more = ben.open(0, &group).await;
    here.close().await;
    here = ben.open(1, &group).await;
    more.close().await;
    assert_eq!(list(&ada, "").await.as_slice(), std::slice::from_ref(&shown), "whatever happens meanwhile");
    assert_eq!(in_conversation(&ada, &group, &ben).await, (json!(false), shown["last_seen"].clone()));
    assert_eq!(surplus(&mut socket).await, Vec::<Value>::new());

    choose(&ben, "online").await;
    assert_eq!(change(&mut socket).await, online(&ben));
    here.close().await;
}

#[tokio::test]
async fn choice_stays_until_the_next_one() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ben.group_with(&[&ada, &cem]).await;
    assert_eq!(choose(&ben, "invisible").await["is_online"], false);
    assert_eq!(choose(&cem, "away").await["is_online"], false);
    let (mut socket, _) = watch(&ada, 0).await;
    let hidden = ben.open(0, &group).await;
    let seen = cem.open(1, &group).await;
    assert_eq!(change(&mut socket).await, away(&cem));
    assert_eq!(list(&ada, "").await.iter().map(|row| row["is_online"].clone()).collect::<Vec<_>>(), [false, true]);
    drop((hidden, seen));
}

#[tokio::test]
async fn acquaintances_come_and_go_with_conversations() {
    let [ada, ben, cem, dan, eva] = App::shared().await.users(["Ada", "Ben", "Cem", "Dan", "Eva"]).await;
    let group = ada.group_with(&[&ben]).await;
    let (mut socket, rows) = watch(&ada, 0).await;
    assert_eq!(rows.len(), 1);
    let (mut newcomer, rows) = watch(&cem, 1).await;
    assert_eq!(rows, Vec::<Value>::new());
    ada.add(&group, &[&cem]).await;
    until(&mut socket, &[], &online(&cem)).await;
    until(&mut newcomer, &[], &online(&ada)).await;
    assert_eq!(list(&cem, "").await.len(), 2);

    ada.remove(&group, &cem).await;
    assert_eq!(list(&cem, "").await, Vec::<Value>::new());
    assert_eq!(offline_since(&change(&mut socket).await, &cem), None, "gone for those who see each other no more");
    // What is told of others shows that both sockets know of the removal.
    let (mut witness, _) = watch(&eva, 0).await;
    eva.group_with(&[&cem]).await;
    until(&mut witness, &[], &online(&cem)).await;
    until(&mut newcomer, &[], &online(&eva)).await;
    ada.add(&group, &[&dan]).await;
    assert_eq!(offline_since(&change(&mut socket).await, &dan), None);
    choose(&cem, "away").await;
    assert_eq!(change(&mut witness).await, away(&cem));
    assert_eq!(surplus(&mut socket).await, Vec::<Value>::new(), "nothing more of who was removed");
    let (mut witness, rows) = watch(&dan, 1).await;
    choose(&ada, "away").await;
    until(&mut witness, &rows, &away(&ada)).await;
    assert_eq!(surplus(&mut newcomer).await, Vec::<Value>::new(), "and nothing for the removed one");
}

#[tokio::test]
async fn lists_are_paged_and_leave_strangers_out() {
    let app = App::shared().await;
    let [ada, ben, cem, dan, stranger] = app.users(["Ada", "Ben", "Cem", "Dan", "Eva"]).await;
    ada.group_with(&[&ben, &cem, &dan]).await;
    let first = ada.get("/api/chat/presence/?page_size=2").await.expect(200).body;
    let ids = |page: &Value| -> Vec<i64> {
        page["results"].as_array().unwrap().iter().map(|row| row["user_id"].as_i64().unwrap()).collect()
    };
    assert_eq!((ids(&first), &first["previous"]), (vec![ben.id, cem.id], &Value::Null));
    let second = ada.get(first["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((ids(&second), &second["next"]), (vec![dan.id], &Value::Null));
    let back = ada.get(second["previous"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((ids(&back), &back["previous"]), (vec![ben.id, cem.id], &Value::Null));

    let asked = format!("?user_ids={},{},{},{},{}", dan.id, stranger.id, ada.id, ben.id, app.fresh_id());
    let named = ada.get(&format!("/api/chat/presence/{asked}")).await.expect(200).body;
    assert_eq!(ids(&named), [ada.id, ben.id, dan.id]);
    assert_eq!((&named["next"], &named["previous"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn bad_requests_name_the_field() {
    let ada = App::shared().await.user("Ada").await;
    for (query, field) in [("?user_ids=1,x", "user_ids"), ("?user_ids=0", "user_ids"), ("?cursor=x", "cursor")] {
        let refused = ada.get(&format!("/api/chat/presence/{query}")).await.refused(400, "invalid");
        assert!(refused.body["errors"][field].is_array(), "{query}: {}", refused.body);
    }
    for body in [json!({"status": "offline"}), json!({"status": 1}), json!({"status": null}), json!({})] {
        let request = ada.request(reqwest::Method::PATCH, "/api/chat/presence/").json(&body);
        let refused = chat_e2e::Rest::send(request).await.refused(400, "invalid");
        assert!(refused.body["errors"]["status"].is_array(), "{body}: {}", refused.body);
    }
    App::shared().await.anon().get("/api/chat/presence/").await.refused(401, "not_authenticated");
}

#[tokio::test]
async fn conversations_of_more_than_200_people_give_no_presence() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut others = vec![ben.id];
    while others.len() < 200 {
        others.push(app.user("Somebody").await.id);
    }
    let group = ada.begin(json!({"kind": "group", "participant_ids": others})).await;
    let here = ben.open(0, &group).await;
    let (mut socket, rows) = watch(&ada, 1).await;
    assert_eq!(rows, Vec::<Value>::new());
    assert_eq!(list(&ada, "").await, Vec::<Value>::new());
    assert_eq!(in_conversation(&ada, &group, &ben).await, (Value::Null, Value::Null));
    assert_eq!(in_conversation(&ada, &group, &ada).await, (Value::Null, Value::Null));

    let leaving = others.pop().unwrap();
    ada.delete(&format!("/api/chat/conversations/{group}/participants/{leaving}/")).await.expect(204);
    until(&mut socket, &[], &online(&ben)).await;
    assert_eq!(in_conversation(&ada, &group, &ben).await, (json!(true), Value::Null));
    drop(here);
}
