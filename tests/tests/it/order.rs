//! One order without holes, whoever looks.

use chat_e2e::App;
use serde_json::{Value, json};

fn contents(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["content"].as_str().expect("messages have text")).collect()
}

fn frame(content: &str) -> Value {
    json!({"type": "send_message", "content": content, "client_id": content})
}

#[tokio::test]
async fn messages_of_one_socket_are_stored_in_the_order_in_which_they_were_sent() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (mut speaker, mut listener) = (ada.open(0, &direct).await, ben.open(1, &direct).await);
    let texts: Vec<_> = (0..200).map(|number| format!("m-{number}")).collect();
    speaker.send_all(texts.iter().map(|text| frame(text))).await;

    for (seq, text) in (2_i64..).zip(&texts) {
        let sent = speaker.expect("message_sent").await;
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(text), &json!(seq)));
    }
    let heard = listener.messages(200).await;
    assert_eq!(contents(&heard), texts);
    assert!((2_i64..).zip(&heard).all(|(seq, message)| message["seq"] == seq));
    let history = ada.history(&direct, "?order=asc&page_size=200").await;
    assert_eq!(history["results"], json!(heard));
}

#[tokio::test]
async fn observers_on_two_gateways_see_one_order_without_holes() {
    const EACH: usize = 60;
    let [ada, ben, cleo] = App::shared().await.users(["Ada", "Ben", "Cleo"]).await;
    let group = ada.group_with(&[&ben, &cleo]).await;
    let (mut left, mut right) = (ada.open(0, &group).await, ben.open(1, &group).await);
    let mut observers = [cleo.open(0, &group).await, cleo.open(1, &group).await];
    let of = |name: &str| (0..EACH).map(|number| format!("{name}-{number}")).collect::<Vec<_>>();
    let (from_left, from_right) = (of("left"), of("right"));
    tokio::join!(
        left.send_all(from_left.iter().map(|text| frame(text))),
        right.send_all(from_right.iter().map(|text| frame(text))),
    );

    let seen = observers[0].messages(2 * EACH).await;
    assert!((2_i64..).zip(&seen).all(|(seq, message)| message["seq"] == seq));
    for observer in [&mut observers[1], &mut left, &mut right] {
        assert_eq!(observer.messages(2 * EACH).await, seen);
    }
    for (name, sent) in [("left", from_left), ("right", from_right)] {
        let stored: Vec<_> = contents(&seen).into_iter().filter(|text| text.starts_with(name)).collect();
        assert_eq!(stored, sent);
    }
    assert_eq!(ada.history(&group, "?order=asc&page_size=200").await["results"], json!(seen));
}

#[tokio::test]
async fn latecomer_gets_what_comes_after_the_head_it_was_told() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "before").await;
    let mut latecomer = ben.knock(1, &direct).await;
    let ready = latecomer.expect("ready").await;
    assert_eq!((&ready["last_seq"], &ready["conversation_id"]), (&json!(2), &json!(direct)));
    assert_eq!((&ready["log_epoch"], &ready["heartbeat_seconds"].is_u64()), (&json!(1), &true));
    ada.say(&direct, "after").await;
    assert_eq!(contents(&latecomer.messages(1).await), ["after"]);
    assert_eq!(latecomer.expect("heartbeat").await["type"], "heartbeat");
}
