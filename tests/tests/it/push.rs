//! Web Push: who has missed something is told in the browser, encrypted for it alone, signed with the operator's key, once; and nobody
//! who has read it, is here, or does not want to know. A push service of the test's own stands for the browser's.

mod browser;
mod service;

use anyhow::Result;
use chat_e2e::{App, Service, Stack, User, options};
use serde_json::{Value, json};

use self::browser::Browser;
use self::service::PushService;

const KEY: &str = "/api/chat/push/key/";
const SUBSCRIPTIONS: &str = "/api/chat/push/subscriptions/";

/// A stack that tells soon, and may tell this push service.
async fn stack(push: &PushService, more: &[(&str, &str)]) -> Result<Stack> {
    let port = push.port.to_string();
    let settings = [
        ("MISSED_AFTER_SECS", "1"),
        ("MISSED_POLL_MS", "100"),
        ("PUSH_POLL_MS", "100"),
        ("WEBHOOK_ALLOW_HTTP", "true"),
        ("WEBHOOK_PORTS", &port),
        ("WEBHOOK_ALLOW_NETWORKS", "127.0.0.0/8"),
    ];
    let all = settings.iter().chain(more);
    Stack::start(all.fold(options()?, |options, (name, value)| options.env(Service::Api, name, *value))).await
}

async fn subscribe(user: &User, browser: &Browser) -> String {
    user.post(SUBSCRIPTIONS, browser.subscription()).await.expect(201).text("id")
}

async fn list(user: &User) -> Vec<Value> {
    let mut page = user.get(SUBSCRIPTIONS).await.expect(200).body;
    serde_json::from_value(page["results"].take()).unwrap()
}

#[tokio::test]
async fn who_has_missed_something_is_told_in_the_browser_and_nobody_else() -> Result<()> {
    let push = PushService::start().await?;
    let stack = stack(&push, &[]).await?;
    let app = App::of(&stack)?;
    what_was_missed_is_told_encrypted_and_signed(&app, &push).await;
    nobody_is_told_who_has_read_it_or_does_not_want_to_know(&app, &push).await;
    push_service_that_cannot_now_is_asked_again(&app, &push).await;
    browser_that_is_gone_is_removed(&app, &push).await;
    subscriptions_are_ones_own_and_bounded(&app, &push).await;
    addresses_inside_are_refused(&app).await;
    stack.stop().await
}

async fn what_was_missed_is_told_encrypted_and_signed(app: &App, push: &PushService) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let browser = Browser::new(push, "told").await;
    subscribe(&ben, &browser).await;
    let direct = ada.direct_with(&ben).await;
    let said = ada.say(&direct, "a secret text").await;
    let taken = push.take("/told", 1).await.remove(0);
    let read = browser.read(&taken).await;
    let told = &read["text"];
    assert_eq!((&told["type"], &told["conversation_id"]), (&json!("message.missed"), &json!(direct)));
    assert_eq!((&told["title"], &told["sender_name"]), (&json!("Ada"), &json!("Ada")));
    assert_eq!((&told["unread_count"], &told["message_id"]), (&json!(1), &said["id"]), "{told}");
    assert!(told.get("text").is_none(), "no text unless the operator wants it: {told}");
    assert_eq!((&read["good"], &read["header"]["alg"]), (&json!(true), &json!("ES256")), "{read}");
    assert_eq!(read["key"], ben.get(KEY).await.expect(200).body["public_key"]);
    assert_eq!(
        (&read["claims"]["aud"], &read["claims"]["sub"]),
        (&json!(push.url), &json!("mailto:nobody@example.com"))
    );
    let left = read["claims"]["exp"].as_i64().unwrap() - chrono::Utc::now().timestamp();
    assert!((1..=86_400).contains(&left), "{left} s");
    for (name, value) in [("content-encoding", "aes128gcm"), ("ttl", "86400"), ("urgency", "normal")] {
        assert_eq!(taken.headers[name], value);
    }
    let topic = &taken.headers["topic"];
    assert!(topic.len() <= 32 && topic.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{topic}");
    ada.say(&direct, "and another").await;
    let more = browser.read(&push.take("/told", 2).await[1]).await["text"].take();
    assert_eq!(more["unread_count"], 2);
}

async fn nobody_is_told_who_has_read_it_or_does_not_want_to_know(app: &App, push: &PushService) {
    let [ada, away, here, reads, mute, blocks] = app.users(["Ada", "Away", "Here", "Reads", "Mute", "Blocks"]).await;
    for person in [&ada, &away, &here, &reads, &mute, &blocks] {
        subscribe(person, &Browser::new(push, &person.name).await).await;
    }
    let group = ada.group_with(&[&away, &here, &reads, &mute, &blocks]).await;
    mute.patch(&format!("/api/chat/conversations/{group}/"), json!({"muted": true})).await.expect(200);
    blocks.put(&format!("/api/chat/blocks/{}/", ada.id)).await.expect(201);
    let mut socket = here.knock_presence(0).await;
    socket.expect("presence_snapshot").await;
    for text in ["one", "two", "three"] {
        ada.say(&group, text).await;
        reads.patch(&format!("/api/chat/conversations/{group}/mark_as_read/"), json!({})).await.expect(200);
        // When the next has been told, the one before is long over.
        push.take_one_more("/Away").await;
    }
    for name in ["Ada", "Here", "Reads", "Mute", "Blocks"] {
        assert_eq!(push.taken(&format!("/{name}")).len(), 0, "{name}");
    }
    let topics: std::collections::BTreeSet<_> =
        push.taken("/Away").iter().map(|taken| taken.headers["topic"].clone()).collect();
    assert_eq!(topics.len(), 1, "the later takes the place of the earlier");
    socket.close().await;
}

async fn push_service_that_cannot_now_is_asked_again(app: &App, push: &PushService) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    for name in ["fails", "busy", "well"] {
        subscribe(&ben, &Browser::new(push, name).await).await;
    }
    push.answer("/fails", 503, "");
    push.answer("/busy", 429, "retry-after: 1\r\n");
    ada.say(&ada.direct_with(&ben).await, "x").await;
    push.take("/fails", 1).await;
    push.take("/busy", 1).await;
    push.answer("/fails", 201, "");
    push.answer("/busy", 201, "");
    push.take("/fails", 2).await;
    push.take("/busy", 2).await;
    assert_eq!(push.taken("/well").len(), 1, "who was told is not told again");
    assert_eq!(list(&ben).await.len(), 3, "none of them is gone");
}

async fn browser_that_is_gone_is_removed(app: &App, push: &PushService) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    for (name, status) in [("gone", 410), ("unknown", 404), ("stays", 201)] {
        push.answer(&format!("/{name}"), status, "");
        subscribe(&ben, &Browser::new(push, name).await).await;
    }
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "one").await;
    push.take("/stays", 1).await;
    ada.say(&direct, "two").await;
    push.take("/stays", 2).await;
    assert_eq!((push.taken("/gone").len(), push.taken("/unknown").len()), (1, 1));
    assert_eq!(list(&ben).await.len(), 1);
}

async fn subscriptions_are_ones_own_and_bounded(app: &App, push: &PushService) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let shared = Browser::new(push, "shared").await;
    let id = subscribe(&ada, &shared).await;
    let again = ada.post(SUBSCRIPTIONS, shared.subscription()).await.expect(200).body;
    assert_eq!((&again["id"], &again["service"]), (&json!(id), &json!(push.url)));
    assert!(again.get("endpoint").is_none(), "the address is a secret: {again}");
    ben.delete(&format!("{SUBSCRIPTIONS}{id}/")).await.refused(404, "not_found");
    let bens = subscribe(&ben, &shared).await;
    assert_eq!(list(&ada).await, Vec::<Value>::new(), "whoever uses the browser now has it");
    ben.delete(&format!("{SUBSCRIPTIONS}{bens}/")).await.expect(204);
    ben.delete(&format!("{SUBSCRIPTIONS}{bens}/")).await.refused(404, "not_found");
    let mut ids = Vec::new();
    for n in 0..22 {
        ids.insert(0, subscribe(&ada, &Browser::new(push, &format!("many-{n}")).await).await);
    }
    let kept: Vec<_> = list(&ada).await.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kept, ids[..20], "the oldest are gone");
}

async fn addresses_inside_are_refused(app: &App) {
    let ada = app.user("Ada").await;
    let good = Browser::at("https://push.invalid/x").await.subscription();
    ada.post(SUBSCRIPTIONS, good.clone()).await.refused(400, "invalid");
    for endpoint in ["https://10.0.0.1/", "https://[::1]/", "ftp://push.invalid/", "x", "https://a:b@push.invalid/"] {
        let mut bad = good.clone();
        bad["endpoint"] = json!(endpoint);
        let errors = ada.post(SUBSCRIPTIONS, bad).await.refused(400, "invalid").body["errors"].clone();
        assert!(errors["endpoint"][0].is_string(), "{endpoint}: {errors}");
    }
    for (field, wrong) in [("p256dh", "AAAA"), ("auth", "?"), ("p256dh", &"A".repeat(87))] {
        let mut bad = good.clone();
        bad["keys"][field] = json!(wrong);
        let errors = ada.post(SUBSCRIPTIONS, bad).await.refused(400, "invalid").body["errors"].clone();
        assert!(errors[format!("keys.{field}")][0].is_string(), "{errors}");
    }
}

#[tokio::test]
async fn text_is_told_where_the_operator_wants_it() -> Result<()> {
    let push = PushService::start().await?;
    let stack = stack(&push, &[("PUSH_SHOW_TEXT", "true")]).await?;
    let app = App::of(&stack)?;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let browser = Browser::new(&push, "text").await;
    subscribe(&ben, &browser).await;
    let group = ada.begin(json!({"kind": "group", "title": "Kitchen", "participant_ids": [ben.id]})).await;
    ada.say(&group, "Shall we begin on Monday?").await;
    let told = browser.read(&push.take("/text", 1).await[0]).await["text"].take();
    assert_eq!((&told["title"], &told["text"]), (&json!("Kitchen"), &json!("Shall we begin on Monday?")));
    stack.stop().await
}
