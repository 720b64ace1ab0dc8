//! What one person may do: refusals cost nothing, hammering ends the socket, sockets and kinds of calls have limits of their own.

use std::time::Duration;

use chat_e2e::{Rest, Service, counter, send_path};
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use crate::{app, number, stack};

#[tokio::test]
async fn refused_message_is_taken_later_under_the_same_client_id() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let path = send_path(&direct);
    let mut refused = None;
    for number in 0..200 {
        let client_id = format!("r{number}");
        let answer = ada.post(&path, json!({"content": "x", "client_id": client_id})).await;
        if answer.status == 429 {
            refused = Some((client_id, answer));
            break;
        }
        let left = self::number(&answer.expect(201).headers, "ratelimit-remaining");
        assert!(left < 30, "{left}");
    }
    let (client_id, answer) = refused.expect("somebody who does not stop is refused");
    let answer = answer.refused(429, "rate_limited");
    assert_eq!(number(&answer.headers, "ratelimit-limit"), 30);
    assert_eq!(number(&answer.headers, "ratelimit-remaining"), 0);
    assert!(number(&answer.headers, "ratelimit-reset") >= 1);
    assert!(answer.body["retry_after_ms"].as_u64().is_some());
    // What a client does.
    sleep(Duration::from_secs(number(&answer.headers, "retry-after"))).await;
    let sent = ada.post(&path, json!({"content": "x", "client_id": client_id})).await.expect(201).body;
    let again = ada.post(&path, json!({"content": "y", "client_id": client_id})).await.expect(200).body;
    assert_eq!(sent["id"], again["id"]);
}

#[tokio::test]
async fn socket_that_hammers_on_is_closed_and_nobody_elses() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let (mut hammer, mut listening) = (ada.open(0, &direct).await, ada.open(0, &direct).await);
    hammer.send_all((0..400).map(|_| json!({"type": "send_message", "content": "x"}))).await;
    assert_eq!(hammer.close_code().await, 4029);
    listening.send(json!({"type": "ping"})).await;
    listening.expect("pong").await;
    let gateway = stack().await.instance(Service::Gateway, 0).unwrap();
    assert!(counter(gateway, "chat_limits_refused_total", Some("class=\"send\"")).await > 0);
}

#[tokio::test]
async fn person_has_so_many_sockets_on_a_gateway() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut open = vec![ada.open(0, &direct).await, ada.open(0, &direct).await];
    let mut everywhere = ada.knock_all(0, "").await;
    everywhere.expect("ready").await;
    assert_eq!(ada.knock(0, &direct).await.close_code().await, 4509);
    ben.open(0, &direct).await;
    open.pop().unwrap().close().await;
    // The place is free once the gateway has heard of it.
    loop {
        let mut again = ada.knock(0, &direct).await;
        match again.next().await {
            Ok(ready) => break assert_eq!(ready["type"], "ready"),
            Err(closed) => assert_eq!(closed.code, 4509),
        }
    }
}

#[tokio::test]
async fn each_kind_of_call_has_its_own_limit() {
    let app = app().await;
    let ada = app.user("Ada").await;
    let search = "/api/chat/messages/?search=x";
    let statuses = [
        ada.get(search).await.status,
        ada.get(search).await.status,
        ada.get(search).await.status,
        ada.get("/api/chat/messages/").await.status,
        ada.post("/api/auth/ticket/", json!({})).await.status,
    ];
    assert_eq!(statuses, [200, 200, 429, 200, 201]);
    let read = Rest::send(ada.request(Method::GET, "/api/chat/conversations/")).await.expect(200);
    assert_eq!(number(&read.headers, "ratelimit-limit"), 200);
}

#[tokio::test]
async fn frames_that_are_no_messages_are_limited_and_answered() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(1, &direct).await;
    socket.send_all((0..150).map(|_| json!({"type": "ping"}))).await;
    let (mut pongs, mut refused) = (0, 0);
    while pongs + refused < 150 {
        match socket.next().await.unwrap() {
            frame if frame["type"] == "pong" => pongs += 1,
            frame if frame["code"] == "rate_limited" => refused += 1,
            _ => {}
        }
    }
    assert!(pongs >= 100 && refused > 0, "{pongs} {refused}");
}
