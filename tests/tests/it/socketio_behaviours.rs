//! What a socket does is the same through a plain WebSocket and through a namespace of Socket.IO: one table, run on both.

use std::time::Duration;

use chat_e2e::{App, Carrier, Line, Service, Signal, User, own_stack};
use chrono::TimeDelta;
use serde_json::json;

use crate::tokens::{Member, log_out};

/// Each behaviour on each transport.
macro_rules! on_both {
    ($($behaviour:ident),* $(,)?) => {
        mod plain {
            $(#[tokio::test] async fn $behaviour() { super::$behaviour(chat_e2e::Carrier::Plain).await; })*
        }
        mod socketio {
            $(#[tokio::test] async fn $behaviour() { super::$behaviour(chat_e2e::Carrier::SocketIo).await; })*
        }
    };
}

on_both!(
    sender_is_answered_and_everybody_hears_it,
    ready_comes_first_with_the_head,
    bad_frames_get_their_codes,
    twenty_frames_that_mean_nothing_end_it,
    bytes_end_it,
    frame_over_the_limit_ends_it,
    others_learn_who_types,
    marks_are_told_to_all,
    presence_is_told,
    all_conversations_come_on_one_socket,
    what_was_missed_comes_in_order_before_what_is_live,
    resume_on_opening_holds_back_what_is_live,
    whoever_is_removed_is_told_and_sent_away,
    foreign_and_unknown_conversations_are_not_there,
    bad_tokens_are_turned_away_with_their_codes,
    log_out_ends_it,
    it_lives_no_longer_than_its_token_unless_that_is_refreshed,
    gateway_that_stops_says_so,
);

fn chat(conversation: &str) -> String {
    format!("/ws/chat/{conversation}/")
}

async fn knock(app: &App, carrier: Carrier, gateway: usize, path: &str, token: &str) -> Line {
    Line::open(carrier, &app.gateways()[gateway], path, token, &[]).await
}

async fn open(app: &App, carrier: Carrier, gateway: usize, path: &str, user: &User) -> Line {
    let mut line = knock(app, carrier, gateway, path, &user.token).await;
    assert_eq!(line.expect("ready").await["user_id"], user.id);
    line
}

fn said(content: &str) -> serde_json::Value {
    json!({"type": "send_message", "content": content, "client_id": content})
}

async fn sender_is_answered_and_everybody_hears_it(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut speaker = open(&app, carrier, 0, &chat(&direct), &ada).await;
    let mut listener = open(&app, carrier, 1, chat(&direct).trim_end_matches('/'), &ben).await;
    speaker.send(said("Hello \"you\" é\u{1F600}")).await;
    let sent = speaker.expect("message_sent").await;
    assert_eq!((&sent["client_id"], &sent["seq"]), (&json!("Hello \"you\" é\u{1F600}"), &json!(2)));
    for line in [&mut speaker, &mut listener] {
        let message = line.expect("message_received").await["message"].take();
        assert_eq!((&message["id"], &message["content"]), (&sent["id"], &json!("Hello \"you\" é\u{1F600}")));
    }
}

async fn ready_comes_first_with_the_head(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "one").await;
    let mut line = knock(&app, carrier, 0, &chat(&direct), &ada.token).await;
    let ready = line.expect("ready").await;
    assert_eq!((&ready["last_seq"], &ready["conversation_id"]), (&json!(2), &json!(direct)));
    assert!(ready["log_epoch"].is_i64() && ready["heartbeat_seconds"].is_u64());
    assert_eq!(line.expect("heartbeat").await["last_seq"], 2);
}

async fn bad_frames_get_their_codes(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut line = open(&app, carrier, 0, &chat(&direct), &ada).await;
    for (frame, code) in [
        (json!({"type": "send_message"}), "invalid"),
        (json!({"type": "send_message", "content": " "}), "invalid"),
        (json!({"type": "send_message", "content": 5}), "invalid"),
        (json!({"type": "send_message", "content": "x".repeat(16 * 1024 + 1)}), "too_large"),
        (json!({"type": "mark_as_read", "up_to": {}}), "invalid"),
        (json!({"type": "resume", "after_seq": -1}), "invalid"),
        (json!({"type": "resume"}), "invalid"),
        (json!({"type": "shout"}), "invalid"),
    ] {
        line.send(frame).await;
        line.refused(code).await;
    }
    line.send(json!({"type": "send_message", "content": "", "client_id": "mine"})).await;
    assert_eq!(line.refused("invalid").await["client_id"], "mine");
    assert_eq!(app.database().await.count_messages(&direct).await, 0);
}

async fn twenty_frames_that_mean_nothing_end_it(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut line = open(&app, carrier, 0, &chat(&ada.direct_with(&ben).await), &ada).await;
    for _ in 0..19 {
        line.send_nonsense().await;
        line.refused("invalid").await;
    }
    line.send_nonsense().await;
    assert_eq!(line.close_code().await, 4500);
}

async fn bytes_end_it(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut line = open(&app, carrier, 1, &chat(&ada.direct_with(&ben).await), &ada).await;
    line.send_binary().await;
    assert_eq!(line.close_code().await, 4500);
}

async fn frame_over_the_limit_ends_it(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    for bytes in [128 * 1024, 1024 * 1024] {
        let mut line = open(&app, carrier, 0, &chat(&direct), &ada).await;
        line.send(json!({"type": "send_message", "content": "x".repeat(120 * 1024)})).await;
        line.refused("too_large").await;
        line.send(json!({"type": "send_message", "content": "x".repeat(bytes)})).await;
        assert_eq!(line.close_code().await, 4513);
    }
}

async fn others_learn_who_types(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let path = chat(&ada.direct_with(&ben).await);
    let mut typist = open(&app, carrier, 0, &path, &ada).await;
    let mut listener = open(&app, carrier, 1, &path, &ben).await;
    for is_typing in [true, false] {
        typist.send(json!({"type": if is_typing { "typing_start" } else { "typing_stop" }})).await;
        let told = listener.expect("typing_indicator").await;
        assert_eq!((&told["user_id"], &told["is_typing"]), (&json!(ada.id), &json!(is_typing)));
    }
    assert_eq!(typist.settle().await, Vec::<serde_json::Value>::new());
}

async fn marks_are_told_to_all(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let message = ada.say(&direct, "read me").await;
    let mut reader = open(&app, carrier, 0, &chat(&direct), &ben).await;
    let mut sender = open(&app, carrier, 1, &chat(&direct), &ada).await;
    reader.send(json!({"type": "mark_as_read", "message_ids": [message["id"]]})).await;
    for line in [&mut reader, &mut sender] {
        let read = line.expect("messages_read").await;
        assert_eq!((&read["message_ids"], &read["reader_id"]), (&json!([message["id"]]), &json!(ben.id)));
    }
}

async fn presence_is_told(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ben.say(&direct, "I am somebody").await;
    let mut watcher = open(&app, carrier, 0, "/ws/presence/", &ada).await;
    let snapshot = watcher.expect("presence_snapshot").await;
    assert_eq!(snapshot["users"][0]["is_online"], false);
    let comes = open(&app, carrier, 1, &chat(&direct), &ben).await;
    assert_eq!(watcher.expect("user_status_change").await["is_online"], true);
    drop(comes);
    assert_eq!(watcher.expect("user_status_change").await["is_online"], false);
}

async fn all_conversations_come_on_one_socket(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut line = open(&app, carrier, 0, "/ws/", &ada).await;
    line.expect("heartbeat").await;
    let direct = ben.direct_with(&ada).await;
    ben.say(&direct, "new").await;
    assert_eq!(line.expect("conversation_created").await["conversation_id"], json!(direct));
    assert_eq!(line.expect("message_received").await["conversation_id"], json!(direct));
    line.send(json!({"type": "send_message", "content": "back", "conversation_id": direct})).await;
    assert_eq!(line.expect("message_sent").await["seq"], 3);
}

async fn what_was_missed_comes_in_order_before_what_is_live(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    for number in 0..80 {
        ada.say(&direct, &format!("{number}")).await;
    }
    let mut line = open(&app, carrier, 1, &chat(&direct), &ben).await;
    line.send(json!({"type": "resume", "after_seq": 11})).await;
    for number in 10..80 {
        let event = line.expect("message_received").await;
        assert_eq!((&event["seq"], &event["message"]["content"]), (&json!(number + 2), &json!(format!("{number}"))));
    }
    assert_eq!(line.expect("resumed").await["last_seq"], 81);
    ada.say(&direct, "live").await;
    assert_eq!(line.expect("message_received").await["message"]["content"], "live");
}

async fn resume_on_opening_holds_back_what_is_live(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "missed").await;
    let (gateway, path) = (&app.gateways()[0], chat(&direct));
    let mut line = Line::open(carrier, gateway, &path, &ben.token, &[("after_seq", "1"), ("log_epoch", "1")]).await;
    assert_eq!(line.expect("message_received").await["message"]["content"], "missed");
    assert_eq!(line.expect("resumed").await["last_seq"], 2);
    let mut held = Line::open(carrier, gateway, &path, &ben.token, &[("live", "after_resume")]).await;
    held.expect("ready").await;
    ada.say(&direct, "later").await;
    line.expect("message_received").await;
    assert_eq!(held.settle().await, Vec::<serde_json::Value>::new());
    held.send(json!({"type": "resume", "after_seq": 2})).await;
    assert_eq!(held.expect("message_received").await["message"]["content"], "later");
    let mut bad = Line::open(carrier, gateway, &path, &ben.token, &[("after_seq", "x")]).await;
    bad.expect("ready").await;
    bad.refused("invalid").await;
}

async fn whoever_is_removed_is_told_and_sent_away(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let mut line = open(&app, carrier, 1, &chat(&group), &ben).await;
    ada.remove(&group, &ben).await;
    assert_eq!(line.expect("participant_removed").await["user_id"], json!(ben.id));
    let closed = line.closed().await;
    assert_eq!((closed.code, closed.reason.as_str()), (4503, "no longer a participant"));
    assert_eq!(knock(&app, carrier, 0, &chat(&group), &ben.token).await.close_code().await, 4504);
}

async fn foreign_and_unknown_conversations_are_not_there(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben, eve] = app.users(["Ada", "Ben", "Eve"]).await;
    let direct = ada.direct_with(&ben).await;
    let unknown = chat_protocol::ids::ConversationId::generate().to_string();
    for id in [direct.as_str(), &unknown, "nonsense"] {
        assert_eq!(knock(&app, carrier, 0, &chat(id), &eve.token).await.close_code().await, 4504, "{id}");
    }
}

async fn bad_tokens_are_turned_away_with_their_codes(carrier: Carrier) {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let path = chat(&ada.direct_with(&ben).await);
    for (token, code) in [("nonsense", 4501), (&format!("{}x", ada.token), 4501), (&app.expired_token(ada.id), 4003)] {
        assert_eq!(knock(&app, carrier, 1, &path, token).await.close_code().await, code);
    }
    let mut line = open(&app, carrier, 1, &path, &ada).await;
    line.send(json!({"type": "authenticate", "token": ben.token})).await;
    assert_eq!(line.close_code().await, 4501, "another person's token");
}

async fn log_out_ends_it(carrier: Carrier) {
    let app = App::shared().await;
    let member = Member::register(&app).await;
    let tokens = member.log_in(&app).await;
    let mut line = knock(&app, carrier, 0, "/ws/", &tokens.access).await;
    line.expect("ready").await;
    log_out(&app, &tokens.refresh).await.expect(204);
    assert_eq!(line.close_code().await, 4003);
    assert_eq!(knock(&app, carrier, 1, "/ws/", &tokens.access).await.close_code().await, 4003);
}

async fn it_lives_no_longer_than_its_token_unless_that_is_refreshed(carrier: Carrier) {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let short = app.token_from(ada.id, "Ada", TimeDelta::zero(), Duration::from_secs(3));
    let mut doomed = knock(&app, carrier, 0, "/ws/", &short).await;
    let mut renewed = knock(&app, carrier, 0, "/ws/", &short).await;
    doomed.expect("ready").await;
    renewed.expect("ready").await;
    renewed.send(json!({"type": "authenticate", "token": ada.token})).await;
    assert!(renewed.expect("authenticated").await["expires_at"].is_string());
    assert_eq!(doomed.close_code().await, 4003);
    renewed.settle().await;
}

async fn gateway_that_stops_says_so(carrier: Carrier) {
    let stack = own_stack().await.unwrap();
    let app = App::of(&stack).unwrap();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut line = open(&app, carrier, 0, &chat(&ada.direct_with(&ben).await), &ada).await;
    line.send(said("just before")).await;
    stack.instances(Service::Gateway)[0].process.kill(Signal::SIGTERM).await.unwrap();
    line.expect("message_sent").await;
    let closed = line.closed().await;
    assert!(closed.code == 4001 && closed.reason.starts_with("reconnect_after_ms="), "{closed:?}");
    stack.stop().await.unwrap();
}
