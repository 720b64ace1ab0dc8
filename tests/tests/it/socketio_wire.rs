//! Engine.IO as it goes over the wire: beginnings, requests of long polling, upgrades, and what is refused.

use std::time::Duration;

use chat_e2e::{App, PATIENCE};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A connection that is carried by requests.
struct Polling {
    http: Client,
    url: String,
    greeting: Value,
}

impl Polling {
    fn url(app: &App, gateway: usize) -> String {
        let base = app.gateways()[gateway].replace("ws://", "http://");
        format!("{base}/socket.io/?EIO=4&transport=polling")
    }

    async fn open(app: &App, gateway: usize) -> Self {
        let (http, url) = (Client::new(), Self::url(app, gateway));
        let greeting = http.get(&url).send().await.unwrap();
        assert_eq!(greeting.headers()["content-type"], "text/plain; charset=UTF-8");
        assert_eq!(greeting.headers()["cache-control"], "no-store");
        let text = greeting.text().await.unwrap();
        let greeting: Value = serde_json::from_str(text.strip_prefix('0').expect("it is greeted")).unwrap();
        Self { http, url: format!("{url}&sid={}", greeting["sid"].as_str().unwrap()), greeting }
    }

    /// Through another gateway.
    fn through(&self, app: &App, gateway: usize) -> Self {
        let url = format!("{}&sid={}", Self::url(app, gateway), self.greeting["sid"].as_str().unwrap());
        Self { http: self.http.clone(), url, greeting: self.greeting.clone() }
    }

    async fn get(&self) -> (StatusCode, String) {
        let answer = timeout(PATIENCE, self.http.get(&self.url).send()).await.unwrap().unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn post(&self, payload: impl Into<String>) -> (StatusCode, String) {
        let answer = timeout(PATIENCE, self.http.post(&self.url).body(payload.into()).send()).await.unwrap().unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    async fn bring(&self, payload: impl Into<String>) {
        assert_eq!(self.post(payload).await, (StatusCode::OK, "ok".to_owned()));
    }

    /// Fetches, answering pings, until a packet begins with this.
    async fn until(&self, head: &str) -> String {
        let fetch = async {
            loop {
                let (status, payload) = self.get().await;
                assert_eq!(status, StatusCode::OK, "{payload} instead of {head}");
                for packet in payload.split('\u{1e}') {
                    if packet == "2" {
                        self.bring("3").await;
                    }
                    if packet.starts_with(head) {
                        return packet.to_owned();
                    }
                }
            }
        };
        timeout(PATIENCE, fetch).await.unwrap_or_else(|_| panic!("no {head} came"))
    }
}

fn unknown() -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, json!({"code": 1, "message": "Session ID unknown"}).to_string())
}

fn bad_request() -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, json!({"code": 3, "message": "Bad request"}).to_string())
}

#[tokio::test]
async fn greeting_says_what_holds_for_the_connection() {
    let app = App::shared().await;
    let (one, other) = (Polling::open(&app, 0).await, Polling::open(&app, 0).await);
    let Value::Object(greeting) = &one.greeting else { panic!("an object") };
    assert_eq!(greeting["upgrades"], json!(["websocket"]));
    assert_eq!((&greeting["pingInterval"], &greeting["pingTimeout"]), (&json!(250), &json!(37_750)));
    assert_eq!(greeting["maxPayload"], 256 * 1024);
    let sids = [&one, &other].map(|polling| polling.greeting["sid"].as_str().unwrap().to_owned());
    assert_eq!(sids[0][..16], sids[1][..16], "it names the gateway");
    assert_ne!(sids[0][16..], sids[1][16..]);
}

#[tokio::test]
async fn what_is_out_of_order_gets_engine_ios_errors() {
    let app = App::shared().await;
    let base = app.gateways()[1].replace("ws://", "http://");
    let made_up = "0".repeat(48);
    for (method, query, code, message) in [
        (Method::GET, "EIO=4".to_owned(), 0, "Transport unknown"),
        (Method::GET, "EIO=4&transport=smoke".to_owned(), 0, "Transport unknown"),
        (Method::GET, format!("EIO=4&transport=polling&sid={made_up}"), 1, "Session ID unknown"),
        (Method::POST, format!("EIO=4&transport=polling&sid={made_up}"), 1, "Session ID unknown"),
        (Method::GET, "EIO=4&transport=polling&sid=chat.*.>".to_owned(), 1, "Session ID unknown"),
        (Method::POST, "EIO=4&transport=polling".to_owned(), 2, "Bad handshake method"),
        (Method::GET, "EIO=4&transport=websocket".to_owned(), 3, "Bad request"),
        (Method::GET, "EIO=3&transport=polling".to_owned(), 5, "Unsupported protocol version"),
    ] {
        let request = Client::new().request(method, format!("{base}/socket.io/?{query}"));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        let error: Value = answer.json().await.unwrap();
        assert_eq!(error, json!({"code": code, "message": message}), "{query}");
    }
}

#[tokio::test]
async fn requests_carry_several_packets_through_any_gateway() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let home = Polling::open(&app, 0).await;
    let away = home.through(&app, 1);
    let auth = json!({"token": ada.token});
    home.bring(format!("40/ws/,{auth}\u{1e}40/ws/presence,{auth}")).await;
    away.until("42/ws/,[\"ready\"").await;
    away.bring("42/ws/,[\"ping\"]\u{1e}42/ws/,7[\"ping\",{}]").await;
    home.until("42/ws/,[\"pong\",{}]").await;
    away.bring("42/ws/,8[\"shout\",{}]").await;
    assert!(away.until("43/ws/,8").await.contains(r#"[{"error":{"#));
    away.bring("41/ws/,\u{1e}41/ws/presence,\u{1e}1").await;
    let gone = async {
        while home.get().await != unknown() {}
        assert_eq!(away.get().await, unknown());
    };
    timeout(PATIENCE, gone).await.expect("a connection that was closed is forgotten");
}

#[tokio::test]
async fn second_request_of_a_kind_ends_the_connection() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    for gateway in [0, 1] {
        let polling = Polling::open(&app, 0).await;
        polling.bring(format!("40/ws/,{}", json!({"token": ada.token}))).await;
        polling.until("42/ws/,[\"ready\"").await;
        let other = polling.through(&app, gateway);
        // Of many at once some meet one that waits.
        let answers = futures_util::future::join_all((0..8).map(|_| other.get())).await;
        assert!(answers.iter().any(|(status, _)| *status == StatusCode::BAD_REQUEST), "{answers:?}");
        let ended = async { while other.get().await != unknown() {} };
        timeout(PATIENCE, ended).await.expect("it is forgotten");
    }
}

#[tokio::test]
async fn packets_that_nobody_may_send_end_the_connection_and_say_why() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    for broken in ["2", "x", "4x", "b4AQID", "44/ws/,{}", "40/ws/,{}", "42/ws/,99999999999999999999[\"ping\"]"] {
        let polling = Polling::open(&app, 1).await;
        polling.bring(format!("40/ws/,{}", json!({"token": ada.token}))).await;
        polling.until("42/ws/,[\"ready\"").await;
        assert_eq!(polling.post(broken).await, bad_request(), "{broken}");
        let closing = polling.until("42/ws/,[\"closing\"").await;
        assert!(closing.contains("\"code\":4500"), "{broken}: {closing}");
    }
}

#[tokio::test]
async fn payload_over_the_limit_is_refused_and_ends_the_connection() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let polling = Polling::open(&app, 0).await;
    polling.bring(format!("40/ws/,{}", json!({"token": ada.token}))).await;
    polling.until("42/ws/,[\"ready\"").await;
    assert_eq!(polling.post("4".repeat(256 * 1024 + 1)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(polling.until("42/ws/,[\"closing\"").await.contains("4513"));
}

#[tokio::test]
async fn connection_without_a_namespace_ends() {
    let app = App::shared().await;
    let polling = Polling::open(&app, 0).await;
    let ended = async {
        loop {
            let (status, payload) = polling.get().await;
            if status != StatusCode::OK || payload.split('\u{1e}').any(|packet| packet == "1") {
                return;
            }
            polling.bring("3").await;
        }
    };
    timeout(Duration::from_secs(10), ended).await.expect("it ends after the time for authentication");
}

#[tokio::test]
async fn who_shows_nothing_or_wants_nowhere_is_refused() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let polling = Polling::open(&app, 0).await;
    for (namespace, auth, code, close_code) in [
        ("/ws/", String::new(), "not_authenticated", 4501),
        ("/ws/", "{}".to_owned(), "not_authenticated", 4501),
        ("/ws/", "[]".to_owned(), "not_authenticated", 4501),
        ("/ws/nowhere/", json!({"token": ada.token}).to_string(), "not_found", 4504),
        ("/ws/presence", json!({"token": app.expired_token(ada.id)}).to_string(), "not_authenticated", 4003),
    ] {
        polling.bring(format!("40{namespace},{auth}")).await;
        let refused = polling.until(&format!("44{namespace},")).await;
        let error: Value = serde_json::from_str(refused.split_once(',').unwrap().1).unwrap();
        assert_eq!(error["data"], json!({"code": code, "close_code": close_code}), "{namespace} {auth}");
        assert!(error["message"].is_string());
    }
}

#[tokio::test]
async fn upgrade_goes_on_where_polling_stopped_and_only_at_the_gateway_that_holds_it() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let polling = Polling::open(&app, 0).await;
    polling.bring(format!("40/ws/,{}", json!({"token": ada.token}))).await;
    polling.until("42/ws/,[\"ready\"").await;
    let probe = |gateway: usize| {
        let sid = polling.greeting["sid"].as_str().unwrap();
        format!("{}/socket.io/?EIO=4&transport=websocket&sid={sid}", app.gateways()[gateway])
    };
    let refused = connect_async(probe(1)).await.err();
    assert!(matches!(&refused, Some(Error::Http(answer)) if answer.status() == 400), "{refused:?}");
    let (mut socket, _) = connect_async(probe(0)).await.unwrap();
    socket.send(Message::text("2probe")).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("3probe"));
    let (status, payload) = polling.get().await;
    assert!(status == StatusCode::OK && (payload == "6" || payload.contains("42/ws/")), "{payload}");
    polling.bring("42/ws/,1[\"ping\"]").await;
    socket.send(Message::text("5")).await.unwrap();
    let answered = async {
        loop {
            let text = socket.next().await.unwrap().unwrap().into_text().unwrap();
            if text == "43/ws/,1[{}]" {
                return;
            }
        }
    };
    timeout(PATIENCE, answered).await.expect("what was asked before is answered after");
    assert_eq!(polling.get().await, bad_request());
    assert_eq!(polling.post("3").await, bad_request());
}

#[tokio::test]
async fn client_that_is_silent_is_pinged() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let polling = Polling::open(&app, 0).await;
    polling.bring(format!("40/ws/,{}", json!({"token": ada.token}))).await;
    polling.until("2").await;
    polling.until("2").await;
}

#[tokio::test]
async fn pages_of_foreign_origins_are_not_let_in() {
    let app = App::shared().await;
    let polling = Polling::open(&app, 0).await;
    for url in [Polling::url(&app, 0), polling.url] {
        let answer = Client::new().get(url).header("origin", "https://elsewhere.example").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    }
}
