//! `/ws/`: one socket for every conversation of its person.

use chat_e2e::{App, Socket, User};
use serde_json::{Value, json};

async fn open(user: &User, gateway: usize) -> (Socket, Value) {
    let mut socket = user.knock_all(gateway, "").await;
    let ready = socket.expect("ready").await;
    assert_eq!((&ready["user_id"], &ready["conversation_id"]), (&json!(user.id), &Value::Null), "{ready}");
    assert!(ready["log_epoch"].is_i64() && ready["heartbeat_seconds"].is_u64(), "{ready}");
    let heads = socket.expect("heartbeat").await["heads"].take();
    (socket, heads)
}

fn send(conversation: &str, content: &str, client_id: &str) -> Value {
    json!({"type": "send_message", "conversation_id": conversation, "content": content, "client_id": client_id})
}

#[tokio::test]
async fn heads_come_right_after_ready_and_messages_of_all_conversations_follow() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (with_ben, with_cem) = (ada.direct_with(&ben).await, ada.direct_with(&cem).await);
    ben.say(&with_ben, "before").await;
    let (mut socket, heads) = open(&ada, 0).await;
    assert_eq!(heads, json!({with_ben.clone(): 2, with_cem.clone(): 1}));
    ben.say(&with_ben, "one").await;
    cem.say(&with_cem, "two").await;
    let heard = socket.messages(2).await;
    let mut contents: Vec<_> = heard.iter().map(|message| message["content"].as_str().unwrap()).collect();
    contents.sort_unstable();
    assert_eq!(contents, ["one", "two"]);
}

#[tokio::test]
async fn what_is_said_on_it_is_answered_and_heard_in_its_conversation() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut listener = ben.open(1, &direct).await;
    let (mut socket, _) = open(&ada, 0).await;
    socket.send(send(&direct, "hello", "c1")).await;
    let sent = socket.expect("message_sent").await;
    assert_eq!((&sent["conversation_id"], &sent["client_id"], &sent["seq"]), (&json!(direct), &json!("c1"), &json!(2)));
    assert_eq!(socket.messages(1).await[0]["id"], sent["id"]);
    assert_eq!(listener.messages(1).await[0]["id"], sent["id"]);
}

#[tokio::test]
async fn frame_that_names_no_conversation_or_a_foreign_one_is_refused() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let foreign = ben.direct_with(&cem).await;
    let (mut socket, _) = open(&ada, 0).await;
    socket.send(json!({"type": "send_message", "content": "x", "client_id": "a"})).await;
    assert_eq!(socket.refused("invalid").await["client_id"], "a");
    socket.send(send(&foreign, "x", "b")).await;
    let error = socket.refused("not_found").await;
    assert_eq!((&error["client_id"], &error["conversation_id"]), (&json!("b"), &json!(foreign)));
    socket.send(send("nonsense", "x", "c")).await;
    assert_eq!(socket.refused("not_found").await["client_id"], "c");
    for frame in ["typing_start", "mark_as_read"] {
        socket.send(json!({"type": frame, "conversation_id": foreign})).await;
        assert_eq!(socket.refused("not_found").await["conversation_id"], json!(foreign), "{frame}");
    }
    socket.send(json!({"type": "resume", "positions": {foreign.clone(): 0}})).await;
    assert_eq!(socket.refused("not_found").await["conversation_id"], json!(foreign));
}

#[tokio::test]
async fn new_conversations_join_by_themselves_with_their_first_event() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (mut socket, heads) = open(&ada, 0).await;
    assert_eq!(heads, json!({}));
    let direct = ben.direct_with(&ada).await;
    ben.say(&direct, "hi").await;
    let created = socket.expect("conversation_created").await;
    assert_eq!((&created["conversation_id"], &created["seq"]), (&json!(direct), &json!(1)));
    assert_eq!(socket.messages(1).await[0]["content"], "hi");

    let group = ben.group_with(&[&cem]).await;
    ben.say(&group, "without her").await;
    ben.add(&group, &[&ada]).await;
    let added = socket.expect("participant_added").await;
    assert_eq!((&added["user_id"], &added["conversation_id"]), (&json!(ada.id), &json!(group)));
    ben.say(&group, "with her").await;
    assert_eq!(socket.messages(1).await[0]["content"], "with her");
}

#[tokio::test]
async fn left_conversation_falls_silent_and_the_others_go_on() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (group, direct) = (ben.group_with(&[&ada, &cem]).await, ben.direct_with(&ada).await);
    let (mut socket, _) = open(&ada, 1).await;
    ben.remove(&group, &ada).await;
    let removed = socket.expect("participant_removed").await;
    assert_eq!((&removed["user_id"], &removed["conversation_id"]), (&json!(ada.id), &json!(group)));
    ben.say(&group, "behind her back").await;
    ben.say(&direct, "to her face").await;
    assert_eq!(socket.messages(1).await[0]["content"], "to her face");
    let rest = socket.settle().await;
    assert!(rest.iter().all(|frame| frame["conversation_id"] != json!(group)), "{rest:?}");

    // Back again: only what comes from then on is news.
    ben.add(&group, &[&ada]).await;
    assert_eq!(socket.expect("participant_added").await["user_id"], json!(ada.id));
    ben.say(&group, "welcome back").await;
    assert_eq!(socket.messages(1).await[0]["content"], "welcome back");
}

#[tokio::test]
async fn deleted_group_says_so_and_falls_silent() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ben.group_with(&[&ada, &cem]).await;
    let (mut socket, _) = open(&ada, 0).await;
    let mut chat = cem.open(1, &group).await;
    ben.delete(&format!("/api/chat/conversations/{group}/")).await.expect(204);
    let deleted = socket.expect("conversation_deleted").await;
    assert_eq!((&deleted["conversation_id"], &deleted["actor_id"]), (&json!(group), &json!(ben.id)));
    assert_eq!(chat.close_code().await, 4504);
    socket.send(send(&group, "x", "late")).await;
    socket.refused("not_found").await;
}

#[tokio::test]
async fn resume_brings_what_is_missing_of_each_conversation_that_is_named() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (first, second) = (ada.direct_with(&ben).await, ada.direct_with(&cem).await);
    for number in 1..=3 {
        ben.say(&first, &format!("first {number}")).await;
        cem.say(&second, &format!("second {number}")).await;
    }
    let mut socket = ada.knock_all(0, "live=after_resume").await;
    let epoch = socket.expect("ready").await["log_epoch"].clone();
    socket
        .send(json!({"type": "resume", "positions": {first.clone(): 2, second.clone(): 4}, "log_epoch": epoch}))
        .await;
    let mut resumed = Vec::new();
    for _ in 0..2 {
        let frame = socket.expect("resumed").await;
        assert_eq!(frame["last_seq"], 4, "{frame}");
        resumed.push(frame["conversation_id"].clone());
    }
    assert!(resumed.contains(&json!(first)) && resumed.contains(&json!(second)));
    let contents: Vec<_> = socket.messages(2).await.iter().map(|message| message["content"].clone()).collect();
    assert_eq!(contents, ["first 2", "first 3"]);
    ben.say(&first, "live").await;
    assert_eq!(socket.messages(1).await[0]["content"], "live");
    socket.send(json!({"type": "resume", "positions": {first.clone(): 99}})).await;
    assert_eq!(socket.expect("resync_required").await["conversation_id"], json!(first));
    socket.send(json!({"type": "resume", "positions": {first.clone(): 1}, "log_epoch": 77})).await;
    assert_eq!(socket.expect("resync_required").await["last_seq"], 5);
    let many: serde_json::Map<_, _> = (0..1001).map(|number| (number.to_string(), json!(0))).collect();
    socket.send(json!({"type": "resume", "positions": many})).await;
    socket.refused("invalid").await;
}

#[tokio::test]
async fn unread_counts_follow_messages_and_marks() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let (with_ben, with_cem) = (ada.direct_with(&ben).await, ada.direct_with(&cem).await);
    ben.say(&with_ben, "old").await;
    let (mut socket, _) = open(&ada, 0).await;
    ben.say(&with_ben, "new").await;
    let changed = socket.expect("unread_changed").await;
    assert_eq!(changed, json!({"type": "unread_changed", "conversation_id": with_ben, "unread_count": 2, "total": 2}));
    cem.say(&with_cem, "other").await;
    let changed = socket.expect("unread_changed").await;
    assert_eq!((&changed["unread_count"], &changed["total"]), (&json!(1), &json!(3)));
    socket.send(send(&with_ben, "own", "own")).await;
    socket.expect("message_sent").await;
    socket.send(json!({"type": "mark_as_read", "conversation_id": with_ben})).await;
    let changed = socket.expect("unread_changed").await;
    assert_eq!((&changed["unread_count"], &changed["total"]), (&json!(0), &json!(1)));
    ada.patch(&format!("/api/chat/conversations/{with_cem}/"), json!({"muted": true})).await.expect(200);
    let changed = socket.expect("unread_changed").await;
    assert_eq!((&changed["conversation_id"], &changed["total"]), (&json!(with_cem), &json!(0)));
    // Read on another device, over REST.
    ada.patch(&format!("/api/chat/conversations/{with_cem}/mark_as_read/"), json!({})).await.expect(200);
    let changed = socket.expect("unread_changed").await;
    assert_eq!((&changed["unread_count"], &changed["total"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn somebody_with_five_thousand_conversations_is_served() {
    const COUNT: usize = 5000;
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    app.database().await.insert_groups(ada.id, ben.id, i32::try_from(COUNT).unwrap()).await;
    let begun = std::time::Instant::now();
    let mut socket = ada.knock_all(0, "").await;
    socket.expect("ready").await;
    let mut heads = serde_json::Map::new();
    loop {
        let mut part = socket.expect("heartbeat").await;
        heads.append(part["heads"].as_object_mut().unwrap());
        if part["more"] != true {
            break;
        }
    }
    println!("{COUNT} conversations were there after {:?}", begun.elapsed());
    assert_eq!(heads.len(), COUNT);
    assert!(heads.values().all(|head| *head == 2));
    let some: Vec<_> = heads.keys().step_by(500).cloned().collect();
    for conversation in &some {
        ben.say(conversation, "news").await;
        assert_eq!(socket.messages(1).await[0]["conversation_id"], json!(conversation));
        let changed = socket.expect("unread_changed").await;
        assert_eq!((&changed["conversation_id"], &changed["unread_count"]), (&json!(conversation), &json!(2)));
    }
    let positions: serde_json::Map<_, _> = heads.keys().take(1000).map(|id| (id.clone(), json!(0))).collect();
    socket.send(json!({"type": "resume", "positions": positions})).await;
    for _ in 0..1000 {
        socket.expect("resumed").await;
    }
}
