//! The page stands beside the api on one port: each answers what is its own.

use std::path::Path;

use chat_e2e::{App, Stack};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, ORIGIN};
use serde_json::Value;

use crate::start;

/// A folder with a page of one line; it goes with the target directory.
fn small_page() -> std::path::PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder for the page");
    std::fs::write(dir.join("index.html"), "<!doctype html><title>small</title>").expect("the page can be written");
    dir
}

async fn visit(stack: &Stack, path: &str) -> reqwest::Response {
    let url = format!("{}{path}", stack.api_url().expect("an api runs"));
    reqwest::Client::new().get(url).header(ACCEPT, "text/html").send().await.expect("an answer")
}

#[tokio::test]
async fn page_is_served_beside_the_api_and_may_talk_to_its_gateway() {
    let stack = start(small_page(), &[]).await;
    for path in ["/", "/demo", "/inbox/01a207ab-8f4e-7128-a65e-ab007adeb3cd"] {
        let page = visit(&stack, path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.contains(&format!("connect-src 'self' {};", stack.ws_url().expect("a gateway runs"))),
            "{policy}"
        );
        assert!(page.text().await.unwrap().contains("small"), "{path}");
    }
    for path in ["/api/nothing", "/api/chat/conversations/x/y/", "/assets/gone.js"] {
        let problem = visit(&stack, path).await;
        assert_eq!(problem.headers()["content-type"], "application/problem+json", "{path}");
        assert_eq!(problem.status(), StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(visit(&stack, "/healthz").await.text().await.unwrap(), r#"{"status":"ok"}"#);
    let told: Value = serde_json::from_str(&visit(&stack, "/web-config.json").await.text().await.unwrap()).unwrap();
    assert_eq!(told["ws_url"], stack.ws_url().expect("a gateway runs"));
    assert_eq!(told["demo_people"][0]["username"], "clara");
    own_pages_are_let_in(&stack).await;
    stack.stop().await.unwrap();
}

/// The browser names the page's origin when it opens a socket.
async fn own_pages_are_let_in(stack: &Stack) {
    let gateway = stack.ws_url().expect("a gateway runs").replace("ws://", "http://");
    let upgrade = async |origin: &str| {
        let request = reqwest::Client::new().get(format!("{gateway}/ws/")).header(ORIGIN, origin);
        let request = request.header("connection", "Upgrade").header("upgrade", "websocket");
        let request =
            request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.send().await.expect("an answer").status()
    };
    assert_eq!(upgrade(stack.api_url().expect("an api runs")).await, StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(upgrade("https://elsewhere.example").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_a_folder_there_is_no_page() {
    let anon = App::shared().await.anon();
    for path in ["/", "/demo", "/index.html", "/web-config.json"] {
        anon.get(path).await.refused(404, "not_found");
    }
}
