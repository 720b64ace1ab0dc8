//! Forged tokens, at every door of the running services: each is refused, and how does not tell what was wrong with it.

use chat_e2e::{App, Credentials, Instances, Rest, Service, Socket, Stack, options};
use reqwest::Method;
use serde_json::json;

use crate::forgeries::{AUDIENCE, Forger, ISSUER};

/// What a refusal looks like from outside, at one door after the other.
#[derive(Debug, PartialEq, Eq)]
struct Refusals {
    rest: Vec<(u16, String, String)>,
    sockets: Vec<(u16, String)>,
}

/// A small stack that wants an issuer and an audience.
async fn strict_stack() -> Stack {
    let instances = Instances { gateways: 1, persistence: 1, api: 1, presence: 1 };
    let wants = [("JWT_ISSUER", ISSUER), ("JWT_AUDIENCE", AUDIENCE)];
    let strict = [Service::Api, Service::Gateway]
        .into_iter()
        .flat_map(|service| wants.map(|(name, value)| (service, name, value)))
        .fold(options().unwrap(), |options, (service, name, value)| options.env(service, name, value));
    Stack::start(strict.instances(instances)).await.unwrap()
}

async fn refusals(app: &App, token: &str) -> Refusals {
    let client = app.with_token(token);
    let mut rest = Vec::new();
    for (method, path) in [
        (Method::GET, "/api/auth/me/"),
        (Method::POST, "/api/auth/ticket/"),
        (Method::GET, "/api/chat/conversations/"),
        (Method::GET, "/api/admin/users/"),
    ] {
        let answer = Rest::fetch(client.request(method, path)).await;
        let body = String::from_utf8_lossy(&answer.bytes).into_owned();
        rest.push((answer.status, answer.header("www-authenticate").to_owned(), body));
    }
    let base = &app.gateways()[0];
    let mut sockets = Vec::new();
    for path in ["/ws/", "/ws/presence/", "/ws/chat/01a207ab-8f4e-7128-a65e-ab007adeb3cd/"] {
        let mut by_header = Socket::connect(&format!("{base}{path}"), Credentials::Header(token)).await.unwrap();
        let mut by_frame = Socket::connect(&format!("{base}{path}"), Credentials::None).await.unwrap();
        by_frame.send(json!({"type": "authenticate", "token": token})).await;
        for socket in [&mut by_header, &mut by_frame] {
            let closed = socket.closed().await;
            sockets.push((closed.code, closed.reason));
        }
    }
    Refusals { rest, sockets }
}

#[tokio::test]
async fn forged_tokens_are_refused_at_every_door_and_all_alike() {
    let stack = strict_stack().await;
    let app = App::of(&stack).unwrap();
    let smith = Forger { secret: stack.jwt_secret().as_bytes(), user: app.fresh_id() };
    app.with_token(&smith.good()).get("/api/auth/me/").await.expect(200);
    let forged = smith.forged();
    assert!(forged.len() >= 60, "{}", forged.len());
    let like = refusals(&app, &forged[0].1).await;
    assert!(like.rest.iter().all(|(status, ..)| *status == 401), "{like:?}");
    assert!(like.sockets.iter().all(|(code, _)| *code == 4501), "{like:?}");
    for (name, token) in &forged[1..] {
        assert_eq!(refusals(&app, token).await, like, "{name}: {token}");
    }
    for (name, token) in smith.expired() {
        let refused = refusals(&app, &token).await;
        assert!(refused.rest.iter().all(|(status, ..)| *status == 401), "{name}: {refused:?}");
        assert!(refused.sockets.iter().all(|(code, _)| *code == 4003), "{name}: {refused:?}");
    }
    for token in forged.iter().map(|(_, token)| token).chain([&smith.good()]) {
        app.anon().post("/api/auth/token/refresh/", json!({"refresh": token})).await.refused(401, "not_authenticated");
        let by_ticket = format!("{}/ws/?ticket={token}", app.gateways()[0]);
        let by_ticket = by_ticket.replace(' ', "%20");
        assert_eq!(Socket::connect(&by_ticket, Credentials::None).await.unwrap().close_code().await, 4501, "{token}");
    }
    stack.stop().await.unwrap();
}
