//! Getting in: three ways to bring a token, and what happens without a good one.

use chat_e2e::{App, Credentials, Socket};
use chrono::TimeDelta;
use serde_json::json;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn token_comes_by_header_subprotocol_or_first_frame() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let url = app.chat_url(0, &direct);
    let mut by_header = Socket::connect(&url, Credentials::Header(&ada.token)).await.unwrap();
    let mut by_subprotocol = Socket::connect(&url, Credentials::Subprotocol(&ada.token)).await.unwrap();
    assert_eq!(by_subprotocol.subprotocol.as_deref(), Some("bearer"));
    let mut by_frame = Socket::connect(url.trim_end_matches('/'), Credentials::None).await.unwrap();
    by_frame.send(json!({"type": "authenticate", "token": ada.token})).await;
    for socket in [&mut by_header, &mut by_subprotocol, &mut by_frame] {
        let ready = socket.expect("ready").await;
        assert_eq!((&ready["user_id"], &ready["conversation_id"]), (&json!(ada.id), &json!(direct)));
    }
}

#[tokio::test]
async fn token_in_the_query_is_ignored() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let url = format!("{}?token={}", app.chat_url(0, &direct), ada.token);
    let mut socket = Socket::connect(&url, Credentials::None).await.unwrap();
    assert_eq!(socket.close_code().await, 4508);
}

#[tokio::test]
async fn who_brings_no_good_token_is_told_why_by_the_close_code() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let url = app.chat_url(1, &direct);
    let forged = format!("{}x", ada.token);
    let expired = app.expired_token(ada.id);
    for (token, code) in [("nonsense", 4501), (forged.as_str(), 4501), (&expired, 4003)] {
        for credentials in [Credentials::Header(token), Credentials::Subprotocol(token)] {
            let mut socket = Socket::connect(&url, credentials).await.unwrap();
            assert_eq!(socket.close_code().await, code, "{credentials:?}");
        }
        let mut socket = Socket::connect(&url, Credentials::None).await.unwrap();
        socket.send(json!({"type": "authenticate", "token": token})).await;
        assert_eq!(socket.close_code().await, code);
    }
    let mut silent = Socket::connect(&url, Credentials::None).await.unwrap();
    assert_eq!(silent.close_code().await, 4508);
    let mut hasty = Socket::connect(&url, Credentials::None).await.unwrap();
    hasty.send(json!({"type": "send_message", "content": "first"})).await;
    assert_eq!(hasty.close_code().await, 4501);
    assert_eq!(app.database().await.count_messages(&direct).await, 0);
}

#[tokio::test]
async fn socket_lives_no_longer_than_its_token_unless_that_is_refreshed() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let short = app.token_from(ada.id, "Ada", TimeDelta::zero(), Duration::from_secs(3));
    let url = app.chat_url(0, &direct);
    let mut doomed = Socket::connect(&url, Credentials::Header(&short)).await.unwrap();
    let mut renewed = Socket::connect(&url, Credentials::Header(&short)).await.unwrap();
    doomed.expect("ready").await;
    renewed.expect("ready").await;
    renewed.send(json!({"type": "authenticate", "token": ada.token})).await;
    assert!(renewed.expect("authenticated").await["expires_at"].is_string());
    assert_eq!(doomed.close_code().await, 4003);
    renewed.say("still here", "s").await;
    renewed.expect("message_sent").await;
}

#[tokio::test]
async fn another_persons_token_closes_the_socket() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = ada.open(0, &direct).await;
    socket.send(json!({"type": "authenticate", "token": ben.token})).await;
    assert_eq!(socket.close_code().await, 4501);
}

#[tokio::test]
async fn upgrade_fails_on_unknown_paths_alone() {
    let app = App::shared().await;
    let base = &app.gateways()[0];
    for path in ["/", "/ws/chat/", "/ws/nothing/"] {
        let refused = Socket::connect(&format!("{base}{path}"), Credentials::None).await.err();
        assert!(matches!(&refused, Some(Error::Http(answer)) if answer.status() == 404), "{path}: {refused:?}");
    }
    let http = base.replace("ws://", "http://");
    let plain = app.anon().get(&format!("{http}/ws/chat/x/")).await;
    plain.refused(400, "invalid");
}
