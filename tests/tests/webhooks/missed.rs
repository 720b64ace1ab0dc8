//! What people miss: unread for a while, and nobody there to read it.

use chat_e2e::User;
use serde_json::{Value, json};

use crate::hook::{Hook, say};
use crate::receiver::Answer;
use crate::shared;

fn missed_by(user: &User, conversation: &str) -> impl Fn(&Value) -> bool {
    let (user, conversation) = (user.id, conversation.to_owned());
    move |payload| payload["data"]["user_id"] == user && payload["data"]["conversation_id"] == conversation
}

/// Which messages were told of, in all that came.
fn told(hook: &Hook, user: &User, conversation: &str) -> Vec<String> {
    let fits = missed_by(user, conversation);
    let payloads = hook.got().into_iter().map(|got| got.json()).filter(|payload| fits(payload));
    let ids = |payload: Value| {
        payload["data"]["messages"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    payloads.flat_map(ids).map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn only_who_is_away_and_wants_to_know_misses_anything_and_once() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["message.missed"], Answer::Status(200, "")).await;
    let [ada, away, here, mute, reads, blocks] = app.users(["Ada", "Away", "Here", "Mute", "Reads", "Blocks"]).await;
    let group = ada.group_with(&[&away, &here, &mute, &reads, &blocks]).await;
    mute.patch(&format!("/api/chat/conversations/{group}/"), json!({"muted": true})).await.expect(200);
    blocks.put(&format!("/api/chat/blocks/{}/", ada.id)).await;
    let mut socket = here.knock_presence(0).await;
    socket.expect("presence_snapshot").await;

    let first = [say(&ada, &group, "one").await, say(&ada, &group, "two").await];
    reads.patch(&format!("/api/chat/conversations/{group}/mark_as_read/"), json!({})).await.expect(200);
    // One look at the clock may come between the two messages, and then each is told by its own delivery.
    for (message, number) in first.iter().zip([2, 3]) {
        let got =
            hook.take(1, |payload| missed_by(&away, &group)(payload) && payload.to_string().contains(message)).await;
        let (kind, data) = (&got[0].json()["type"], &got[0].json()["data"]);
        assert_eq!((kind, &data["unread_count"]), (&json!("message.missed"), &json!(2)), "{data}");
        let told = data["messages"].as_array().unwrap().iter().find(|one| one["id"] == *message);
        assert_eq!(told.unwrap()["seq"], number, "{data}");
        assert!(!["one", "two"].iter().any(|text| data.to_string().contains(text)), "{data}");
    }

    // When the third has been told, the first two are long over.
    let third = say(&ada, &group, "three").await;
    reads.patch(&format!("/api/chat/conversations/{group}/mark_as_read/"), json!({})).await.expect(200);
    hook.take(1, |payload| payload.to_string().contains(&third)).await;
    let mut all = told(&hook, &away, &group);
    all.sort();
    assert_eq!(all, [&first[..], &[third]].concat(), "each once");
    for other in [&ada, &here, &mute, &reads, &blocks] {
        assert_eq!(told(&hook, other, &group), [""; 0], "{}", other.name);
    }
    let ids: std::collections::BTreeSet<_> = hook.got().iter().map(|got| got.headers["webhook-id"].clone()).collect();
    assert_eq!(ids.len(), hook.got().len(), "each has its own id");
    socket.close().await;
}
