//! What comes, how it is signed, and with which secrets.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::json;
use standardwebhooks::Webhook;

use crate::hook::{Hook, about, of, say, talk};
use crate::receiver::{Answer, Got};
use crate::shared;

const MESSAGES: &str = "chat.message_received.v1";

/// Checked by the library of Standard Webhooks, which shares no code with what signs.
fn is_signed(got: &Got, secret: &str) -> bool {
    let pairs = got.headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
    Webhook::new(secret).unwrap().verify(&got.body, &pairs.collect::<HeaderMap>()).is_ok()
}

#[tokio::test]
async fn events_come_signed_with_their_own_ids_as_they_stand_in_the_log() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook =
        Hook::make(&mona, shared.receiver, &[MESSAGES, "chat.conversation_created.v1"], Answer::Status(204, "")).await;
    let (ada, _, direct) = talk(&app).await;
    let message = say(&ada, &direct, "Grüß dich").await;
    ada.patch(&format!("/api/chat/messages/{message}/"), json!({"content": "Hallo"})).await.expect(200);
    let got = hook.take(2, of(&direct)).await;
    let log = ada.get(&format!("/api/chat/conversations/{direct}/events/")).await.expect(200).body;
    for (kind, event) in [("chat.conversation_created.v1", &log["results"][0]), (MESSAGES, &log["results"][1])] {
        let got = got.iter().find(|got| got.json()["type"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        let payload = got.json();
        assert_eq!(payload["data"], *event, "as in the log");
        assert_eq!(payload.as_object().unwrap().len(), 3);
        assert!(payload["timestamp"].as_str().unwrap().parse::<DateTime<Utc>>().is_ok());
        assert!(is_signed(got, &hook.secret), "{:?}", got.headers);
        assert!(!is_signed(&Got { body: [&got.body[..], b" "].concat(), ..got.clone() }, &hook.secret));
        assert_eq!(got.headers["content-type"], "application/json");
    }
    let got = hook.take(1, about(&message)).await;
    assert_eq!(got[0].headers["webhook-id"], message);
    let delivered = hook.until(&message, |row| row["status"] == "delivered").await;
    assert_eq!(
        (&delivered["response_status"], &delivered["type"], &delivered["error"], &delivered["next_attempt_at"]),
        (&json!(204), &json!(MESSAGES), &json!(null), &json!(null))
    );
    assert!(hook.got().iter().all(|got| got.json()["type"] != "chat.message_edited.v1"), "only what was asked for");
}

#[tokio::test]
async fn both_secrets_sign_for_a_day_after_a_rotation() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &[MESSAGES], Answer::Status(200, "")).await;
    let rotated = mona.post(&hook.at("rotate-secret/"), json!({})).await.expect(200);
    let fresh = rotated.text("secret");
    let until: DateTime<Utc> = rotated.text("previous_secret_until").parse().unwrap();
    assert!((until - Utc::now() - TimeDelta::days(1)).abs() < TimeDelta::minutes(2), "{until}");
    let (ada, _, direct) = talk(&app).await;
    let message = say(&ada, &direct, "x").await;
    let got = hook.take(1, about(&message)).await.remove(0);
    assert_eq!(got.headers["webhook-signature"].split(' ').count(), 2);
    assert!(is_signed(&got, &hook.secret) && is_signed(&got, &fresh) && fresh != hook.secret);
    assert_eq!(hook.standing().await["secret"], json!(null), "it is shown once");
}

#[tokio::test]
async fn test_event_comes_whatever_the_endpoint_is_for() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["message.missed"], Answer::Status(200, "")).await;
    let sent = mona.post(&hook.at("test/"), json!({})).await.expect(202);
    let got = hook.take(1, |payload| payload["type"] == "webhook.test").await.remove(0);
    assert_eq!(got.headers["webhook-id"], sent.text("event_id"));
    assert_eq!(got.json()["data"], json!({"webhook_id": hook.id}));
    assert!(is_signed(&got, &hook.secret));
}

#[tokio::test]
async fn secret_of_ones_own_signs() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let url = format!("http://127.0.0.1:{}/own-secret", shared.receiver.port);
    let made =
        mona.post(crate::WEBHOOKS, json!({"url": url, "events": [MESSAGES], "secret": secret})).await.expect(201);
    assert_eq!(made.body["secret"], secret);
    let hook = Hook {
        id: made.text("id"),
        secret: secret.to_owned(),
        path: "/own-secret".to_owned(),
        receiver: shared.receiver.clone(),
        mona: mona.clone(),
    };
    mona.post(&hook.at("test/"), json!({})).await.expect(202);
    assert!(is_signed(&hook.take(1, |_| true).await[0], secret));
}
