//! Somebody is erased: a word that stood everywhere stands nowhere any more, and everybody else keeps what is theirs.

use std::path::Path;
use std::time::Duration;

use chat_e2e::{PATIENCE, User, send_path};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::operator::Operator;

/// Which objects have the word in them, or in their name.
fn objects_with(dir: &Path, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(objects_with(&entry.path(), word));
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        // It may be removed at this moment.
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        if name.contains(word) || bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
            found.push(name);
        }
    }
    found
}

/// Somebody with an account, whose name has the word in it.
async fn register(operator: &Operator, word: &str) -> User {
    let account = json!({"username": word, "password": "correct horse battery", "name": format!("Ada {word}")});
    let anon = operator.app.anon();
    let id = anon.post("/api/auth/register/", account.clone()).await.expect(201).body["id"].as_i64().unwrap();
    let token = anon.post("/api/auth/token/", account).await.expect(200).body["access"].as_str().unwrap().to_owned();
    operator.app.user_with(id, &format!("Ada {word}"), &token)
}

/// Says it in every way in which one can.
async fn plant(operator: &Operator, ada: &User, ben: &User, word: &str) -> [String; 3] {
    let direct = ada.direct_with(ben).await;
    let (left, deleted) = (ben.group_with(&[ada]).await, ben.group_with(&[ada]).await);
    for conversation in [&direct, &left, &deleted] {
        let message = json!({"content": format!("said {word}"), "client_id": format!("{word}-{conversation}")});
        ada.post(&send_path(conversation), message).await.expect(201);
        let edited = ada.say(conversation, &format!("before {word}")).await;
        let path = format!("/api/chat/messages/{}/", edited["id"].as_str().unwrap());
        ada.patch(&path, json!({"content": format!("after {word}")})).await.expect(200);
        let file = ada.upload(&format!("{word}.txt"), format!("bytes with {word}").as_bytes()).await;
        ada.send_attachments(conversation, &[&file]).await;
    }
    ada.upload("never-sent.txt", format!("other bytes with {word}").as_bytes()).await;
    let hers = ada.say(&direct, &format!("reported {word}")).await;
    let his = ben.say(&direct, "harmless").await;
    let report =
        |message: &serde_json::Value| format!("/api/chat/messages/{}/report/", message["id"].as_str().unwrap());
    ben.post(&report(&hers), json!({"reason": "rude"})).await.expect(201);
    ada.post(&report(&his), json!({"reason": format!("because {word}")})).await.expect(201);
    ada.put(&format!("/api/chat/blocks/{}/", operator.app.user("Cleo").await.id)).await;
    let mut database = operator.app.database().await;
    let device = format!(
        "insert into push_subscriptions (id, user_id, endpoint, p256dh, auth) values (gen_random_uuid(), {}, 'https://push.test/{word}', '', '')",
        ada.id
    );
    database.run(&device).await;
    database.close().await;
    let letter = json!({"sender_id": ada.id, "content": format!("put away {word}")}).to_string();
    let writer = operator.app.writer().await;
    writer.publish_raw("chat.dead_letter.7".to_owned(), async_nats::HeaderMap::new(), letter.as_bytes()).await.unwrap();
    ada.remove(&left, ada).await;
    ben.delete(&format!("/api/chat/conversations/{deleted}/")).await.expect(204);
    [direct, left, deleted]
}

#[tokio::test]
async fn nothing_is_left_of_who_is_erased() {
    let operator = Operator::new().await;
    let word = format!("zqx{:012x}", rand::random::<u64>() >> 16);
    let ada = register(&operator, &word).await;
    let ben = operator.app.user("Ben").await;
    let [direct, left, _] = plant(&operator, &ada, &ben, &word).await;
    let objects = operator.stack.options().data_dir.join("attachments");
    let mut database = operator.app.database().await;
    let planted = async {
        while !database.tables_with(&word).await.iter().any(|table| table == "search_blocks") {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, planted).await.expect("what was said can be found");
    let tables = database.tables_with(&word).await;
    for table in
        ["accounts", "attachments", "log_events", "messages", "push_subscriptions", "reports", "search_blocks", "users"]
    {
        assert!(tables.iter().any(|found| found == table), "{table} is not among {tables:?}");
    }
    let writer = operator.app.writer().await;
    assert_eq!(writer.streams_with(&word).await.unwrap().len(), 3);
    assert!(!objects_with(&objects, &word).is_empty());

    let mut socket = ben.open(0, &direct).await;
    let admin = operator.app.administrator("Moderator").await;
    operator.ask(&["user", "erase", &ada.id.to_string(), "--as", &admin.id.to_string(), "--yes"]).await;

    assert_eq!(database.tables_with(&word).await, Vec::<String>::new());
    assert_eq!(writer.streams_with(&word).await.unwrap(), Vec::<&str>::new());
    assert_eq!(objects_with(&objects, &word), Vec::<String>::new());
    socket.expect("message_deleted").await;
    ada.get("/api/auth/me/").await.refused(401, "not_authenticated");
    for conversation in [&direct, &left] {
        let history = ben.history(conversation, "").await;
        let rows = history["results"].as_array().unwrap();
        let hers: Vec<_> = rows.iter().filter(|row| row["sender"]["id"] == ada.id).collect();
        assert!(
            hers.len() >= 3
                && hers.iter().all(|row| row["deleted_at"].is_string() && row["sender"]["name"] == "Deleted user"),
            "{hers:#?}"
        );
    }
    let his = ben.history(&direct, "").await;
    assert!(his.to_string().contains("harmless"), "{his:#}");
    // Once more does no harm.
    operator.ask(&["user", "erase", &ada.id.to_string(), "--yes"]).await;
    database.close().await;
}
