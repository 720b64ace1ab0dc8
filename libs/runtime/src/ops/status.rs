//! The page `/status`: this process and its peers, for operators without any other tool. The page asks nobody but the process that it
//! came from; that one asks the peers.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::history::History;

/// How long a peer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// The longest answer of a peer that is read.
const MAX_BYTES: usize = 64 * 1024;
/// Nothing but what comes from this port, and no script within the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(Clone)]
struct Board {
    history: History,
    peers: Vec<String>,
}

/// `/status` with its files, `/status.json`, and `/` which leads there.
pub(super) fn router(history: History, peers: Vec<String>) -> Router {
    let file = |kind: &'static str, content: &'static str| get(move || async move { (headers(kind), content) });
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/status") }))
        .route("/status", file("text/html; charset=utf-8", include_str!("page/status.html")))
        .route("/status/page.js", file("text/javascript; charset=utf-8", include_str!("page/status.js")))
        .route("/status/page.css", file("text/css; charset=utf-8", include_str!("page/status.css")))
        .route("/status.json", get(get_status))
        .route("/status/now.json", get(get_now))
        .route("/status/peers.json", get(get_peers))
        .with_state(Board { history, peers })
}

fn headers(kind: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ]
}

async fn get_status(State(board): State<Board>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(board.history.show(true)))
}

async fn get_now(State(board): State<Board>) -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(board.history.show(false)))
}

async fn get_peers(State(board): State<Board>) -> impl IntoResponse {
    let peers = join_all(board.peers.iter().map(|address| async move {
        let asked = timeout(PATIENCE, ask(address)).await;
        let answer = asked.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs())));
        match answer {
            Ok(now) => json!({"address": address, "now": now}),
            Err(error) => json!({"address": address, "error": format!("{error:#}")}),
        }
    }));
    ([(CACHE_CONTROL, "no-store")], Json(peers.await))
}

/// What a peer says of itself.
async fn ask(address: &str) -> anyhow::Result<Value> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let asking = async {
        let request = hyper::Request::get("/status/now.json").header("host", address).body(Empty::<Bytes>::new())?;
        let answer = sender.send_request(request).await?;
        anyhow::ensure!(answer.status().is_success(), "it answers {}", answer.status());
        let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("its answer does not arrive: {error}"))?;
        Ok(serde_json::from_slice(&body.to_bytes())?)
    };
    tokio::select! {
        answer = asking => answer,
        ended = connection => Err(ended.err().map_or_else(|| anyhow::anyhow!("it hung up"), Into::into)),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tokio::net::TcpListener;
    use tower::ServiceExt as _;

    use super::*;
    use crate::lifecycle::Readiness;

    fn board(service: &'static str, peers: Vec<String>) -> Router {
        router(History::new(service, None, Readiness::default()), peers)
    }

    async fn get_text(router: Router, path: &str) -> (axum::http::HeaderMap, String) {
        let answer = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        let headers = answer.headers().clone();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn page_asks_nobody_else_and_runs_only_its_own_file() {
        for path in ["/status", "/status/page.js", "/status/page.css"] {
            let (headers, text) = get_text(board("api", Vec::new()), path).await;
            assert_eq!(headers["content-security-policy"], POLICY);
            assert_eq!(headers["x-content-type-options"], "nosniff");
            let svg = "http://www.w3.org/2000/svg";
            assert!(!text.replace(svg, "").contains("://"), "{path} names another host");
            assert!(!text.contains("style=\"") && !text.contains("innerHTML"), "{path}");
        }
        let (_, page) = get_text(board("api", Vec::new()), "/status").await;
        assert_eq!(page.matches("<script").count(), page.matches("<script src=\"/status/page.js\"").count());
    }

    #[tokio::test]
    async fn peers_are_shown_and_those_that_are_not_there_too() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let there = listener.local_addr().unwrap().to_string();
        let serving = tokio::spawn(axum::serve(listener, board("presence", Vec::new())).into_future());
        let (_, text) = get_text(board("api", vec![there.clone(), "127.0.0.1:9".into()]), "/status/peers.json").await;
        let peers: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&peers[0]["address"], &peers[0]["now"]["service"]), (&json!(there), &json!("presence")));
        assert!(peers[1]["error"].is_string(), "{peers}");
        serving.abort();
    }
}
