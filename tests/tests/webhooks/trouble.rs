//! Receivers that do not take what comes.

use std::net::Ipv4Addr;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::hook::{Hook, about, say, talk};
use crate::receiver::{Answer, Receiver};
use crate::{WEBHOOKS, shared};

const MESSAGES: [&str; 1] = ["chat.message_received.v1"];

#[tokio::test]
async fn receiver_that_is_down_gets_it_when_it_is_up_with_the_same_id() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let url = format!("http://127.0.0.1:{}/down", shared.empty_port);
    let made = mona.post(WEBHOOKS, json!({"url": url, "events": MESSAGES})).await.expect(201);
    let nobody = Hook {
        id: made.text("id"),
        secret: made.text("secret"),
        path: "/down".to_owned(),
        receiver: shared.receiver.clone(),
        mona: mona.clone(),
    };
    let (ada, _, direct) = talk(&app).await;
    let message = say(&ada, &direct, "x").await;
    let tried = nobody.until(&message, |row| row["error"] == "connect").await;
    assert!(tried["next_attempt_at"].is_string() && tried["response_status"].is_null(), "{tried}");
    let hook = Hook {
        receiver: Receiver::on(TcpListener::bind((Ipv4Addr::LOCALHOST, shared.empty_port)).await.unwrap()),
        ..nobody
    };
    let got = hook.take(1, about(&message)).await;
    assert_eq!(got[0].headers["webhook-id"], message);
    let delivered = hook.until(&message, |row| row["status"] == "delivered").await;
    assert!(delivered["attempts"].as_i64().unwrap() >= 2, "{delivered}");
    assert_eq!(hook.standing().await["failing_since"], json!(null));
    // What this test opened ends with it.
    mona.delete(&hook.at("")).await.expect(204);
}

#[tokio::test]
async fn slow_receiver_holds_up_nobody_else() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let slow = Hook::make(&mona, shared.receiver, &MESSAGES, Answer::Nothing).await;
    let quick = Hook::make(&mona, shared.receiver, &MESSAGES, Answer::Status(200, "")).await;
    let (ada, _, direct) = talk(&app).await;
    let mut messages = Vec::new();
    for number in 0..20 {
        messages.push(say(&ada, &direct, &format!("{number}")).await);
    }
    for message in &messages {
        quick.take(1, about(message)).await;
    }
    let tried = slow.until(&messages[0], |row| row["error"] == "timeout").await;
    assert_ne!(tried["status"], "delivered");
    let last = slow.delivery(&messages[19]).await.expect("it waits");
    assert_eq!(last["attempts"], 0, "two at a time: the last one has not had its turn when the first is over");
    mona.delete(&slow.at("")).await.expect(204);
}

#[tokio::test]
async fn answers_that_are_none_are_failures_and_nothing_is_followed() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let (ada, _, direct) = talk(&app).await;
    let inside: &'static str =
        Box::leak(format!("location: http://127.0.0.1:{}/followed\r\n", shared.receiver.port).into_boxed_str());
    let cases = [
        (Answer::Status(500, ""), json!(500), "refused"),
        (Answer::Status(404, ""), json!(404), "refused"),
        (Answer::Status(302, inside), json!(302), "redirect"),
        (Answer::Status(307, inside), json!(307), "redirect"),
        (Answer::Status(308, "location: http://169.254.169.254/\r\n"), json!(308), "redirect"),
        (Answer::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nonly this"), json!(200), "incomplete"),
        (Answer::Bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"), json!(200), "incomplete"),
        (Answer::Bytes("\0\u{1}garbage\r\n\r\n"), Value::Null, "no_answer"),
        (Answer::Bytes(""), Value::Null, "no_answer"),
    ];
    let mut hooks = Vec::new();
    for (answer, status, error) in cases {
        hooks.push((Hook::make(&mona, shared.receiver, &MESSAGES, answer).await, status, error));
    }
    let message = say(&ada, &direct, "x").await;
    for (hook, status, error) in &hooks {
        let tried = hook.until(&message, |row| row["error"].is_string()).await;
        assert_eq!((&tried["response_status"], &tried["error"]), (status, &json!(error)), "{tried}");
    }
    for (hook, ..) in &hooks {
        hook.until(&message, |row| row["attempts"].as_i64() >= Some(2)).await;
        mona.delete(&hook.at("")).await.expect(204);
    }
    assert!(shared.receiver.book().borrow().got.iter().all(|got| got.path != "/followed"));
}

#[tokio::test]
async fn one_that_is_gone_is_disabled_at_once() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &MESSAGES, Answer::Status(410, "")).await;
    let (ada, _, direct) = talk(&app).await;
    let message = say(&ada, &direct, "x").await;
    let standing = hook.stands(|standing| standing["enabled"] == false).await;
    assert_eq!(standing["disabled_reason"], "gone");
    let failed = hook.until(&message, |row| row["status"] == "failed").await;
    assert_eq!((&failed["attempts"], &failed["next_attempt_at"]), (&json!(1), &json!(null)));
    mona.post(&hook.at("test/"), json!({})).await.refused(409, "conflict");
    let path = hook.at(&format!("deliveries/{}/redeliver/", failed["id"]));
    mona.post(&path, json!({})).await.refused(409, "conflict");
    let enabled = mona.patch(&hook.at(""), json!({"enabled": true})).await.expect(200).body;
    assert_eq!((&enabled["enabled"], &enabled["disabled_reason"]), (&json!(true), &json!(null)));
    hook.answers(Answer::Status(200, ""));
    mona.post(&path, json!({})).await.expect(202);
    let got = hook.take(2, about(&message)).await;
    assert!(got.iter().all(|got| got.headers["webhook-id"] == message), "the same id");
    hook.until(&message, |row| row["status"] == "delivered").await;
}

#[tokio::test]
async fn what_fails_to_the_last_is_kept_and_can_be_begun_anew() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &MESSAGES, Answer::Status(503, "")).await;
    let before = Utc::now() - TimeDelta::minutes(1);
    let (ada, _, direct) = talk(&app).await;
    let messages = [say(&ada, &direct, "one").await, say(&ada, &direct, "two").await];
    for message in &messages {
        let failed = hook.until(message, |row| row["status"] == "failed").await;
        assert_eq!((&failed["attempts"], &failed["error"]), (&json!(5), &json!("refused")), "{failed}");
        assert_eq!(hook.take(5, about(message)).await.len(), 5);
    }
    hook.answers(Answer::Status(200, ""));
    let list = mona.get(&hook.at("deliveries/?status=failed&page_size=200")).await.expect(200).body;
    let ids: Vec<_> = list["results"].as_array().unwrap().iter().map(|row| row["event_id"].as_str().unwrap()).collect();
    assert!(messages.iter().all(|message| ids.contains(&message.as_str())), "{list}");
    let machine = app.machine("Marketplace").await;
    let done = machine.post(&hook.at("redeliver/"), json!({"since": before})).await.expect(202).body;
    assert!(done["redelivered"].as_u64() >= Some(2) && done["has_more"] == false, "{done}");
    for message in &messages {
        hook.until(message, |row| row["status"] == "delivered").await;
        let got = hook.take(6, about(message)).await;
        assert!(got.iter().all(|got| got.headers["webhook-id"] == *message), "the same id");
    }
    let later = json!({"since": Utc::now() + TimeDelta::minutes(1)});
    let none = machine.post(&hook.at("redeliver/"), later).await.expect(202).body;
    assert_eq!(none, json!({"redelivered": 0, "has_more": false}));
}

#[tokio::test]
async fn endpoint_that_fails_for_long_is_disabled() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &MESSAGES, Answer::Status(500, "")).await;
    let (ada, _, direct) = talk(&app).await;
    let standing = 'disabled: loop {
        let message = say(&ada, &direct, "x").await;
        loop {
            let standing = hook.standing().await;
            if standing["enabled"] == false {
                break 'disabled standing;
            }
            if hook.delivery(&message).await.is_some_and(|row| row["status"] == "failed") {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    assert_eq!(standing["disabled_reason"], "failing", "{standing}");
    let time = |field: &str| standing[field].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(time("disabled_at") - time("failing_since") >= TimeDelta::seconds(15), "{standing}");
}

#[tokio::test]
async fn receivers_can_ask_to_be_left_alone_for_a_while() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &MESSAGES, Answer::Status(429, "retry-after: 3600\r\n")).await;
    let (ada, _, direct) = talk(&app).await;
    let message = say(&ada, &direct, "x").await;
    let tried = hook.until(&message, |row| row["error"] == "refused").await;
    let time = |field: &str| tried[field].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert!(time("next_attempt_at") - time("last_attempt_at") >= TimeDelta::minutes(59), "{tried}");
    hook.answers(Answer::Status(200, ""));
    mona.post(&hook.at(&format!("deliveries/{}/redeliver/", tried["id"])), json!({})).await.expect(202);
    hook.until(&message, |row| row["status"] == "delivered").await;
}
