//! Who moderates, and what that is not: no claim makes it, and conversations stay closed under `/api/chat/`.

use chat_e2e::{App, Rest, User};
use reqwest::Method;
use serde_json::{Value, json};

pub const USERS: &str = "/api/admin/users/";
pub const REPORTS: &str = "/api/admin/reports/";
pub const CONVERSATIONS: &str = "/api/admin/conversations/";
pub const AUDIT: &str = "/api/admin/audit/";
pub const UNKNOWN: &str = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";

/// Every call under `/api/admin/` in the document: method and path.
pub async fn calls(app: &App) -> Vec<(Method, String)> {
    let document = app.anon().get("/api/schema/").await.expect(200).body;
    let mut calls = Vec::new();
    for (path, item) in
        document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/api/admin/"))
    {
        let methods = item.as_object().unwrap().keys();
        calls.extend(methods.map(|method| (method.to_uppercase().parse().unwrap(), path.clone())));
    }
    assert!(calls.len() >= 11, "{calls:?}");
    calls
}

/// The rows of a list.
pub fn rows(page: &Value) -> &Vec<Value> {
    page["results"].as_array().unwrap()
}

/// All pages of a list from the first on, each as its rows; and back to the first.
pub async fn walk(reader: &User, path: &str) -> Vec<Vec<Value>> {
    let mut page = reader.get(path).await.expect(200).body;
    let mut pages = vec![rows(&page).clone()];
    while let Some(next) = page["next"].as_str() {
        page = reader.get(next).await.expect(200).body;
        pages.push(rows(&page).clone());
    }
    for expected in pages.iter().rev().skip(1) {
        page = reader.get(page["previous"].as_str().unwrap()).await.expect(200).body;
        assert_eq!(rows(&page), expected, "back");
    }
    assert_eq!(page["previous"], Value::Null);
    pages
}

/// Machines keep people, look at webhooks and begin their deliveries anew.
fn is_for_machines(method: &Method, path: &str) -> bool {
    let is_looked_at = *method == Method::GET || path.ends_with("/test/") || path.ends_with("/redeliver/");
    *method == Method::PUT || path.starts_with("/api/admin/webhooks/") && is_looked_at
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let app = App::shared().await;
    let (ada, machine) = (app.user("Ada").await, app.machine("Marketplace").await);
    for (method, path) in calls(&app).await {
        let path = path.replace("{id}", UNKNOWN);
        let ask = async |who: &Rest| Rest::send(who.request(method.clone(), &path).json(&json!({}))).await;
        ask(&app.anon()).await.refused(401, "not_authenticated");
        ask(&ada).await.refused(403, "permission_denied");
        if !is_for_machines(&method, &path) {
            ask(&machine).await.refused(403, "permission_denied");
        }
    }
}

#[tokio::test]
async fn claim_makes_nobody_an_administrator() {
    let app = App::shared().await;
    for role in ["admin", "service", "ADMIN", "owner"] {
        let id = app.fresh_id();
        let claimant =
            app.user_with(id, "Eve", &app.token_of(&json!({"sub": id.to_string(), "name": "Eve", "role": role})));
        assert_eq!(claimant.get("/api/auth/me/").await.expect(200).body["role"], "client", "{role}");
        claimant.get(USERS).await.refused(403, "permission_denied");
        let put = json!({"name": "Eve", "role": "client"});
        claimant.put_json(&format!("{USERS}{id}/"), put).await.refused(403, "permission_denied");
        let brought = json!({"participant_ids": [1], "users": [{"id": app.fresh_id(), "name": "Made up"}]});
        claimant.post("/api/chat/conversations/", brought).await.refused(403, "permission_denied");
    }
}

#[tokio::test]
async fn operator_makes_administrators_and_takes_that_back_at_once() {
    let app = App::shared().await;
    let freelancer = app.fresh_id();
    let claims = json!({"sub": freelancer.to_string(), "name": "Mona", "role": "freelancer"});
    let mona = app.user_with(freelancer, "Mona", &app.token_of(&claims));
    mona.get(USERS).await.refused(403, "permission_denied");
    let id = mona.id.to_string();
    let shown = async || serde_json::from_str::<Value>(&app.chatctl(&["user", "show", &id]).await).unwrap();
    assert_eq!((&shown().await["role"], &shown().await["name"]), (&json!("freelancer"), &json!("Mona")));
    for _ in 0..2 {
        app.chatctl(&["user", "grant-admin", &id]).await;
        mona.get(USERS).await.expect(200);
    }
    assert_eq!(shown().await["role"], "admin");
    assert_eq!(mona.get("/api/auth/me/").await.expect(200).body["role"], "admin");
    for _ in 0..2 {
        app.chatctl(&["user", "revoke-admin", &id]).await;
        mona.get(USERS).await.refused(403, "permission_denied");
    }
    assert_eq!(shown().await["role"], "freelancer", "what she was before");
    let machine = app.machine("Marketplace").await;
    for nobody in [app.fresh_id(), machine.id] {
        assert!(!app.run_chatctl(&["user", "grant-admin", &nobody.to_string()]).await.status.success());
    }
    assert!(!app.run_chatctl(&["user", "show", &app.fresh_id().to_string()]).await.status.success());
}

#[tokio::test]
async fn administrator_who_takes_no_part_sees_nothing_under_api_chat() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mona = app.administrator("Mona").await;
    let direct = ada.direct_with(&ben).await;
    let said = ada.say(&direct, "between the two of us").await["id"].as_str().unwrap().to_owned();
    for path in ["", "messages/", "events/", "participants/"] {
        mona.get(&format!("/api/chat/conversations/{direct}/{path}")).await.refused(404, "not_found");
    }
    mona.get(&format!("/api/chat/messages/{said}/")).await.refused(404, "not_found");
    mona.delete(&format!("/api/chat/messages/{said}/")).await.refused(404, "not_found");
    mona.post(&chat_e2e::send_path(&direct), json!({"content": "x"})).await.refused(404, "not_found");
    mona.post(&format!("/api/chat/messages/{said}/report/"), json!({"reason": "x"})).await.refused(404, "not_found");
    for list in ["conversations/", "messages/", "messages/?search=between", "presence/"] {
        assert_eq!(*rows(&mona.get(&format!("/api/chat/{list}")).await.expect(200).body), [Value::Null; 0], "{list}");
    }
    for gateway in [0, 1] {
        assert_eq!(mona.knock(gateway, &direct).await.close_code().await, 4504);
    }
    assert_eq!(mona.get(&format!("{CONVERSATIONS}{direct}/")).await.expect(200).body["id"], json!(direct));
}

#[tokio::test]
async fn moderators_look_into_any_conversation() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mona = app.administrator("Mona").await;
    let job = format!("job-{}", app.fresh_id());
    let about = |n: usize| json!({"participant_ids": [ben.id], "kind": "group", "title": format!("Roof {n}"), "job": {"id": job}});
    let mut begun = Vec::new();
    for number in 0..3 {
        begun.push(ada.begin(about(number)).await);
    }
    begun.reverse();
    for filter in
        [format!("job_id={job}"), format!("participant={}", ben.id), format!("job_id={job}&participant={}", ada.id)]
    {
        let pages = walk(&mona, &format!("{CONVERSATIONS}?page_size=2&{filter}")).await;
        let ids: Vec<_> = pages.concat().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!((ids, pages.len()), (begun.clone(), 2), "{filter}: the newest first");
    }
    let [said, gone] = [ada.say(&begun[0], "keep this").await, ada.say(&begun[0], "not this").await];
    ada.delete(&format!("/api/chat/messages/{}/", gone["id"].as_str().unwrap())).await.expect(204);
    let row = mona.get(&format!("{CONVERSATIONS}{}/", begun[0])).await.expect(200).body;
    assert_eq!((&row["title"], &row["participant_count"], &row["last_seq"]), (&json!("Roof 2"), &json!(2), &json!(4)));
    assert!(row.get("last_message").is_none() && row["participants"][0]["is_online"].is_null(), "{row}");
    let of_ben = ben.history(&begun[0], "").await;
    let pages = walk(&mona, &format!("{CONVERSATIONS}{}/messages/?page_size=1", begun[0])).await;
    assert_eq!(json!(pages.concat()), of_ben["results"]);
    assert_eq!((&pages[0][0]["content"], &pages[1][0]), (&json!(""), &said));
    let events = async |who: &User, path: &str| who.get(&format!("{path}{}/events/", begun[0])).await.expect(200).body;
    assert_eq!(events(&mona, CONVERSATIONS).await, events(&ben, "/api/chat/conversations/").await);
    for path in ["", "messages/", "events/"] {
        for id in [UNKNOWN, "x"] {
            mona.get(&format!("{CONVERSATIONS}{id}/{path}")).await.refused(404, "not_found");
        }
    }
    ada.delete(&format!("/api/chat/conversations/{}/", begun[0])).await.expect(204);
    mona.get(&format!("{CONVERSATIONS}{}/", begun[0])).await.refused(404, "not_found");
    mona.get(&format!("{CONVERSATIONS}{}/messages/?around=1", begun[1])).await.refused(400, "invalid");
}

#[tokio::test]
async fn moderator_deletes_a_message_for_all() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mona = app.administrator("Mona").await;
    let direct = ada.direct_with(&ben).await;
    let said = ada.say(&direct, "an insult").await;
    let path = format!("/api/admin/messages/{}/", said["id"].as_str().unwrap());
    let mut sockets = [ada.open(0, &direct).await, ben.open(1, &direct).await];
    mona.delete(&path).await.expect(204);
    for socket in &mut sockets {
        let told = socket.expect("message_deleted").await;
        assert_eq!((&told["message_id"], &told["actor_id"], &told["seq"]), (&said["id"], &json!(mona.id), &json!(3)));
    }
    let tombstone = ben.history(&direct, "").await["results"][0].clone();
    assert_eq!((&tombstone["content"], tombstone["deleted_at"].is_string()), (&json!(""), true));
    mona.delete(&path).await.expect(204);
    for id in [UNKNOWN, "x"] {
        mona.delete(&format!("/api/admin/messages/{id}/")).await.refused(404, "not_found");
    }
    let row = ben.get(&format!("/api/chat/conversations/{direct}/")).await.expect(200).body;
    assert_eq!(row["last_seq"], 3, "once");
}
