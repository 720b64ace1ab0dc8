//! Whoever is removed hears it, and nothing after it.

use std::time::{Duration, Instant};

use chat_e2e::App;
use serde_json::json;

/// The promise is 1 s; a busy machine gets three times that.
const PROMISE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn removed_participants_sockets_close_at_once_on_every_gateway() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let mut sockets = [ben.open(0, &group).await, ben.open(1, &group).await];
    let mut stays = cem.open(1, &group).await;
    let begun = Instant::now();
    ada.remove(&group, &ben).await;
    for socket in &mut sockets {
        let removed = socket.expect("participant_removed").await;
        assert_eq!((&removed["user_id"], &removed["actor_id"]), (&json!(ben.id), &json!(ada.id)));
        assert_eq!(socket.close_code().await, 4503);
    }
    assert!(begun.elapsed() < PROMISE, "{:?}", begun.elapsed());
    assert_eq!(stays.expect("participant_removed").await["user_id"], json!(ben.id));
    assert_eq!(ben.knock(0, &group).await.close_code().await, 4504);
}

#[tokio::test]
async fn nothing_after_the_removal_reaches_the_removed_one() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let mut socket = ben.open(1, &group).await;
    let mut speaker = ada.open(0, &group).await;
    tokio::join!(ada.remove(&group, &ben), async {
        for number in 0..50 {
            speaker.say(&format!("{number}"), &format!("c{number}")).await;
        }
    });
    let removed_at = socket.expect("participant_removed").await["seq"].as_i64().unwrap();
    let before = socket.kept();
    assert!(before.iter().all(|frame| frame["seq"].as_i64().is_none_or(|seq| seq < removed_at)), "{before:?}");
    assert_eq!(socket.close_code().await, 4503);
}

#[tokio::test]
async fn removal_ends_a_resume_that_is_under_way() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let mut speaker = ada.open(0, &group).await;
    for number in 0..600 {
        speaker.say(&format!("{number}"), &format!("c{number}")).await;
        speaker.expect("message_sent").await;
    }
    let mut socket = ben.knock_with(1, &group, "after_seq=0").await;
    ada.remove(&group, &ben).await;
    let code = socket.close_code().await;
    assert!(code == 4503 || code == 4504, "{code}");
    ben.get(&format!("/api/chat/conversations/{group}/messages/")).await.refused(404, "not_found");
}
