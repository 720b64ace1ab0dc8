//! A folder with a page is served as browsers should have it, and nothing but that folder.

use std::fs;
use std::path::PathBuf;

use axum::body::to_bytes;
use clap::Parser;

use super::*;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    web: WebSection,
}

/// A folder of its own that goes with the value.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Whatever stays is in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let dir = std::env::temp_dir().join(format!("chat-web-{name}-{}", std::process::id()));
    fs::create_dir_all(dir.join("page/assets")).unwrap();
    for (file, text) in [
        ("secret.txt", "secret"),
        ("page/index.html", "<!doctype html>"),
        ("page/assets/main-1a2b.js", "plain"),
        ("page/assets/main-1a2b.js.br", "brotli"),
        ("page/assets/main-1a2b.js.gz", "gzip"),
        ("page/favicon.svg", "<svg/>"),
    ] {
        fs::write(dir.join(file), text).unwrap();
    }
    Folder(dir)
}

fn open(folder: &Folder, more: &[&str]) -> Web {
    let dir = folder.0.join("page").display().to_string();
    let words = ["chat-api", "--web-dir", &dir].into_iter().chain(more.iter().copied());
    Web::open(&Settings::parse_from(words).web, true).unwrap().unwrap()
}

async fn ask(web: &Web, method: Method, path: &str, headers: &[(&str, &str)]) -> Option<(HeaderMap, String)> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) = web.find(request.body(Body::empty()).unwrap()).await?.into_parts();
    let body = to_bytes(body, 1_000_000).await.unwrap();
    Some((parts.headers, String::from_utf8(body.to_vec()).unwrap()))
}

async fn get(web: &Web, path: &str) -> Option<(HeaderMap, String)> {
    ask(web, Method::GET, path, &[("accept", "text/html,*/*")]).await
}

#[tokio::test]
async fn places_within_the_page_show_it_and_missing_files_do_not() {
    let folder = folder("places");
    let web = open(&folder, &[]);
    for path in ["/", "/demo", "/jobs/7", "/inbox/01a207ab-8f4e-7128-a65e-ab007adeb3cd"] {
        let (headers, text) = get(&web, path).await.unwrap();
        assert_eq!(
            (text.as_str(), headers["content-type"].to_str().unwrap()),
            ("<!doctype html>", "text/html"),
            "{path}"
        );
        assert_eq!(headers["cache-control"], "no-cache", "{path}");
    }
    for path in ["/assets/gone-9f.js", "/assets/gone", "/robots.txt", "/api", "/api/nothing", "/api/chat/x/"] {
        assert!(get(&web, path).await.is_none(), "{path}");
    }
    assert!(ask(&web, Method::GET, "/demo", &[("accept", "application/json")]).await.is_none(), "no browser's visit");
    assert!(ask(&web, Method::POST, "/", &[]).await.is_none());
    assert_eq!(ask(&web, Method::HEAD, "/", &[]).await.unwrap().1, "");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let folder = folder("outside");
    let web = open(&folder, &[]);
    let secret = folder.0.join("secret.txt").display().to_string();
    for path in [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/%00",
        "/%ff.txt",
        &format!("/{secret}"),
        &secret,
    ] {
        let found = ask(&web, Method::GET, path, &[("accept", "*/*")]).await;
        assert!(found.is_none(), "{path}: {found:?}");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_come_compressed() {
    let folder = folder("hashed");
    let web = open(&folder, &[]);
    for (accepted, text, encoding) in
        [("br, gzip", "brotli", Some("br")), ("gzip", "gzip", Some("gzip")), ("", "plain", None)]
    {
        let asked = ask(&web, Method::GET, "/assets/main-1a2b.js", &[("accept-encoding", accepted)]).await;
        let (headers, body) = asked.unwrap();
        assert_eq!(body, text, "{accepted}");
        assert_eq!(headers.get("content-encoding").map(|value| value.to_str().unwrap()), encoding, "{accepted}");
        assert_eq!(headers["content-type"], "text/javascript");
        assert_eq!(headers["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(headers["vary"], "accept-encoding");
    }
    let (headers, _) = get(&web, "/favicon.svg").await.unwrap();
    assert_eq!(
        (&headers["cache-control"], &headers["content-type"]),
        (&"no-cache".parse().unwrap(), &"image/svg+xml".parse().unwrap())
    );
}

#[tokio::test]
async fn page_runs_its_own_scripts_and_talks_to_the_gateway_alone() {
    let folder = folder("policy");
    let web = open(&folder, &["--web-ws-url", "wss://ws.example.com"]);
    for path in ["/", "/assets/main-1a2b.js", "/web-config.json"] {
        let (headers, _) = get(&web, path).await.unwrap();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; "), "{policy}");
        assert!(policy.contains(" connect-src 'self' wss://ws.example.com; "), "{policy}");
        assert!(
            policy.contains("frame-ancestors 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "same-origin");
        assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
        assert!(headers["permissions-policy"].to_str().unwrap().starts_with("microphone=(self), camera=()"));
    }
}

#[tokio::test]
async fn page_is_told_of_demo_people_only_where_there_are_some() {
    let folder = folder("people");
    let (headers, told) = get(&open(&folder, &[]), "/web-config.json").await.unwrap();
    assert_eq!(told, r#"{"ws_url":null,"accounts":true,"demo_people":[]}"#);
    assert_eq!(
        (&headers["content-type"], &headers["cache-control"]),
        (&"application/json".parse().unwrap(), &"no-cache".parse().unwrap())
    );
    let ada = r#"[{"username":"ada","password":"secret-1","name":"Ada","role":"client"}]"#;
    let web = open(&folder, &["--web-ws-url", "ws://127.0.0.1:8001", "--web-demo-people", ada]);
    let (_, told) = get(&web, "/web-config.json").await.unwrap();
    assert_eq!(told, format!(r#"{{"ws_url":"ws://127.0.0.1:8001","accounts":true,"demo_people":{ada}}}"#));
}

#[test]
fn folder_without_a_page_is_a_mistake_and_none_is_no_page() {
    let folder = folder("empty");
    let section = WebSection { web_dir: Some(folder.0.clone()), ..WebSection::default() };
    assert!(Web::open(&section, true).unwrap_err().to_string().contains("WEB_DIR"));
    assert!(Web::open(&WebSection::default(), true).unwrap().is_none());
    assert!(Settings::try_parse_from(["chat-api", "--web-demo-people", "[]"]).is_err(), "people without a page");
}
