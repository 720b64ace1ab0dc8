//! The document of the REST api and its page, as anybody finds them.

use std::collections::BTreeSet;

use chat_e2e::{App, Rest, send_path};
use reqwest::Method;
use serde_json::{Value, json};

async fn document(app: &App) -> Value {
    app.anon().get("/api/schema/").await.expect(200).body
}

#[tokio::test]
async fn document_is_the_committed_one_and_needs_no_token() {
    let app = App::shared().await;
    let committed = format!("{}/../docs/openapi.json", env!("CARGO_MANIFEST_DIR"));
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(committed).unwrap()).unwrap();
    assert_eq!(document(&app).await, committed);
    assert_eq!(app.with_token("nonsense").get("/api/schema").await.expect(200).body, committed);
    app.anon().post("/api/schema/", json!({})).await.refused(405, "method_not_allowed");
}

/// What a page loads: the values of its `src` and `href`.
fn links(page: &str) -> Vec<String> {
    let after = |mark: &'static str| page.split(mark).skip(1);
    let link = |rest: &str| rest.split('"').next().unwrap().to_owned();
    after("src=\"").chain(after("href=\"")).map(link).collect()
}

#[tokio::test]
async fn page_of_the_document_asks_no_outside_host() {
    let app = App::shared().await;
    let anon = app.anon();
    let text = async |path: &str| {
        let response = anon.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        response.text().await.unwrap()
    };
    for path in ["/api/docs", "/api/docs/"] {
        let links = links(&text(path).await);
        assert!(links.len() >= 4, "{links:?}");
        for link in links {
            assert!(link.starts_with("/api/docs/"), "{link}");
            text(&link).await;
        }
    }
    let begin = text("/api/docs/swagger-initializer.js").await;
    assert!(begin.contains("\"/api/schema/\"") && begin.contains("\"validatorUrl\": \"none\""), "{begin}");
    assert!(!begin.contains("http"), "{begin}");
}

#[tokio::test]
async fn answers_have_the_fields_that_the_document_names() {
    let app = App::shared().await;
    let document = document(&app).await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let message = ada.say(&direct, "Hello").await;
    let at = |path: &str| format!("/api/chat/conversations/{direct}/{path}");
    let message_path = format!("/api/chat/messages/{}/", message["id"].as_str().unwrap());
    let answers = [
        ("/api/auth/me/", "/api/auth/me/".to_owned()),
        ("/api/chat/conversations/", "/api/chat/conversations/".to_owned()),
        ("/api/chat/conversations/{id}/", at("")),
        ("/api/chat/conversations/{id}/participants/", at("participants/")),
        ("/api/chat/conversations/{id}/messages/", at("messages/")),
        ("/api/chat/messages/", "/api/chat/messages/".to_owned()),
        ("/api/chat/messages/{id}/", message_path),
        ("/api/chat/unread/", "/api/chat/unread/".to_owned()),
        ("/api/chat/presence/", "/api/chat/presence/".to_owned()),
    ];
    for (path, address) in answers {
        let schema = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        let body = ben.get(&address).await.expect(200).body;
        assert_fields(&document, schema, &body, path);
    }
    let refused = Rest::send(ada.request(Method::PUT, &send_path(&direct))).await.refused(405, "method_not_allowed");
    let problem = &document["components"]["schemas"]["Problem"];
    assert_fields(&document, problem, &refused.body, "a problem");
}

/// Objects have the fields of their schemas, no more and no less; so have the rows of lists.
fn assert_fields(document: &Value, schema: &Value, value: &Value, what: &str) {
    let schema = schema["$ref"].as_str().map_or(schema, |pointer| document.pointer(&pointer[1..]).unwrap());
    let names = |list: &Value| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    if let Some(fields) = value.as_object().filter(|_| schema["properties"].is_object()) {
        assert_eq!(fields.keys().cloned().collect::<BTreeSet<_>>(), names(&schema["required"]), "{what}: {value}");
        for (name, value) in fields {
            assert_fields(document, &schema["properties"][name], value, &format!("{what} {name}"));
        }
    }
    for row in value.as_array().into_iter().flatten() {
        assert_fields(document, &schema["items"], row, what);
    }
}
