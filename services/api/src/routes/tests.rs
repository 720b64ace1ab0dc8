//! The public port without servers behind it: what must be refused before anything is read or written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Response, StatusCode};
use chat_auth::{Bearer, Verifier};
use chat_bus::asker::Asker;
use chat_bus::revocations::{Revocations, Upstream};
use chat_bus::{Bus, NatsOptions};
use chat_identity::Keyring;
use chat_protocol::ids::UserId;
use chat_protocol::rest::PlatformRole;
use chat_runtime::clock::ManualClock;
use chat_store::Database;
use chrono::DateTime;
use clap::Parser as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::attachments::Attachments;
use crate::config::Config;
use crate::families::Families;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// Nothing listens there.
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/none";

struct Port {
    service: PublicService<Body>,
    app: Arc<App>,
}

impl Port {
    async fn open() -> Self {
        let folder = std::env::temp_dir().join(format!("chat-api-tests-{}", std::process::id()));
        let mut config = Config::parse_from(["chat-api", "--database-url", NOWHERE, "--jwt-secret", SECRET]);
        config.attachments.attachments_dir = folder;
        let options = NatsOptions { url: "nats://127.0.0.1:1".into(), user: None, password: None, name: "test".into() };
        let bus = Bus::connect(&options).await.unwrap();
        let revocations = Revocations::start(&bus, Upstream::Nobody, CancellationToken::new()).await.unwrap();
        let families = Families::new(&config, bus.clone(), revocations);
        let asker = Asker::start(bus, "api-test".parse().unwrap(), CancellationToken::new()).await.unwrap();
        let clock = ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let keyring = Keyring::fixed(Verifier::hs256(SECRET, config.auth.rules()));
        let database = Database::new(NOWHERE, 1).unwrap();
        let attachments = Attachments::open(&config.attachments).unwrap();
        chat_runtime::install_crypto();
        let app = App::new(&config, database, asker, keyring, families, attachments, Arc::new(clock));
        let app = Arc::new(app.unwrap());
        Self { service: service(Arc::clone(&app), Readiness::default(), None), app }
    }

    fn token(&self) -> String {
        let user_id = UserId::new(7).unwrap();
        let bearer = Bearer { user_id, name: "Ada".into(), role: PlatformRole::Client, avatar_url: None, family: None };
        self.app.signer.access_token(&bearer, self.app.clock.now(), Duration::from_mins(1))
    }

    async fn send(&self, request: Request<Body>) -> (Response<()>, Value) {
        let (parts, body) = self.service.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 5_000_000).await.unwrap();
        (Response::from_parts(parts, ()), serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn ask(&self, method: Method, path: &str) -> (Response<()>, Value) {
        self.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await
    }
}

fn coded(response: &Response<()>, body: &Value, status: StatusCode, code: &str) {
    assert_eq!((response.status(), body["code"].as_str()), (status, Some(code)), "{body}");
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(body["status"], status.as_u16());
}

#[tokio::test]
async fn paths_have_a_closing_slash_or_not() {
    let port = Port::open().await;
    for path in ["/api/auth/me", "/api/auth/me/", "/api/chat/conversations?page_size=1", "/api/chat/conversations/"] {
        let (response, body) = port.ask(Method::GET, path).await;
        coded(&response, &body, StatusCode::UNAUTHORIZED, "not_authenticated");
        assert_eq!(response.headers()["www-authenticate"], "Bearer", "{path}");
    }
    for path in ["/healthz", "/healthz/"] {
        assert_eq!(port.ask(Method::GET, path).await.0.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn unknown_path_is_a_problem() {
    let port = Port::open().await;
    for path in
        ["/", "/api/", "/api/nothing", "/api/auth/me//", "//api/auth/me/", "/metrics", "/api/chat/conversations/%ff/x/"]
    {
        let (response, body) = port.ask(Method::GET, path).await;
        coded(&response, &body, StatusCode::NOT_FOUND, "not_found");
    }
}

/// What is no call of the api: health, the page of the document, and where everything else ends.
const OTHERS: [&str; 6] =
    ["/healthz", "/readyz", "/api/docs/", "/api/docs/{file}/", "/", "/{*__private__axum_fallback}"];

#[tokio::test]
async fn every_route_and_method_is_in_the_document_and_the_other_way_round() {
    let port = Port::open().await;
    let document = table().into_openapi();
    let documented: BTreeMap<String, BTreeSet<String>> = serde_json::from_value::<Value>(json!(document.paths))
        .unwrap()
        .as_object()
        .unwrap()
        .iter()
        .map(|(path, item)| {
            (path.clone(), item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect())
        })
        .collect();
    // The router tells its paths nowhere but where it is printed.
    let printed = format!("{:?}", router(Arc::clone(&port.app), Readiness::default(), None));
    let printed = printed.split('"').skip(1).step_by(2).filter(|text| text.starts_with('/'));
    let routes: BTreeSet<String> = printed.filter(|path| !OTHERS.contains(path)).map(str::to_owned).collect();
    assert_eq!(routes, documented.keys().cloned().collect());
    for (path, methods) in documented {
        let some = path.replace("{id}", "01a207ab-8f4e-7128-a65e-ab007adeb3cd").replace("{user_id}", "1");
        let (response, body) = port.ask(Method::TRACE, &some).await;
        coded(&response, &body, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
        let allowed = response.headers()["allow"].to_str().unwrap().split(',').map(str::to_owned);
        assert_eq!(allowed.filter(|method| method != "HEAD").collect::<BTreeSet<_>>(), methods, "{path}");
    }
}

#[tokio::test]
async fn document_and_its_page_need_no_token() {
    let port = Port::open().await;
    let (response, document) = port.ask(Method::GET, "/api/schema").await;
    assert_eq!((response.status(), &document["openapi"]), (StatusCode::OK, &json!("3.1.0")));
    assert_eq!(response.headers()["content-type"], "application/json");
    for (path, content_type) in [
        ("/api/docs", "text/html"),
        ("/api/docs/", "text/html"),
        ("/api/docs/swagger-ui.css", "text/css"),
        ("/api/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/api/docs/swagger-initializer.js", "text/javascript"),
    ] {
        let (response, _) = port.ask(Method::GET, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], content_type, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
    }
    for path in ["/api/docs/nothing.js", "/api/docs/../schema", "/api/docs/%2e%2e%2fCargo.toml", "/api/docs/%ff"] {
        let (response, body) = port.ask(Method::GET, path).await;
        coded(&response, &body, StatusCode::NOT_FOUND, "not_found");
    }
}

#[tokio::test]
async fn wrong_method_names_the_right_ones() {
    let port = Port::open().await;
    for (method, path, allowed) in [
        (Method::GET, "/api/auth/token/", "POST"),
        (Method::POST, "/api/auth/me/", "GET,HEAD"),
        (Method::DELETE, "/api/chat/conversations/", "GET,HEAD,POST"),
    ] {
        let (response, body) = port.ask(method, path).await;
        coded(&response, &body, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
        assert_eq!(response.headers()["allow"], allowed, "{path}");
    }
}

#[tokio::test]
async fn body_must_be_json_and_not_too_large() {
    let port = Port::open().await;
    let send_body = |content_type: &str, body: Vec<u8>| {
        let request = Request::post("/api/auth/token/").header("content-type", content_type);
        port.send(request.body(Body::from(body)).unwrap())
    };
    let (response, body) = send_body("text/plain", b"{}".to_vec()).await;
    coded(&response, &body, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    let (response, body) = send_body("application/json", b"{".to_vec()).await;
    coded(&response, &body, StatusCode::BAD_REQUEST, "invalid");
    let (response, body) = send_body("application/json", b"{\"username\": \"a\"}".to_vec()).await;
    coded(&response, &body, StatusCode::BAD_REQUEST, "invalid");
    assert!(body["errors"]["password"].is_array(), "{body}");
    let (response, body) = send_body("application/json", vec![b' '; 300_000]).await;
    coded(&response, &body, StatusCode::PAYLOAD_TOO_LARGE, "too_large");
}

#[tokio::test]
async fn expired_and_forged_tokens_are_challenged() {
    let port = Port::open().await;
    for token in ["x".to_owned(), format!("{}x", port.token())] {
        let request = Request::get("/api/auth/me/").header("authorization", format!("Bearer {token}"));
        let (response, body) = port.send(request.body(Body::empty()).unwrap()).await;
        coded(&response, &body, StatusCode::UNAUTHORIZED, "not_authenticated");
        assert_eq!(response.headers()["www-authenticate"], r#"Bearer error="invalid_token""#);
    }
}

#[tokio::test]
async fn without_a_database_requests_are_unavailable_soon() {
    let port = Port::open().await;
    let request = Request::get("/api/auth/me/").header("authorization", format!("Bearer {}", port.token()));
    let (response, body) = port.send(request.body(Body::empty()).unwrap()).await;
    coded(&response, &body, StatusCode::SERVICE_UNAVAILABLE, "unavailable");
    assert!(response.headers().contains_key("retry-after"));
}
