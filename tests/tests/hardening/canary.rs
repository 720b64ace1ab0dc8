//! What people say, who they are and what they prove it with is found in no log, however much is logged, and in nothing that operators look at.

use std::fs;

use chat_e2e::{
    App, Collector, Credentials, Instances, PATIENCE, Rest, Service, Socket, Stack, StackOptions, User, form, options,
    send_path,
};
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// In everything that is nobody else's business.
const CANARY: &str = "canary5b7e";

fn marked(what: &str) -> String {
    format!("{CANARY}-{what}")
}

/// What logs all there is.
fn talkative() -> StackOptions {
    let instances = Instances { gateways: 1, persistence: 1, api: 1, presence: 1 };
    let mut talkative = options().unwrap().instances(instances);
    talkative.log_filter = Some("trace".to_owned());
    talkative
}

#[tokio::test]
async fn nothing_of_people_is_found_where_operators_look() {
    let collector = Collector::start();
    let stack = Stack::start(collector.traced(talkative())).await.unwrap();
    let app = App::of(&stack).unwrap();
    let writer = app.writer().await;
    let mut broker = writer.hear(">").await.unwrap();
    let [ada, ben] = app.users([&marked("name-ada"), &marked("name-ben")]).await;
    let group = talk(&ada, &ben).await;
    misuse(&app, &ada, &group).await;
    let secrets = [log_in(&app).await, sockets(&app, &ada, &group).await].concat();
    let tokens: Vec<_> = [&ada.token, &ben.token].map(|token| signature(token)).into_iter().chain(secrets).collect();
    writer.bus.client().publish("the.end", "".into()).await.unwrap();
    let mut heard = 0;
    while let Some(message) = broker.next().await.filter(|message| message.subject.as_str() != "the.end") {
        heard += 1;
        let outside = format!("{} {:?}", message.subject, message.headers);
        assert_clean(&outside, &tokens, "a subject or a header on NATS");
    }
    assert!(heard > 20, "{heard} messages on NATS");
    for service in Service::ALL {
        for instance in stack.instances(service) {
            let metrics = Rest::fetch(app.anon().request(Method::GET, &format!("{}/metrics", instance.ops_url))).await;
            assert_eq!(metrics.status, 200);
            assert_clean(&String::from_utf8_lossy(&metrics.bytes), &tokens, "metrics");
        }
    }
    stack.stop().await.unwrap();
    let logs = assert_clean_logs(&stack, &tokens);
    assert!(logs.contains("trace_id"), "log lines name their traces");
    // What stood in a URL is known to operators; spans name the matched route alone.
    let spans = collector.bytes();
    assert!(spans.len() > 10_000, "{} bytes of spans", spans.len());
    assert_clean(&String::from_utf8_lossy(&spans), &tokens, "exported spans");
}

#[tokio::test]
async fn last_words_of_a_process_tell_nothing_of_what_it_died_at() {
    let mut dying = talkative().env(Service::Persistence, "FAILPOINTS", "storing.panic=return");
    dying.restart = true;
    let stack = Stack::start(dying).await.unwrap();
    let app = App::of(&stack).unwrap();
    let [ada, ben] = app.users([&marked("name-ada"), &marked("name-ben")]).await;
    let group = ada.group_with(&[&ben]).await;
    let mut socket = ada.open(0, &group).await;
    socket.say(&format!("poison {CANARY}"), &marked("client-id")).await;
    assert_eq!(socket.expect_within("error", PATIENCE * 3).await["code"], "unavailable");
    stack.stop().await.unwrap();
    let logs = assert_clean_logs(&stack, &[signature(&ada.token)]);
    assert!(logs.contains("panicked at"), "nobody died: use make test");
}

fn assert_clean_logs(stack: &Stack, secrets: &[String]) -> String {
    let mut logs = String::new();
    for entry in fs::read_dir(stack.options().data_dir.join("log")).unwrap() {
        let path = entry.unwrap().path();
        let log = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        for line in log.lines() {
            assert_clean(line, secrets, &path.display().to_string());
        }
        logs.push_str(&log);
    }
    assert!(logs.contains("DEBUG request") && logs.contains("chat_api"), "hardly everything was logged: {logs}");
    logs
}

#[track_caller]
fn assert_clean(text: &str, secrets: &[String], place: &str) {
    assert!(!text.to_lowercase().contains(CANARY), "{place}: {text}");
    assert!(!secrets.iter().any(|secret| text.contains(secret.as_str())), "{place} shows a secret: {text}");
}

/// The part of a token that proves something.
fn signature(token: &str) -> String {
    token.rsplit('.').next().unwrap_or_default().to_owned()
}

/// What is done rightly.
async fn talk(ada: &User, ben: &User) -> String {
    let group = ada
        .begin(json!({
            "participant_ids": [ben.id], "kind": "group", "title": marked("title"), "metadata": {"note": marked("metadata")},
            "job": {"id": marked("job"), "title": marked("job-title"), "url": format!("https://example.com/{CANARY}")},
        }))
        .await;
    let said = ada.say(&group, &marked("content")).await;
    let message = format!("/api/chat/messages/{}/", said["id"].as_str().unwrap());
    ada.patch(&message, json!({"content": marked("edited")})).await.expect(200);
    let file = ada.upload(&format!("{}.txt", marked("file")), marked("bytes").as_bytes()).await;
    ada.send_attachments(&group, &[&file]).await;
    ben.download(file["url"].as_str().unwrap()).await;
    ben.post(&format!("{message}report/"), json!({"reason": marked("reason")})).await.expect(201);
    for query in ["search", "conversation", "cursor"] {
        ben.get(&format!("/api/chat/messages/?{query}={}", marked("query"))).await;
    }
    ben.get(&format!("/api/chat/conversations/?search={}", marked("search"))).await.expect(200);
    ben.patch(&format!("/api/chat/conversations/{group}/mark_as_read/"), json!({})).await.expect(200);
    let title = json!({"title": marked("new-title"), "job": {"id": "1", "status": marked("status")}});
    ada.patch(&format!("/api/chat/conversations/{group}/"), title).await.expect(200);
    ada.delete(&message).await.expect(204);
    group
}

/// What is refused, for every reason there is.
async fn misuse(app: &App, ada: &User, group: &str) {
    let send = send_path(group);
    let bodies = [
        format!(r#"{{"content": "{}""#, marked("cut")),
        format!(r#"{{"content": ["{}"]}}"#, marked("list")),
        format!(r#"{{"message_type": "{}"}}"#, marked("type")),
        format!(r#"{{"{}": 1}}"#, marked("field")),
        json!({"content": marked(&"x".repeat(17_000))}).to_string(),
        json!({"content": "x", "reply_to": marked("reply"), "attachment_ids": [marked("attachment")]}).to_string(),
        marked("no-json"),
    ];
    for body in bodies {
        let request = ada.request(Method::POST, &send).header("content-type", "application/json").body(body);
        assert!(Rest::send(request).await.status >= 400);
    }
    let headers =
        ["x-request-id", "idempotency-key", "user-agent", "accept", "cookie", "referer", "origin", "x-forwarded-for"];
    for header in headers {
        let value = format!("{} {}", marked("header"), header);
        let request =
            ada.request(Method::POST, &send).header(header, value).json(&json!({"content": marked("headers")}));
        Rest::send(request).await;
    }
    for path in ["conversations", "messages", "attachments", "blocks", "nowhere"] {
        ada.get(&format!("/api/chat/{path}/{}/", marked("path"))).await;
    }
    let invented = Method::from_bytes(CANARY.to_uppercase().as_bytes()).unwrap();
    Rest::send(ada.request(invented, "/api/chat/conversations/")).await;
    for token in [marked("token"), format!("{}.{}.{}", marked("a"), marked("b"), marked("c"))] {
        app.with_token(&token).get("/api/auth/me/").await.refused(401, "not_authenticated");
    }
    let form = Rest::send(ada.form_request(form(&marked("empty"), b""))).await;
    assert_eq!(form.status, 400, "{}", form.body);
}

/// Accounts, with passwords right and wrong; what came back that nobody else may know.
async fn log_in(app: &App) -> Vec<String> {
    let account = json!({"username": marked("username"), "password": marked("password"), "name": marked("account")});
    app.anon().post("/api/auth/register/", account.clone()).await.expect(201);
    app.anon().post("/api/auth/register/", account.clone()).await.refused(409, "conflict");
    let wrong = json!({"username": marked("username"), "password": marked("wrong")});
    app.anon().post("/api/auth/token/", wrong).await.refused(401, "not_authenticated");
    let tokens = app.anon().post("/api/auth/token/", account).await.expect(200);
    let refresh = tokens.text("refresh");
    let next = app.anon().post("/api/auth/token/refresh/", json!({"refresh": refresh})).await.expect(200);
    let ticket = app.with_token(&next.text("access")).post("/api/auth/ticket/", json!({})).await.expect(201);
    app.anon().post("/api/auth/logout/", json!({"refresh": next.text("refresh")})).await.expect(204);
    app.anon().post("/api/auth/token/refresh/", json!({"refresh": marked("refresh")})).await;
    let texts = [(&tokens, "access"), (&tokens, "refresh"), (&next, "access"), (&next, "refresh"), (&ticket, "ticket")];
    texts.map(|(answer, field)| signature(&answer.text(field))).into()
}

/// Frames, right and wrong; what stood in addresses.
async fn sockets(app: &App, ada: &User, group: &str) -> Vec<String> {
    let mut socket = ada.open(0, group).await;
    let mut second = ada.knock_all(0, "").await;
    second.expect("ready").await;
    socket.say(&marked("frame"), &marked("client-id")).await;
    socket.expect("message_sent").await;
    let frames: [Value; 5] = [
        json!({"type": marked("unknown")}),
        json!({"type": "send_message", "content": [marked("wrong")], "client_id": marked("wrong-id")}),
        json!({"type": "send_message", "content": marked("reply"), "reply_to": marked("reply-to")}),
        json!({"type": "resume", "after_seq": marked("seq")}),
        json!({"type": "mark_as_read", "up_to": marked("up-to")}),
    ];
    for frame in frames {
        socket.send(frame).await;
        socket.expect("error").await;
    }
    socket.send_text(&marked("no-json")).await;
    socket.expect("error").await;
    socket.send(json!({"type": "typing_start"})).await;
    socket.settle().await;
    socket.send(json!({"type": "authenticate", "token": marked("frame-token")})).await;
    assert_eq!(socket.close_code().await, 4501);
    second.send_raw(Message::binary(marked("binary").into_bytes())).await.unwrap();
    assert_eq!(second.close_code().await, 4500);
    let ticket = ada.post("/api/auth/ticket/", json!({})).await.expect(201).text("ticket");
    let base = &app.gateways()[0];
    let by_ticket = format!("{base}/ws/?ticket={ticket}&{}=1", marked("query"));
    Socket::connect(&by_ticket, Credentials::None).await.unwrap().expect("ready").await;
    for query in [format!("ticket={}", marked("ticket")), format!("token={}", marked("query-token"))] {
        let mut refused = Socket::connect(&format!("{base}/ws/?{query}"), Credentials::None).await.unwrap();
        assert!(refused.close_code().await >= 4500);
    }
    let mut refused =
        Socket::connect(&format!("{base}/ws/"), Credentials::Subprotocol(&marked("protocol"))).await.unwrap();
    assert_eq!(refused.close_code().await, 4501);
    vec![signature(&ticket)]
}
