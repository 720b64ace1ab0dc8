//! Clients of Socket.IO that do not read, say nothing, or are too many.

use std::time::{Duration, Instant};

use chat_e2e::{App, PATIENCE, Service, Socket, SocketIo, Stack, User, counter, options};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::timeout;

/// A stack whose gateways lose patience early.
async fn stack() -> Stack {
    let settings = [
        ("RING_EVENTS", "16"),
        ("WRITE_TIMEOUT_MS", "1000"),
        ("SILENCE_LIMIT_MS", "4000"),
        ("LIMITS", "on"),
        ("SEND_LIMIT", "1000/1000"),
        ("MAX_SOCKETS_PER_USER", "3"),
    ];
    let add = |options: chat_e2e::StackOptions, (name, value): (&str, &str)| options.env(Service::Gateway, name, value);
    Stack::start(settings.into_iter().fold(options().unwrap(), add)).await.unwrap()
}

/// A connection of long polling that fetches only when it is told to.
struct Fetcher {
    http: Client,
    url: String,
}

impl Fetcher {
    async fn open(app: &App, namespace: &str, user: &User) -> Self {
        let base = app.gateways()[0].replace("ws://", "http://");
        let url = format!("{base}/socket.io/?EIO=4&transport=polling");
        let http = Client::new();
        let greeting = http.get(&url).send().await.unwrap().text().await.unwrap();
        let greeting: Value = serde_json::from_str(greeting.strip_prefix('0').unwrap()).unwrap();
        let fetcher = Self { http, url: format!("{url}&sid={}", greeting["sid"].as_str().unwrap()) };
        let connect = format!("40{namespace},{}", json!({"token": user.token}));
        fetcher.http.post(&fetcher.url).body(connect).send().await.unwrap();
        fetcher.until(&format!("42{namespace},[\"ready\"")).await;
        fetcher
    }

    /// Fetches until a packet begins with this.
    async fn until(&self, head: &str) -> String {
        let fetch = async {
            loop {
                let payload = self.http.get(&self.url).send().await.unwrap().text().await.unwrap();
                if let Some(packet) = payload.split('\u{1e}').find(|packet| packet.starts_with(head)) {
                    return packet.to_owned();
                }
                assert!(!payload.contains("Session ID unknown"), "no {head}");
            }
        };
        timeout(PATIENCE, fetch).await.unwrap_or_else(|_| panic!("no {head} came"))
    }
}

/// Far more than a ring and a connection hold.
async fn flood(speaker: &mut Socket) {
    for number in 0..40 {
        speaker.say(&"x".repeat(10_000), &format!("flood {number}")).await;
    }
    for _ in 0..40 {
        speaker.expect("message_sent").await;
    }
}

#[tokio::test]
async fn who_does_not_fetch_says_nothing_or_holds_too_many_is_sent_away() {
    let stack = stack().await;
    let app = App::of(&stack).unwrap();
    let [ada, ben, cem, dan] = app.users(["Ada", "Ben", "Cem", "Dan"]).await;
    let direct = ada.direct_with(&ben).await;
    let other = ada.direct_with(&dan).await;
    dan.say(&other, "I am somebody").await;
    let chat = format!("/ws/chat/{direct}/");

    let slow = Fetcher::open(&app, &chat, &ben).await;
    let mut speaker = ada.open(0, &direct).await;
    flood(&mut speaker).await;
    // What was said last is kept for some seconds only.
    let given_up = async {
        let (gateway, slow) = (&stack.instances(Service::Gateway)[0], Some(r#"reason="too slow""#));
        while counter(gateway, "chat_gateway_closes_total", slow).await == 0 {}
    };
    timeout(PATIENCE, given_up).await.expect("the slow one is given up");
    let closing = slow.until(&format!("42{chat},[\"closing\"")).await;
    assert!(closing.contains("\"code\":4002"), "{closing}");

    let mut watcher = ada.knock_presence(1).await;
    watcher.expect("presence_snapshot").await;
    let silent = Fetcher::open(&app, "/ws/", &dan).await;
    let is_dan_online = async |watcher: &mut Socket| {
        loop {
            let change = watcher.expect("user_status_change").await;
            if change["user_id"] == dan.id {
                return change["is_online"] == true;
            }
        }
    };
    assert!(is_dan_online(&mut watcher).await);
    let since = Instant::now();
    // It fetches, and answers no ping.
    let ended = async { while silent.http.get(&silent.url).send().await.unwrap().status().is_success() {} };
    let (ended, is_online) = tokio::join!(timeout(PATIENCE, ended), is_dan_online(&mut watcher));
    assert!(ended.is_ok() && !is_online, "it is gone, for the gateway and for others");
    assert!(since.elapsed() > Duration::from_secs(2));

    let mut places = Vec::new();
    for _ in 0..3 {
        let mut place = SocketIo::connect(&app.gateways()[0], "/ws/", &json!({"token": cem.token})).await;
        assert_eq!(place.next().await.unwrap()["type"], "ready");
        places.push(place);
    }
    let mut fourth = SocketIo::connect(&app.gateways()[0], "/ws/", &json!({"token": cem.token})).await;
    assert_eq!(fourth.next().await.unwrap_err().code, 4509);
    stack.stop().await.unwrap();
}
