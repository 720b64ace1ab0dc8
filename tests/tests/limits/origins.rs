//! Which pages are let in, on every transport.

use chat_e2e::{App, Credentials, Rest, Socket, shared_stack};
use reqwest::Method;
use tokio_tungstenite::tungstenite::Error;

use crate::{LISTED, app, fresh_address};

/// Origins that no page of ours has.
const FOREIGN: [&str; 16] = [
    "https://evil.example",
    "null",
    "https://app.example.com.evil.example",
    "https://evilapp.example.com",
    "https://app.example.com:8443",
    "https://app.example.com:443",
    "https://APP.example.com",
    "HTTPS://app.example.com",
    "http://app.example.com",
    "wss://app.example.com",
    "https://app.example.com/",
    "https://app.example.com@evil.example",
    "http://localhost",
    "http://127.0.0.1:3000",
    "https://b\u{fc}cher.example",
    "",
];

/// Opens a socket as a page would; the status of the answer.
async fn knock(url: &str, origins: &[&str]) -> u16 {
    let address = fresh_address();
    let mut headers = vec![("x-forwarded-for", address.as_str())];
    headers.extend(origins.iter().map(|origin| ("origin", *origin)));
    match Socket::connect_with(url, Credentials::None, &headers).await {
        Ok(_) => 101,
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn socket_opens_for_listed_pages_alone() {
    let app = app().await;
    let gateway = &app.gateways()[0];
    let conversation = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";
    for path in [
        "/ws/".to_owned(),
        "/ws/presence/".to_owned(),
        format!("/ws/chat/{conversation}/"),
        "/socket.io/?EIO=4&transport=websocket".to_owned(),
    ] {
        let url = format!("{gateway}{path}");
        assert_eq!(knock(&url, &[]).await, 101, "{path}: no page");
        for origin in LISTED.split(',') {
            assert_eq!(knock(&url, &[origin]).await, 101, "{path}: {origin}");
            assert_eq!(knock(&url, &[origin, origin]).await, 403, "{path}: two headers");
        }
        for origin in FOREIGN {
            assert_eq!(knock(&url, &[origin]).await, 403, "{path}: {origin}");
        }
        assert_eq!(knock(&url, &["https://evil.example", "https://app.example.com"]).await, 403, "{path}");
    }
}

#[tokio::test]
async fn nobodys_page_is_let_in_unless_it_is_listed() {
    let app = App::of(shared_stack().await).unwrap();
    let url = format!("{}/ws/", app.gateways()[0]);
    assert_eq!(knock(&url, &[]).await, 101);
    assert_eq!(knock(&url, &["https://app.example.com"]).await, 403);
}

#[tokio::test]
async fn browser_may_call_from_listed_pages_alone() {
    let app = app().await;
    let ada = app.user("Ada").await;
    let ask = async |method: Method, origin: &str| {
        let request = app.anon().request(method, "/api/chat/conversations/").header("origin", origin);
        let request = request.header("access-control-request-method", "POST");
        Rest::send(request.header("access-control-request-headers", "authorization,content-type")).await
    };
    for origin in LISTED.split(',') {
        let preflight = ask(Method::OPTIONS, origin).await.expect(200);
        assert_eq!(preflight.headers["access-control-allow-origin"], *origin);
        assert!(preflight.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
        assert!(preflight.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
        let answer = Rest::send(ada.request(Method::GET, "/api/chat/conversations/").header("origin", origin)).await;
        let answer = answer.expect(200);
        assert_eq!(answer.headers["access-control-allow-origin"], *origin);
        assert!(answer.headers["vary"].to_str().unwrap().to_ascii_lowercase().contains("origin"));
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
        let exposed = answer.headers["access-control-expose-headers"].to_str().unwrap();
        assert!(exposed.contains("retry-after") && exposed.contains("ratelimit-remaining"), "{exposed}");
    }
    for origin in FOREIGN.into_iter().filter(|origin| origin.is_ascii()) {
        for method in [Method::OPTIONS, Method::GET] {
            let answer = ask(method, origin).await;
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
            assert!(answer.headers["vary"].to_str().unwrap().to_ascii_lowercase().contains("origin"), "{origin}");
        }
    }
    let refused =
        Rest::send(app.anon().request(Method::GET, "/api/auth/me/").header("origin", "http://localhost:3000"));
    let refused = refused.await.refused(401, "not_authenticated");
    assert_eq!(refused.headers["access-control-allow-origin"], "http://localhost:3000", "errors can be read, too");
}

#[tokio::test]
async fn polling_pages_get_cors_answers_and_foreign_ones_none() {
    let app = app().await;
    let gateway = app.gateways()[0].replace("ws://", "http://");
    let poll = |origin: &str| {
        let url = format!("{gateway}/socket.io/?EIO=4&transport=polling");
        let request = app.anon().request(Method::GET, &url).header("x-forwarded-for", fresh_address());
        Rest::send(request.header("origin", origin))
    };
    let answer = poll("https://app.example.com").await.expect(200);
    assert_eq!(answer.headers["access-control-allow-origin"], "https://app.example.com");
    poll("https://evil.example").await.refused(403, "permission_denied");
}
