//! From the Django system: ids, order, authors, what was read, jobs and files are as they were, once, however often it is tried.

use std::time::Duration;

use chat_e2e::{Answer, App};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dump::{Dump, at, drawn};
use crate::{Importer, assert_no_difference, importer};

/// Two people with a direct conversation, one about a job, and a group of three.
struct Story {
    people: [i64; 3],
    direct: Uuid,
    job: Uuid,
    group: Uuid,
    /// Of the direct conversation, in their order.
    said: Vec<Uuid>,
}

fn story(app: &App) -> Story {
    let people = std::array::from_fn(|_| app.fresh_id());
    let said = (0..5).map(|_| drawn()).collect();
    Story { people, direct: drawn(), job: drawn(), group: drawn(), said }
}

impl Story {
    /// Objects stand as dumpdata sorts them: by model, then by key, whatever their time.
    fn write(&self, path: &std::path::Path) {
        let [ada, bob, cy] = self.people;
        let mut dump = Dump::create(path);
        dump.user(ada, "Ada", "Lovelace");
        dump.user(bob, "", "");
        dump.conversation(self.direct, "", None, &[ada, bob]);
        dump.conversation(self.job, "About the fence", Some(77), &[ada, bob]);
        dump.conversation(self.group, "All three", None, &[ada, bob, cy]);
        let mut order: Vec<_> = self.said.iter().enumerate().collect();
        order.sort_by_key(|(_, id)| **id);
        for (index, id) in order {
            let (sender, seconds) = (if index % 2 == 0 { ada } else { bob }, 100 + i64::try_from(index).unwrap());
            dump.message(*id, self.direct, sender, &format!("direct {index}"), seconds);
        }
        dump.message(drawn(), self.group, cy, "hello you two", 300);
        dump.put("chat.userpresence", 1, &json!({"user": ada, "is_online": true, "last_seen": at(9000)}));
        // Bob has read Ada's first and third message, not the second of hers in between; Ada none of his.
        dump.read(1, self.said[0], bob);
        dump.read(2, self.said[4], bob);
        dump.put("jobs.job", 77, &json!({"title": "A fence for the garden", "owner": ada}));
        dump.put("admin.logentry", 1, &json!({"whatever": true}));
        dump.finish();
    }
}

/// The database under the tool.
fn store(app: &App) -> chat_store::Database {
    chat_store::Database::new(app.database_url(), 2).unwrap()
}

fn texts(messages: &Value) -> Vec<String> {
    messages["results"].as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_as_it_was() {
    let (importer, _turn) = importer("whole").await;
    let (app, story) = (&importer.app, story(&importer.app));
    let file = importer.folder.join("dump.json");
    story.write(&file);
    let report = importer.import("django", file.to_str().unwrap()).await;
    assert_eq!((&report["counts"]["conversations"], &report["counts"]["messages"]), (&json!(3), &json!(6)));

    let [ada, bob, _] = story.people;
    let (ada, bob) = (app.user_with(ada, "", &app.token(ada, "")), app.user_with(bob, "", &app.token(bob, "")));
    let history = bob.history(&story.direct.to_string(), "?order=asc").await;
    assert_eq!(texts(&history), ["direct 0", "direct 1", "direct 2", "direct 3", "direct 4"]);
    let first = &history["results"][0];
    assert_eq!(
        (&first["id"], &first["sender"]["name"], &first["seq"]),
        (&json!(story.said[0]), &json!("Ada Lovelace"), &json!(2))
    );

    // One of Ada's three is unread, between two that were read.
    let unread = |row: Answer| row.expect(200).body["unread_count"].as_i64().unwrap();
    let direct = format!("/api/chat/conversations/{}/", story.direct);
    assert_eq!(unread(bob.get(&direct).await), 1);
    assert_eq!(unread(ada.get(&direct).await), 2);
    // The old ids of messages are good for what clients do with them.
    let marked = json!({"message_ids": [story.said[2]]});
    bob.patch(&format!("{direct}mark_as_read/"), marked).await.expect(200);
    assert_eq!(unread(bob.get(&direct).await), 0);

    // Who writes goes on where the old log ends, and finds the conversations that there are.
    let said = ada.say(&story.direct.to_string(), "and on we go").await;
    assert_eq!(said["seq"], 7);
    let job = json!({"participant_ids": [bob.id], "job": {"id": 77}});
    for (wanted, body) in [(story.direct, json!({"participant_ids": [bob.id]})), (story.job, job)] {
        let found = ada.post("/api/chat/conversations/", body).await.expect(200);
        assert_eq!(found.text("id"), wanted.to_string());
    }
    let row = ada.get(&format!("/api/chat/conversations/{}/", story.job)).await.expect(200).body;
    assert_eq!((&row["kind"], &row["job"]["title"]), (&json!("job"), &json!("A fence for the garden")));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_twice() {
    let (importer, _turn) = importer("twice").await;
    let story = story(&importer.app);
    let file = importer.folder.join("dump.json");
    story.write(&file);
    let path = file.to_str().unwrap();
    importer.import("django", path).await;
    importer.import("django", path).await;
    // A later dump of the same system: conversations that are here are left alone.
    std::fs::write(&file, format!("{}\n", std::fs::read_to_string(&file).unwrap())).unwrap();
    let report = importer.import("django", path).await;
    assert_eq!(report["counts"]["conversations_left_alone"], 3);
    let bob = story.people[1];
    let bob = importer.app.user_with(bob, "", &importer.app.token(bob, ""));
    assert_eq!(texts(&bob.history(&story.direct.to_string(), "").await).len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_goes_on() {
    let (importer, _turn) = importer("killed").await;
    let [ada, bob] = [importer.app.fresh_id(), importer.app.fresh_id()];
    let file = importer.folder.join("dump.json");
    let mut dump = Dump::create(&file);
    let conversations: Vec<_> = (0..2000).map(|_| drawn()).collect();
    for (index, id) in conversations.iter().enumerate() {
        dump.conversation(*id, &format!("talk {index}"), None, &[ada, bob]);
    }
    for number in 0..10_i64 {
        for id in &conversations {
            dump.message(drawn(), *id, if number % 2 == 0 { ada } else { bob }, &format!("no. {number}"), number);
        }
    }
    dump.finish();
    let arguments = ["run", "--from", "django", file.to_str().unwrap()];
    let database = store(&importer.app);
    // Killed twice: once while it reads, once while it stores.
    for is_reached in [
        "select exists (select 1 from import.run where entries between 5000 and 20000)",
        "select count(*) between 200 and 1800 from import.conversations where outcome = 1",
    ] {
        let mut child = importer.command(&arguments).spawn().unwrap();
        let reached = async {
            while !sqlx::query_scalar::<_, bool>(is_reached).fetch_one(database.pool()).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), reached).await.expect("it gets that far");
        child.start_kill().unwrap();
        assert!(!child.wait().await.unwrap().success(), "it was killed under way");
    }
    let status = importer.report(3, &["status"]).await;
    assert!(status["conversations_left"].as_i64().unwrap() > 0, "{status}");
    let report = importer.import("django", file.to_str().unwrap()).await;
    assert_eq!(report["counts"]["messages"], 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_it_was_is_found() {
    let (importer, _turn) = importer("tampered").await;
    let story = story(&importer.app);
    let file = importer.folder.join("dump.json");
    story.write(&file);
    importer.import("django", file.to_str().unwrap()).await;
    let database = store(&importer.app);
    let read = format!(
        "update participants set read_count = read_count + 1 where conversation_id = '{}' and user_id = {}",
        story.direct, story.people[1]
    );
    for (break_it, found) in [
        (format!("update messages set content = 'other' where id = '{}'", story.said[1]), "messages_changed"),
        (
            format!("update messages set sender_id = {} where id = '{}'", story.people[2], story.said[1]),
            "messages_changed",
        ),
        (read, "unread_counts"),
        (format!("delete from messages where id = '{}'", story.said[2]), "messages_missing"),
        (
            format!(
                "delete from participants where conversation_id = '{}' and user_id = {}",
                story.group, story.people[2]
            ),
            "participants",
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(break_it.clone())).execute(database.pool()).await.unwrap();
        let report = importer.report(1, &["verify"]).await;
        assert_ne!(report["differences"][found], 0, "{break_it}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_along() {
    let (importer, _turn) = importer("files").await;
    let [ada, bob] = [importer.app.fresh_id(), importer.app.fresh_id()];
    let (conversation, with, without) = (drawn(), drawn(), drawn());
    let file = importer.folder.join("dump.json");
    let mut dump = Dump::create(&file);
    dump.conversation(conversation, "", None, &[ada, bob]);
    for (id, path, seconds) in [(with, "chat_attachments/offer.txt", 1), (without, "chat_attachments/lost.txt", 2)] {
        let fields = json!({"conversation": conversation, "sender": ada, "content": "", "message_type": "file", "attachment": path,
                            "is_read": true, "created_at": at(seconds)});
        dump.put("chat.message", id.to_string(), &fields);
    }
    dump.finish();
    let media = importer.folder.join("media");
    std::fs::create_dir_all(media.join("chat_attachments")).unwrap();
    std::fs::write(media.join("chat_attachments/offer.txt"), "forty-two a metre").unwrap();
    let arguments = ["run", "--from", "django", "--media", media.to_str().unwrap(), file.to_str().unwrap()];
    // One file is lost: everything else is there, and the report says so.
    let report = importer.report(3, &arguments).await;
    assert_no_difference(&report);
    assert_eq!((&report["counts"]["attachments"], &report["counts"]["attachments_missing"]), (&json!(2), &json!(1)));
    let bob = importer.app.user_with(bob, "", &importer.app.token(bob, ""));
    let history = bob.history(&conversation.to_string(), "?order=asc").await;
    let attachment = &history["results"][0]["attachments"][0];
    assert_eq!(attachment["name"], "offer.txt");
    let content = bob.download(attachment["url"].as_str().unwrap()).await;
    assert_eq!(content.bytes, b"forty-two a metre");
    assert_eq!(history["results"][1]["attachments"], json!([]));
    let row = bob.get(&format!("/api/chat/conversations/{conversation}/")).await.expect(200);
    assert_eq!(row.body["unread_count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_dump_is_refused() {
    let (importer, _turn) = importer("wrong").await;
    for (text, named) in [
        ("{\"a\": 1}", "dumpdata"),
        ("[{\"model\": \"chat.message\", \"pk\": \"x\", \"fields\": {}}]", "chat.message"),
        ("[{\"model\": \"auth.user\", \"pk\": -5, \"fields\": {}}]", "auth.user"),
        ("[{\"model\": \"auth.user\"", "dumpdata"),
    ] {
        let file = importer.folder.join("wrong.json");
        std::fs::write(&file, text).unwrap();
        let refused = refusal(&importer, file.to_str().unwrap()).await;
        assert!(refused.contains(named), "{text}: {refused}");
        importer.run(&["forget"]).await;
    }
}

async fn refusal(importer: &Importer, path: &str) -> String {
    let output = importer.run(&["run", "--from", "django", path]).await;
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}
