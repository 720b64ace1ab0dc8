//! Tickets: a browser's way to a socket, for half a minute and once.

use chat_auth::{Rules, Ticket, Tickets, Verifier};
use chat_bus::tickets::use_ticket;
use chat_e2e::{App, Credentials, Rest, Socket, User};
use chat_protocol::ids::TokenId;
use chat_protocol::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;

const TICKET: &str = "/api/auth/ticket/";

async fn ticket_of(user: &User) -> String {
    user.post(TICKET, json!({})).await.expect(201).text("ticket")
}

/// A ticket made by the test, so long ago.
fn ticket_from(app: &App, user: &User, ago: TimeDelta) -> String {
    let secret = app.jwt_secret().as_bytes();
    let claims = Verifier::hs256(secret, Rules::default()).verify(&user.token, Utc::now()).unwrap();
    Tickets::hs256(secret, Rules::default()).sign(&Ticket::new(TokenId::generate(), claims, Utc::now() - ago))
}

async fn knock(app: &App, gateway: usize, conversation: &str, ticket: &str) -> Socket {
    let url = format!("{}?ticket={ticket}", app.chat_url(gateway, conversation));
    Socket::connect(&url, Credentials::None).await.unwrap()
}

#[tokio::test]
async fn ticket_is_good_for_half_a_minute_and_needs_a_token() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let asked_at = Utc::now();
    let answer = Rest::send(ada.request(Method::POST, TICKET)).await.expect(201);
    let expires_at: DateTime<Utc> = answer.text("expires_at").parse().unwrap();
    let life = expires_at - asked_at;
    assert!(life > TimeDelta::seconds(28) && life <= TimeDelta::seconds(31), "{life}");
    app.anon().post(TICKET, json!({})).await.refused(401, "not_authenticated");
    // It opens sockets, nothing else.
    app.with_token(&answer.text("ticket")).get("/api/auth/me/").await.refused(401, "not_authenticated");
}

#[tokio::test]
async fn ticket_is_used_once_whoever_asks() {
    let app = App::shared().await;
    let gateways = [app.writer().await, app.writer().await];
    for _ in 0..10 {
        let (ticket, now) = (TokenId::generate(), Timestamp::new(Utc::now()));
        let uses = tokio::join!(
            use_ticket(&gateways[0].bus, ticket, now),
            use_ticket(&gateways[1].bus, ticket, now),
            use_ticket(&gateways[0].bus, ticket, now),
        );
        let firsts = [uses.0.unwrap(), uses.1.unwrap(), uses.2.unwrap()];
        assert_eq!(firsts.iter().filter(|first| **first).count(), 1, "{firsts:?}");
        assert!(!use_ticket(&gateways[1].bus, ticket, now).await.unwrap());
    }
}

#[tokio::test]
async fn nobody_knows_of_tickets_that_are_older_than_the_memory() {
    let app = App::shared().await;
    let gateway = app.writer().await;
    let before_nats = Timestamp::new(Utc::now() - TimeDelta::hours(24));
    assert!(use_ticket(&gateway.bus, TokenId::generate(), before_nats).await.is_err());
}

#[tokio::test]
async fn ticket_opens_one_socket_on_whatever_gateway() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let ticket = ticket_of(&ada).await;
    let mut socket = knock(&app, 0, &direct, &ticket).await;
    assert_eq!(socket.expect("ready").await["user_id"], ada.id);
    for gateway in [0, 1] {
        assert_eq!(knock(&app, gateway, &direct, &ticket).await.close_code().await, 4501);
    }
    socket.say("still here", "t").await;
    socket.expect("message_sent").await;
}

#[tokio::test]
async fn ticket_that_is_no_good_opens_nothing() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let expired = ticket_from(&app, &ada, TimeDelta::seconds(31));
    for (ticket, code) in [(expired.as_str(), 4003), ("garbage", 4501), (&ada.token, 4501)] {
        assert_eq!(knock(&app, 1, &direct, ticket).await.close_code().await, code, "{ticket}");
    }
    let good = ticket_from(&app, &ada, TimeDelta::zero());
    knock(&app, 1, &direct, &good).await.expect("ready").await;
}
