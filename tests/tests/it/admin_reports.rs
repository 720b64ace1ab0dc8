//! What becomes of reports: moderators read them with what was said, and decide.

use chat_e2e::{App, User};
use serde_json::{Value, json};

use crate::admin::{REPORTS, UNKNOWN, rows, walk};

async fn report(by: &User, message: &Value, reason: &str) -> String {
    let path = format!("/api/chat/messages/{}/report/", message["id"].as_str().unwrap());
    by.post(&path, json!({"reason": reason})).await.expect(201).text("id")
}

fn path(report: &str) -> String {
    format!("{REPORTS}{report}/")
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn report_comes_with_what_was_said_around_it_and_then() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mona = app.administrator("Mona").await;
    let direct = ada.direct_with(&ben).await;
    for number in 0..11 {
        ada.say(&direct, &format!("before {number}")).await;
    }
    let said = ada.say(&direct, "an insult").await;
    let after = ben.say(&direct, "please").await;
    let id = report(&ben, &said, "rude").await;
    ada.delete(&format!("/api/chat/messages/{}/", said["id"].as_str().unwrap())).await.expect(204);
    let shown = mona.get(&path(&id)).await.expect(200).body;
    let (row, message) = (&shown["report"], &shown["message"]);
    assert_eq!(
        (&row["status"], &row["reason"], &row["content"]),
        (&json!("open"), &json!("rude"), &json!("an insult"))
    );
    assert_eq!((&row["reporter"]["id"], &row["sender"]["name"]), (&json!(ben.id), &json!("Ada")));
    assert_eq!(
        (&message["id"], &message["content"], message["deleted_at"].is_string()),
        (&said["id"], &json!(""), true)
    );
    let context = shown["context"].as_array().unwrap();
    assert_eq!(
        (context.len(), &context[0]["content"], &context[10]),
        (11, &json!("before 1"), &after),
        "ten before, and what came after"
    );
    for id in [UNKNOWN, "x"] {
        mona.get(&path(id)).await.refused(404, "not_found");
        mona.patch(&path(id), json!({"status": "open"})).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn reports_are_listed_by_status_and_place_and_decided() {
    let app = App::shared().await;
    let [ada, ben, cem] = app.users(["Ada", "Ben", "Cem"]).await;
    let mona = app.administrator("Mona").await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let said = ada.say(&group, "pay me outside").await;
    let reports = [report(&ada, &said, "1").await, report(&ben, &said, "2").await, report(&cem, &said, "3").await];
    let [first, second, third] = reports.each_ref().map(String::as_str);
    let here = format!("{REPORTS}?conversation={group}");
    let pages = walk(&mona, &format!("{here}&page_size=2")).await;
    assert_eq!(pages.iter().map(|page| ids(page)).collect::<Vec<_>>(), [vec![third, second], vec![first]]);

    let decided = mona.patch(&path(second), json!({"status": "actioned", "note": "warned"})).await.expect(200).body;
    assert_eq!((&decided["status"], &decided["note"]), (&json!("actioned"), &json!("warned")));
    assert_eq!((&decided["reviewed_by"], decided["reviewed_at"].is_string()), (&json!(mona.id), true));
    mona.patch(&path(third), json!({"status": "dismissed"})).await.expect(200);
    for (status, expected) in [("open", first), ("actioned", second), ("dismissed", third)] {
        let page = mona.get(&format!("{here}&status={status}")).await.expect(200).body;
        assert_eq!(ids(rows(&page)), [expected], "{status}");
    }
    let again = mona.patch(&path(second), json!({"status": "open"})).await.expect(200).body;
    assert_eq!((&again["status"], &again["note"]), (&json!("open"), &json!("warned")));
    for (field, bad) in [
        ("status", json!({})),
        ("status", json!({"status": "gone"})),
        ("note", json!({"status": "open", "note": "a\u{0}"})),
        ("note", json!({"status": "open", "note": "x".repeat(1001)})),
    ] {
        let refused = mona.patch(&path(first), bad.clone()).await.refused(400, "invalid");
        assert!(refused.body["errors"][field].is_array(), "{bad}: {}", refused.body);
    }
    mona.get(&format!("{REPORTS}?status=gone")).await.refused(400, "invalid");
    mona.get(&format!("{REPORTS}?conversation=x")).await.refused(404, "not_found");
    assert_eq!(*rows(&mona.get(&format!("{REPORTS}?conversation={UNKNOWN}")).await.expect(200).body), [Value::Null; 0]);
}
