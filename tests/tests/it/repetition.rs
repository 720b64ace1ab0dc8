//! The same `client_id` again, at any time and on any transport, creates nothing new.

use chat_e2e::{Answer, App, User, send_path};
use serde_json::{Value, json};

async fn send(user: &User, conversation: &str, content: &str, client_id: &str) -> Answer {
    user.post(&send_path(conversation), json!({"content": content, "client_id": client_id})).await
}

async fn send_with_key(user: &User, conversation: &str, key: &str, body: Value) -> Answer {
    let request = user.request("POST".parse().unwrap(), &send_path(conversation));
    chat_e2e::Rest::send(request.header("Idempotency-Key", key).json(&body)).await
}

#[tokio::test]
async fn repeated_client_id_is_one_message_over_socket_and_rest() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut listener = ben.open(1, &direct).await;
    let first = send(&ada, &direct, "once", "same").await.expect(201).body;
    let again = send(&ada, &direct, "twice", "same").await.expect(200).body;
    assert_eq!(again, first);
    for gateway in [0, 1] {
        let mut socket = ada.open(gateway, &direct).await;
        socket.say("thrice", "same").await;
        let sent = socket.expect("message_sent").await;
        assert_eq!(
            (&sent["id"], &sent["seq"], &sent["created_at"]),
            (&first["id"], &first["seq"], &first["created_at"])
        );
        assert_eq!(socket.settle().await, Vec::<Value>::new());
    }
    ada.say(&direct, "next").await;
    let heard = listener.messages(2).await;
    assert_eq!((&heard[0], &heard[1]["content"], &heard[1]["seq"]), (&first, &json!("next"), &json!(3)));
    assert_eq!(app.database().await.count_messages(&direct).await, 2);
}

#[tokio::test]
async fn repetition_in_parallel_is_one_message_and_one_answer() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut sockets = [ada.open(0, &direct).await, ada.open(1, &direct).await];
    let [one, other] = &mut sockets;
    let twice = |number: usize| {
        let text = format!("socket {number}");
        [
            json!({"type": "send_message", "content": text, "client_id": "p"}),
            json!({"type": "send_message", "content": text, "client_id": "p"}),
        ]
    };
    let (answers, (), ()) = tokio::join!(
        async {
            tokio::join!(
                send(&ada, &direct, "rest 1", "p"),
                send(&ada, &direct, "rest 2", "p"),
                send(&ada, &direct, "rest 3", "p")
            )
        },
        one.send_all(twice(1)),
        other.send_all(twice(2)),
    );
    let answers = [answers.0, answers.1, answers.2];
    let first = &answers[0].body;
    assert!(answers.iter().all(|answer| answer.body == *first), "{answers:?}");
    assert!(answers.iter().filter(|answer| answer.status == 201).count() <= 1, "{answers:?}");
    assert!(answers.iter().all(|answer| [200, 201].contains(&answer.status)), "{answers:?}");
    for socket in &mut sockets {
        for _ in 0..2 {
            let sent = socket.expect("message_sent").await;
            assert_eq!((&sent["id"], &sent["seq"]), (&first["id"], &first["seq"]));
        }
    }
    assert_eq!(app.database().await.count_messages(&direct).await, 1);
}

#[tokio::test]
async fn client_id_counts_per_sender_and_conversation() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let (direct, group) = (ada.direct_with(&ben).await, ada.group_with(&[&ben]).await);
    let mut ids = Vec::new();
    for (user, conversation) in [(&ada, &direct), (&ben, &direct), (&ada, &group)] {
        ids.push(send(user, conversation, "x", "shared").await.expect(201).text("id"));
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn idempotency_key_is_the_client_id() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let first = send_with_key(&ada, &direct, "key-1", json!({"content": "a"})).await.expect(201).body;
    assert_eq!(first["client_id"], "key-1");
    assert_eq!(send_with_key(&ada, &direct, "key-1", json!({"content": "b"})).await.expect(200).body, first);
    assert_eq!(send(&ada, &direct, "c", "key-1").await.expect(200).body, first);
    let both = json!({"content": "d", "client_id": "key-1"});
    assert_eq!(send_with_key(&ada, &direct, "key-1", both.clone()).await.expect(200).body, first);
    let differ = send_with_key(&ada, &direct, "key-2", both).await.refused(400, "invalid");
    assert!(differ.body["errors"]["client_id"].is_array(), "{}", differ.body);
    send_with_key(&ada, &direct, &"k".repeat(129), json!({"content": "e"})).await.refused(400, "invalid");
    assert_eq!(ada.history(&direct, "").await["results"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn refused_message_does_not_use_its_client_id_up() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    // Refused before and in the storing statement.
    send(&ada, &direct, "  ", "again").await.refused(400, "invalid");
    let unknown = chat_protocol::ids::MessageId::generate();
    let body = json!({"content": "x", "client_id": "again", "reply_to": unknown.to_string()});
    ada.post(&send_path(&direct), body).await.refused(400, "invalid");
    let mut socket = ada.open(0, &direct).await;
    socket.say(&"x".repeat(16 * 1024 + 1), "again").await;
    assert_eq!(socket.refused("too_large").await["client_id"], "again");
    socket.say("good", "again").await;
    assert_eq!(socket.expect("message_sent").await["client_id"], "again");
    assert_eq!(send(&ada, &direct, "again", "again").await.expect(200).body["content"], "good");
}

#[tokio::test]
async fn rest_makes_a_client_id_where_none_is_given() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let first = ada.say(&direct, "same words").await;
    let second = ada.say(&direct, "same words").await;
    assert_ne!(first["id"], second["id"]);
    assert!(first["client_id"].is_string() && first["client_id"] != second["client_id"]);
}

#[tokio::test]
async fn repetition_after_ten_minutes_is_the_first_message() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let first = send(&ada, &direct, "long ago", "old").await.expect(201).body;
    app.database().await.age_messages(&direct, 11).await;
    let again = send(&ada, &direct, "now", "old").await.expect(200).body;
    assert_eq!((&again["id"], &again["seq"], &again["content"]), (&first["id"], &first["seq"], &json!("long ago")));
    let mut socket = ada.open(1, &direct).await;
    socket.say("now", "old").await;
    assert_eq!(socket.expect("message_sent").await["id"], first["id"]);
    assert_eq!(app.database().await.count_messages(&direct).await, 1);
}

#[tokio::test]
async fn repetition_by_a_removed_sender_is_the_first_message_and_nothing_new_is_taken() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    let first = send(&ada, &direct, "said in time", "before").await.expect(201).body;
    app.database().await.remove_participant(&direct, ada.id).await;
    let again = send(&ada, &direct, "whatever", "before").await.expect(200).body;
    assert_eq!(again, first);
    socket.expect("message_received").await;
    socket.say("whatever", "before").await;
    assert_eq!(socket.expect("message_sent").await["id"], first["id"]);
    send(&ada, &direct, "too late", "after").await.refused(404, "not_found");
    socket.say("too late", "after").await;
    socket.refused("not_found").await;
    assert_eq!(app.database().await.count_messages(&direct).await, 1);
}
