//! Tickets, a browser's way to a socket; and how sockets end with the tokens behind them.

use std::time::{Duration, Instant};

use chat_auth::{Rules, Ticket, Tickets, Verifier};
use chat_bus::tickets::use_ticket;
use chat_e2e::{App, Credentials, Rest, Socket, User};
use chat_protocol::ids::TokenId;
use chat_protocol::time::Timestamp;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;

use crate::tokens::{Member, Tokens, log_out, refresh, revoked_within};

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

#[tokio::test]
async fn socket_of_a_ticket_lives_no_longer_than_the_token_behind_it() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let short = app.token_from(ada.id, "Ada", TimeDelta::zero(), Duration::from_secs(3));
    let ticket = app.with_token(&short).post(TICKET, json!({})).await.expect(201).text("ticket");
    let mut socket = knock(&app, 0, &direct, &ticket).await;
    socket.expect("ready").await;
    assert_eq!(socket.close_code().await, 4003);
}

/// Opens a socket by header and waits for `ready`.
async fn open_at(url: &str, token: &str) -> Socket {
    let mut socket = Socket::connect(url, Credentials::Header(token)).await.unwrap();
    socket.expect("ready").await;
    socket
}

#[tokio::test]
async fn logout_closes_the_familys_sockets_of_every_kind_on_every_gateway() {
    let app = App::shared().await;
    let (member, ben) = (Member::register(&app).await, app.user("Ben").await);
    let (tokens, elsewhere) = (member.log_in(&app).await, member.log_in(&app).await);
    let group = ben.begin(json!({"kind": "group", "participant_ids": [member.id]})).await;
    let (here, there) = (app.chat_url(0, &group), app.chat_url(1, &group));
    let all = format!("{}/ws/", app.gateways()[1]);
    let ticket = app.with_token(&tokens.access).post(TICKET, json!({})).await.expect(201).text("ticket");
    let unused = app.with_token(&tokens.access).post(TICKET, json!({})).await.expect(201).text("ticket");
    let mut doomed = vec![
        open_at(&here, &tokens.access).await,
        open_at(&there, &tokens.access).await,
        open_at(&all, &tokens.access).await,
        knock(&app, 1, &group, &ticket).await,
    ];
    doomed[3].expect("ready").await;
    let (mut kept, mut bens) = (open_at(&there, &elsewhere.access).await, open_at(&here, &ben.token).await);

    log_out(&app, &tokens.refresh).await.expect(204);
    let revoked = Instant::now();
    for socket in &mut doomed {
        assert_eq!(socket.close_code().await, 4003);
        assert!(revoked.elapsed() < revoked_within(), "{:?}", revoked.elapsed());
    }
    for gateway in [&here, &there] {
        let mut late = Socket::connect(gateway, Credentials::Header(&tokens.access)).await.unwrap();
        assert_eq!(late.close_code().await, 4003);
        let mut late = Socket::connect(gateway, Credentials::None).await.unwrap();
        late.send(json!({"type": "authenticate", "token": tokens.access})).await;
        assert_eq!(late.close_code().await, 4003);
    }
    assert_eq!(knock(&app, 0, &group, &unused).await.close_code().await, 4003);
    for socket in [&mut kept, &mut bens] {
        socket.settle().await;
    }
}

#[tokio::test]
async fn socket_follows_the_token_that_it_was_shown_last() {
    let app = App::shared().await;
    let (member, ben) = (Member::register(&app).await, app.user("Ben").await);
    let (first, other) = (member.log_in(&app).await, member.log_in(&app).await);
    let group = ben.begin(json!({"kind": "group", "participant_ids": [member.id]})).await;
    let url = app.chat_url(0, &group);
    let (mut refreshed, mut moved) = (open_at(&url, &first.access).await, open_at(&url, &first.access).await);
    let second = Tokens::of(&refresh(&app, 0, &first.refresh).await.expect(200));
    for (socket, token) in [(&mut refreshed, &second.access), (&mut moved, &other.access)] {
        socket.send(json!({"type": "authenticate", "token": token})).await;
        socket.expect("authenticated").await;
    }
    log_out(&app, &second.refresh).await.expect(204);
    assert_eq!(refreshed.close_code().await, 4003);
    moved.settle().await;
    log_out(&app, &other.refresh).await.expect(204);
    assert_eq!(moved.close_code().await, 4003);
}
