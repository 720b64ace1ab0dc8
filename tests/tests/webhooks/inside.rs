//! Nothing is posted to where only services of ours should be able to go.

use serde_json::json;

use crate::hook::{Hook, say, talk};
use crate::receiver::Answer;
use crate::{WEBHOOKS, shared};

#[tokio::test]
async fn addresses_inside_are_refused_when_an_endpoint_is_made_or_moved() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["message.missed"], Answer::Status(200, "")).await;
    let port = shared.receiver.port;
    for url in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://127.2:{port}/"),
        format!("http://0x7f000002:{port}/"),
        format!("http://2130706434:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        format!("http://10.0.0.1:{port}/"),
        format!("http://169.254.169.254:{port}/latest/meta-data/"),
        format!("http://100.100.100.200:{port}/"),
        format!("http://user@127.0.0.1:{port}/"),
        "http://127.0.0.1:22/".to_owned(),
        "https://example.com:6379/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "nonsense".to_owned(),
        format!("http://127.0.0.1:{port}/{}", "x".repeat(3000)),
    ] {
        let refused = mona.post(WEBHOOKS, json!({"url": url})).await.refused(400, "invalid");
        assert!(refused.body["errors"]["url"].is_array(), "{url}: {}", refused.body);
        let refused = mona.patch(&hook.at(""), json!({"url": url})).await.refused(400, "invalid");
        assert!(refused.body["errors"]["url"].is_array(), "{url}: {}", refused.body);
    }
    assert!(hook.standing().await["url"].as_str().unwrap().ends_with(&hook.path));
}

/// As after a change of the settings, or of what a name leads to: each attempt looks anew. The receiver listens there, too.
#[tokio::test]
async fn address_is_looked_at_again_at_every_attempt() {
    let (shared, app) = shared().await;
    let mona = app.administrator("Mona").await;
    let hook = Hook::make(&mona, shared.receiver, &["chat.message_received.v1"], Answer::Status(200, "")).await;
    let (ada, _, direct) = talk(&app).await;
    let mut database = app.database().await;
    for (host, error) in [("127.0.0.2", "address_refused"), ("user@127.0.0.1", "url_refused")] {
        let path = "/inside";
        database.set_webhook_url(&hook.id, &format!("http://{host}:{}{path}", shared.receiver.port)).await;
        let message = say(&ada, &direct, host).await;
        let tried = hook.until(&message, |row| row["error"].is_string()).await;
        assert_eq!(tried["error"], error, "{tried}");
    }
    database.close().await;
    mona.delete(&hook.at("")).await.expect(204);
    assert!(shared.receiver.book().borrow().got.iter().all(|got| got.path != "/inside"));
}
