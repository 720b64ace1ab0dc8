//! A request that cannot be honoured is answered with a problem document, and nothing is written.

use chat_e2e::{Answer, App, Rest, User, send_path};
use chat_protocol::ids::MessageId;
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATIONS: &str = "/api/chat/conversations/";

struct Story {
    app: App,
    ada: User,
    ben: User,
    direct: String,
}

async fn story() -> Story {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    Story { app, ada, ben, direct }
}

#[track_caller]
fn assert_refused(answer: Answer, status: u16, code: &str, field: Option<&str>) {
    let answer = answer.refused(status, code);
    if let Some(field) = field {
        assert!(answer.body["errors"][field].is_array(), "{field}: {}", answer.body);
    }
}

#[tokio::test]
async fn bad_message_gets_its_code_and_writes_nothing() {
    let Story { app, ada, direct, .. } = story().await;
    let unknown = MessageId::generate().to_string();
    let mut database = app.database().await;
    let before = database.trace_of(ada.id, "nobody-").await;
    for (body, status, field) in [
        (json!({}), 400, Some("content")),
        (json!({"content": ""}), 400, Some("content")),
        (json!({"content": "\n \u{2003}"}), 400, Some("content")),
        (json!({"content": "a\0b"}), 400, Some("content")),
        (json!({"content": null}), 400, Some("content")),
        (json!({"content": 5}), 400, Some("content")),
        (json!({"content": {"a": 1}}), 400, Some("content")),
        (json!({"content": "x".repeat(16 * 1024 + 1)}), 413, Some("content")),
        (json!({"content": "x", "message_type": "system"}), 400, Some("message_type")),
        (json!({"content": "x", "message_type": 0}), 400, Some("message_type")),
        (json!({"content": "x", "client_id": ""}), 400, Some("client_id")),
        (json!({"content": "x", "client_id": "k".repeat(129)}), 400, Some("client_id")),
        (json!({"content": "x", "reply_to": "y"}), 400, Some("reply_to")),
        (json!({"content": "x", "reply_to": unknown}), 400, Some("reply_to")),
        (json!({"content": "x", "attachment_ids": "y"}), 400, Some("attachment_ids")),
        (json!({"content": "x", "attachment_ids": [unknown]}), 400, Some("attachment_ids")),
        (json!([]), 400, None),
        (json!("content"), 400, None),
    ] {
        let code = if status == 413 { "too_large" } else { "invalid" };
        assert_refused(ada.post(&send_path(&direct), body).await, status, code, field);
    }
    assert_eq!(database.trace_of(ada.id, "nobody-").await, before);
}

#[tokio::test]
async fn bad_conversation_gets_its_code_and_writes_nothing() {
    let Story { app, ada, ben, .. } = story().await;
    let with = |fields: Value| {
        let mut body = json!({"participant_ids": [ben.id]});
        for (name, value) in fields.as_object().expect("fields") {
            body[name] = value.clone();
        }
        body
    };
    let large = json!({"k": "v".repeat(4096)});
    let mut database = app.database().await;
    let before = database.trace_of(ada.id, "nobody-").await;
    for (body, field) in [
        (json!({}), "participant_ids"),
        (json!({"participant_ids": []}), "participant_ids"),
        (json!({"participant_ids": [ada.id]}), "participant_ids"),
        (json!({"participant_ids": [app.fresh_id()]}), "participant_ids"),
        (json!({"participant_ids": [ben.id, app.fresh_id()]}), "participant_ids"),
        (json!({"participant_ids": ["x"]}), "participant_ids"),
        (json!({"participant_ids": [0]}), "participant_ids"),
        (json!({"participant_ids": [1_i64 << 53]}), "participant_ids"),
        (json!({"participant_ids": (1..=1001).collect::<Vec<_>>()}), "participant_ids"),
        (with(json!({"kind": "party"})), "kind"),
        (with(json!({"kind": "job"})), "job"),
        (with(json!({"kind": "direct", "job": {"id": 1}})), "job"),
        (with(json!({"job": {"title": "no id"}})), "job"),
        (with(json!({"job": {"id": ""}})), "job"),
        (with(json!({"job": {"id": 1.5}})), "job"),
        (with(json!({"job": {"id": "x".repeat(129)}})), "job"),
        (with(json!({"job": {"id": 1, "url": "javascript:alert(1)"}})), "job"),
        (with(json!({"job": {"id": 1, "url": "ftp://example.com"}})), "job"),
        (with(json!({"job": {"id": 1, "title": "x".repeat(201)}})), "job"),
        (with(json!({"job": {"id": 1, "status": "a\0b"}})), "job"),
        (with(json!({"title": "x".repeat(201)})), "title"),
        (with(json!({"title": "a\0b"})), "title"),
        (with(json!({"metadata": []})), "metadata"),
        (with(json!({"metadata": {"k": "a\0b"}})), "metadata"),
        (with(json!({"metadata": large})), "metadata"),
    ] {
        let answer = ada.post(CONVERSATIONS, body.clone()).await;
        assert_eq!(answer.status, 400, "{body} {}", answer.body);
        assert_refused(answer, 400, "invalid", Some(field));
    }
    assert_eq!(database.trace_of(ada.id, "nobody-").await, before);
}

#[tokio::test]
async fn bad_account_gets_its_code_and_writes_nothing() {
    let app = App::shared().await;
    let prefix = format!("bad-{}", app.fresh_id());
    let name = |suffix: &str| format!("{prefix}-{suffix}");
    let mut database = app.database().await;
    let before = database.trace_of(0, &prefix).await;
    for (body, field) in [
        (json!({}), "username"),
        (json!({"username": name("a")}), "password"),
        (json!({"username": name("b"), "password": "short"}), "password"),
        (json!({"username": name("c"), "password": 12_345_678}), "password"),
        (json!({"username": "", "password": "long enough"}), "username"),
        (json!({"username": name("d\0"), "password": "long enough"}), "username"),
        (json!({"username": name(&"e".repeat(150)), "password": "long enough"}), "username"),
        (json!({"username": name("f"), "password": "long enough", "role": "admin"}), "role"),
        (json!({"username": name("g"), "password": "long enough", "name": "a\0b"}), "name"),
    ] {
        assert_refused(app.anon().post("/api/auth/register/", body).await, 400, "invalid", Some(field));
    }
    assert_eq!(database.trace_of(0, &prefix).await, before);
}

#[tokio::test]
async fn bad_query_names_the_parameter() {
    let Story { ada, direct, .. } = story().await;
    for (query, field) in [
        ("page_size=0", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=x", "page_size"),
        ("cursor=x", "cursor"),
        ("cursor=bm9uc2Vuc2U", "cursor"),
    ] {
        assert_refused(ada.get(&format!("{CONVERSATIONS}?{query}")).await, 400, "invalid", Some(field));
        assert_refused(
            ada.get(&format!("{CONVERSATIONS}{direct}/messages/?{query}")).await,
            400,
            "invalid",
            Some(field),
        );
    }
    for (query, field) in [
        ("participant=x", "participant"),
        ("unread=maybe", "unread"),
        ("archived=2", "archived"),
        ("job_id=%00", "job_id"),
    ] {
        assert_refused(ada.get(&format!("{CONVERSATIONS}?{query}")).await, 400, "invalid", Some(field));
    }
    for (query, field) in [("before_seq=x", "before_seq"), ("after_seq=-1", "after_seq"), ("order=up", "order")] {
        assert_refused(
            ada.get(&format!("{CONVERSATIONS}{direct}/messages/?{query}")).await,
            400,
            "invalid",
            Some(field),
        );
    }
    let cut = ada.get(&format!("{CONVERSATIONS}?page_size=100000")).await.expect(200);
    assert_eq!(cut.body["results"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn cursor_of_another_list_is_refused() {
    let Story { ada, ben, direct, .. } = story().await;
    ada.group_with(&[&ben]).await;
    for _ in 0..2 {
        ada.say(&direct, "x").await;
    }
    let next = |body: &Value| {
        let url = body["next"].as_str().expect("there is more").to_owned();
        url.split_once("cursor=").expect("a cursor").1.to_owned()
    };
    let of_conversations = next(&ada.get(&format!("{CONVERSATIONS}?page_size=1")).await.expect(200).body);
    let of_messages = next(&ada.history(&direct, "?page_size=1").await);
    let swapped = ada.get(&format!("{CONVERSATIONS}?cursor={of_messages}")).await;
    assert_refused(swapped, 400, "invalid", Some("cursor"));
    let swapped = ada.get(&format!("{CONVERSATIONS}{direct}/messages/?cursor={of_conversations}")).await;
    assert_refused(swapped, 400, "invalid", Some("cursor"));
}

#[tokio::test]
async fn body_must_be_json_of_a_fair_size() {
    let Story { app, ada, direct, .. } = story().await;
    let mut database = app.database().await;
    let before = database.trace_of(ada.id, "nobody-").await;
    for path in [CONVERSATIONS.to_owned(), send_path(&direct), "/api/auth/register/".into(), "/api/auth/token/".into()]
    {
        let post = |content_type: &'static str, body: Vec<u8>| {
            Rest::send(ada.request(Method::POST, &path).header("content-type", content_type).body(body))
        };
        assert_refused(post("text/plain", b"{}".to_vec()).await, 415, "unsupported_media_type", None);
        assert_refused(
            post("application/x-www-form-urlencoded", b"content=x".to_vec()).await,
            415,
            "unsupported_media_type",
            None,
        );
        assert_refused(Rest::send(ada.request(Method::POST, &path)).await, 415, "unsupported_media_type", None);
        for malformed in
            [&b"{"[..], b"", b"{\"content\": \"x\"} x", b"\xff\xfe", b"{\"content\": \"\\ud800\"}", b"null"]
        {
            assert_refused(post("application/json", malformed.to_vec()).await, 400, "invalid", None);
        }
        assert_refused(post("application/json", vec![b' '; 256 * 1024 + 1]).await, 413, "too_large", None);
    }
    assert_eq!(database.trace_of(ada.id, "nobody-").await, before);
}

#[tokio::test]
async fn wrong_method_is_405_with_allow_and_unknown_path_404() {
    let Story { ada, direct, .. } = story().await;
    for (method, path, allowed) in [
        (Method::PUT, CONVERSATIONS.to_owned(), vec!["GET", "POST"]),
        (Method::GET, send_path(&direct), vec!["POST"]),
        (Method::POST, format!("{CONVERSATIONS}{direct}/messages/"), vec!["GET"]),
        (Method::GET, "/api/auth/register/".into(), vec!["POST"]),
        (Method::POST, "/api/auth/me/".into(), vec!["GET"]),
        (Method::POST, format!("{CONVERSATIONS}{direct}/"), vec!["GET", "PATCH", "DELETE"]),
        (Method::POST, format!("{CONVERSATIONS}{direct}/mark_as_read/"), vec!["PATCH"]),
        (Method::DELETE, "/api/chat/messages/".into(), vec!["GET"]),
        (Method::POST, "/api/chat/unread/".into(), vec!["GET"]),
    ] {
        let answer = Rest::send(ada.request(method, &path)).await.refused(405, "method_not_allowed");
        let allow = answer.headers["allow"].to_str().unwrap();
        for method in allowed {
            assert!(allow.contains(method), "{path}: {allow}");
        }
    }
    for path in ["/", "/api/", "/api/chat/", "/api/nothing/", "/metrics", "/api/chat/conversations//"] {
        ada.get(path).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn paths_are_found_with_and_without_the_slash() {
    let Story { ada, direct, .. } = story().await;
    for path in
        [CONVERSATIONS.to_owned(), format!("{CONVERSATIONS}{direct}/"), format!("{CONVERSATIONS}{direct}/messages/")]
    {
        let with = ada.get(&path).await.expect(200).body;
        assert_eq!(ada.get(path.trim_end_matches('/')).await.expect(200).body, with);
    }
    ada.post(send_path(&direct).trim_end_matches('/'), json!({"content": "x"})).await.expect(201);
}

#[tokio::test]
async fn every_endpoint_but_the_log_in_needs_a_good_token() {
    let Story { app, ada, direct, .. } = story().await;
    let (forged, expired) = (format!("{}x", ada.token), app.expired_token(ada.id));
    for rest in [app.anon(), app.with_token("nonsense"), app.with_token(&forged), app.with_token(&expired)] {
        for path in [
            "/api/auth/me/",
            CONVERSATIONS,
            &format!("{CONVERSATIONS}{direct}/"),
            &format!("{CONVERSATIONS}{direct}/messages/"),
            &format!("{CONVERSATIONS}{direct}/events/"),
            &format!("{CONVERSATIONS}{direct}/participants/"),
            "/api/chat/messages/",
            "/api/chat/unread/",
            "/api/chat/presence/",
        ] {
            let answer = rest.get(path).await.refused(401, "not_authenticated");
            assert!(answer.headers.contains_key("www-authenticate"));
        }
        rest.post(&send_path(&direct), json!({"content": "x"})).await.refused(401, "not_authenticated");
        rest.post(CONVERSATIONS, json!({"participant_ids": [ada.id]})).await.refused(401, "not_authenticated");
        let path = format!("{CONVERSATIONS}{direct}/");
        rest.patch(&path, json!({"muted": true})).await.refused(401, "not_authenticated");
        rest.delete(&path).await.refused(401, "not_authenticated");
        rest.patch(&format!("{path}mark_as_read/"), json!({})).await.refused(401, "not_authenticated");
        rest.post(&format!("{path}participants/"), json!({"user_ids": [1]})).await.refused(401, "not_authenticated");
        rest.delete(&format!("{path}participants/{}/", ada.id)).await.refused(401, "not_authenticated");
    }
    assert_eq!(app.database().await.count_messages(&direct).await, 0);
}
