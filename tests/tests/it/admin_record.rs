//! What is on record: every call, before it is carried out, and what it has changed. Nothing takes an entry back.

use chat_e2e::{App, Rest};
use serde_json::{Value, json};

use crate::admin::{AUDIT, REPORTS, UNKNOWN, USERS, calls, rows, walk};

#[tokio::test]
async fn every_call_leaves_an_entry() {
    let app = App::shared().await;
    let mona = app.administrator("Mona").await;
    for (method, path) in calls(&app).await {
        // A call that comes to nothing is one, too.
        let request = mona.request(method.clone(), &path.replace("{id}", UNKNOWN)).json(&json!({}));
        let answer = Rest::send(request).await;
        let request_id = answer.headers["x-request-id"].to_str().unwrap();
        let record = mona.get(&format!("{AUDIT}?actor={}&page_size=5", mona.id)).await.expect(200).body;
        let entry = rows(&record).iter().find(|entry| entry["request_id"] == request_id);
        let entry = entry.unwrap_or_else(|| panic!("{method} {path} is not on record"));
        assert_eq!((&entry["actor_id"], &entry["action"]), (&json!(mona.id), &json!(format!("{method} {path}"))));
        let object = if path.contains("{id}") { json!(UNKNOWN) } else { Value::Null };
        assert_eq!((&entry["object"], entry["at"].is_string()), (&object, true), "{entry}");
    }
    let ada = app.user("Ada").await;
    ada.get(USERS).await.refused(403, "permission_denied");
    let record = mona.get(&format!("{AUDIT}?actor={}", ada.id)).await.expect(200).body;
    assert_eq!(*rows(&record), [Value::Null; 0], "who is not let in does nothing");
}

#[tokio::test]
async fn what_was_changed_is_on_record_by_whom_and_in_which_request() {
    let app = App::shared().await;
    let (mona, machine) = (app.administrator("Mona").await, app.machine("Marketplace").await);
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let said = ada.say(&ada.direct_with(&ben).await, "x").await["id"].as_str().unwrap().to_owned();
    let report =
        ben.post(&format!("/api/chat/messages/{said}/report/"), json!({"reason": "rude"})).await.expect(201).text("id");
    let put = |active: bool| json!({"name": "Ada", "role": "freelancer", "is_active": active});
    let path = format!("{USERS}{}/", ada.id);
    let by_machine = machine.put_json(&path, put(true)).await.expect(200);
    mona.put_json(&path, put(false)).await.expect(200);
    mona.patch(&format!("{REPORTS}{report}/"), json!({"status": "actioned"})).await.expect(200);
    let pages = walk(&mona, &format!("{AUDIT}?object={}&page_size=3", ada.id)).await;
    let entries: Vec<_> =
        pages.concat().iter().map(|entry| (entry["action"].clone(), entry["actor_id"].clone())).collect();
    let call = json!("PUT /api/admin/users/{id}/");
    let replaced = json!("user_replaced");
    let (of_mona, of_machine) = (json!(mona.id), json!(machine.id));
    let expected = [(&replaced, &of_mona), (&call, &of_mona), (&replaced, &of_machine), (&call, &of_machine)];
    assert_eq!(entries.iter().map(|(action, actor)| (action, actor)).collect::<Vec<_>>(), expected, "the newest first");
    let changes = pages.concat();
    assert_eq!(changes[0]["detail"], json!({"role": "freelancer", "is_active": false}));
    assert_eq!(changes[2]["request_id"], by_machine.headers["x-request-id"].to_str().unwrap());
    let of_report = mona.get(&format!("{AUDIT}?object={report}")).await.expect(200).body;
    assert_eq!(
        (&rows(&of_report)[0]["action"], &rows(&of_report)[0]["detail"]),
        (&json!("report_reviewed"), &json!({"status": "actioned"}))
    );
    let of_mona = mona.get(&format!("{AUDIT}?object={}", mona.id)).await.expect(200).body;
    let granted = rows(&of_mona).last().unwrap();
    assert_eq!(
        (&granted["action"], &granted["actor_id"]),
        (&json!("admin_granted"), &Value::Null),
        "an operator's doing"
    );
}

#[tokio::test]
async fn entries_stay_as_they_are() {
    let app = App::shared().await;
    let mona = app.administrator("Mona").await;
    let store = chat_store::Database::new(app.database_url(), 1).unwrap();
    for change in [
        "update audit set actor_id = 1",
        "update audit set at = now() where false",
        "delete from audit",
        "truncate audit",
    ] {
        let error = sqlx::query(change).execute(store.pool()).await.unwrap_err();
        assert!(error.to_string().contains("what is on record stays as it is"), "{change}: {error}");
    }
    let record = mona.get(&format!("{AUDIT}?object={}", mona.id)).await.expect(200).body;
    assert_eq!(rows(&record).len(), 1);
}
