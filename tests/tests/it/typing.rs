//! Typing: told to the others, ended by itself.

use std::time::{Duration, Instant};

use chat_e2e::{App, Socket};
use serde_json::{Value, json};

async fn start(socket: &mut Socket) {
    socket.send(json!({"type": "typing_start"})).await;
}

fn indicator(user_id: i64, conversation: &str, is_typing: bool) -> Value {
    json!({"type": "typing_indicator", "conversation_id": conversation, "user_id": user_id, "user_name": "Ada",
           "is_typing": is_typing})
}

#[tokio::test]
async fn others_learn_who_types_and_the_typist_does_not() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (mut typist, mut second) = (ada.open(0, &direct).await, ada.open(1, &direct).await);
    let mut listener = ben.open(1, &direct).await;
    start(&mut typist).await;
    assert_eq!(listener.expect("typing_indicator").await, indicator(ada.id, &direct, true));
    typist.send(json!({"type": "typing_stop"})).await;
    assert_eq!(listener.expect("typing_indicator").await, indicator(ada.id, &direct, false));
    assert!(typist.settle().await.is_empty() && second.settle().await.is_empty());
}

#[tokio::test]
async fn typing_ends_with_the_message_and_with_the_socket() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut typist = ada.open(0, &direct).await;
    let mut listener = ben.open(1, &direct).await;
    start(&mut typist).await;
    assert_eq!(listener.expect("typing_indicator").await["is_typing"], true);
    typist.say("done", "c1").await;
    assert_eq!(listener.expect("typing_indicator").await["is_typing"], false);
    start(&mut typist).await;
    assert_eq!(listener.expect("typing_indicator").await["is_typing"], true);
    typist.close().await;
    assert_eq!(listener.expect("typing_indicator").await["is_typing"], false);
}

#[tokio::test]
async fn typing_ends_after_six_seconds_without_renewal() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut typist = ada.open(0, &direct).await;
    let mut listener = ben.open(1, &direct).await;
    start(&mut typist).await;
    assert_eq!(listener.expect("typing_indicator").await["is_typing"], true);
    let begun = Instant::now();
    assert_eq!(listener.expect("typing_indicator").await["is_typing"], false);
    let lasted = begun.elapsed();
    assert!(lasted > Duration::from_secs(5) && lasted < Duration::from_secs(18), "{lasted:?}");
}
