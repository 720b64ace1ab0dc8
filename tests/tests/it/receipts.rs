//! Receipts: who has read what, on sockets and after a resume.

use chat_e2e::App;
use serde_json::{Value, json};

#[tokio::test]
async fn marks_reach_every_participant_and_the_reader_too() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let first = ben.say(&direct, "one").await;
    let second = ben.say(&direct, "two").await;
    let (mut reader, mut other) = (ada.open(0, &direct).await, ada.open(1, &direct).await);
    let mut sender = ben.open(1, &direct).await;
    reader.send(json!({"type": "mark_as_read", "message_ids": [first["id"], second["id"]]})).await;
    for socket in [&mut reader, &mut other, &mut sender] {
        let read = socket.expect("messages_read").await;
        assert_eq!(read["message_ids"], json!([first["id"], second["id"]]), "{read}");
        assert_eq!((&read["reader_id"], &read["up_to_seq"]), (&json!(ada.id), &json!(3)));
        assert_eq!(read["conversation_id"], json!(direct));
        assert!(read["read_at"].is_string());
    }
}

#[tokio::test]
async fn marks_of_a_moment_are_told_together_and_repeated_ones_not_at_all() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(ben.say(&direct, &format!("{number}")).await["id"].clone());
    }
    let mut reader = ada.open(0, &direct).await;
    reader.send_all(ids.iter().map(|id| json!({"type": "mark_as_read", "message_ids": [id]}))).await;
    let read = reader.expect("messages_read").await;
    assert_eq!(read["message_ids"], json!(ids));
    reader.send(json!({"type": "mark_as_read", "message_ids": ids})).await;
    ben.say(&direct, "new").await;
    reader.send(json!({"type": "mark_as_read"})).await;
    assert_eq!(reader.expect("messages_read").await["message_ids"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn resume_ends_with_the_read_state_of_everybody() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let mut messages = Vec::new();
    for number in 0..4 {
        messages.push(ada.say(&group, &format!("{number}")).await);
    }
    let mark = format!("/api/chat/conversations/{group}/mark_as_read/");
    ben.patch(&mark, json!({"message_ids": [messages[0]["id"], messages[2]["id"]]})).await.expect(200);
    cem.patch(&mark, json!({})).await.expect(200);
    let mut socket = ada.knock_with(0, &group, "after_seq=1").await;
    let resumed = socket.expect("resumed").await;
    let state = |user: i64| -> Value {
        let states = resumed["read_state"].as_array().unwrap();
        states.iter().find(|state| state["reader_id"] == user).unwrap().clone()
    };
    assert_eq!((&state(ben.id)["up_to_seq"], &state(ben.id)["beyond"]), (&json!(2), &json!([4])));
    assert_eq!((&state(cem.id)["up_to_seq"], &state(cem.id)["beyond"]), (&json!(5), &json!([])));
    assert_eq!(state(ada.id)["up_to_seq"], 5);
    assert!(state(cem.id)["read_at"].is_string() && state(ada.id)["read_at"].is_null());
}

#[tokio::test]
async fn unusable_marks_are_refused_and_the_socket_stays() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut reader = ada.open(0, &direct).await;
    let many: Vec<_> = (0..501).map(|_| uuid::Uuid::now_v7()).collect();
    for bad in [
        json!({"type": "mark_as_read", "message_ids": many}),
        json!({"type": "mark_as_read", "message_ids": "x"}),
        json!({"type": "mark_as_read", "up_to": -1}),
    ] {
        reader.send(bad).await;
        reader.refused("invalid").await;
    }
    reader.settle().await;
}
