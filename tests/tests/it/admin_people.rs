//! People as moderators find and machines keep them; and what becomes of somebody who is locked out.

use std::time::{Duration, Instant};

use chat_e2e::{App, Credentials, Socket, User};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::admin::{USERS, rows, walk};
use crate::tokens::{Member, log_out, refresh, revoked_within};

fn path(id: i64) -> String {
    format!("{USERS}{id}/")
}

async fn lock_out(by: &User, id: i64, is_active: bool) {
    let name = by.get(&path(id)).await.expect(200).text("name");
    let put = json!({"name": name, "role": "client", "is_active": is_active});
    assert_eq!(by.put_json(&path(id), put).await.expect(200).body["is_active"], is_active);
}

#[tokio::test]
async fn people_are_found_by_name_username_and_id() {
    let app = App::shared().await;
    let mona = app.administrator("Mona").await;
    let mark = app.fresh_id();
    let names =
        [format!("Zoe {mark} One"), format!("zoe {mark} two"), format!("Zoe {mark}_three"), format!("x Zoe {mark}")];
    let mut people = Vec::new();
    for name in &names {
        people.push(app.user(name).await.id);
    }
    let found = async |search: &str| {
        let query = format!("{USERS}?page_size=2&search={}", search.replace('%', "%25").replace(' ', "%20"));
        let ids = |page: Vec<Value>| page.iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>();
        walk(&mona, &query).await.into_iter().map(ids).collect::<Vec<_>>()
    };
    assert_eq!(found(&format!("ZOE {mark}")).await, [people[..2].to_vec(), vec![people[2]]]);
    assert_eq!(found(&format!("zoe {mark}_")).await, [vec![people[2]]], "a sign of patterns stands for itself");
    assert_eq!(found(&format!("zoe {mark}%")).await, [vec![0_i64; 0]]);
    assert_eq!(found(&people[3].to_string()).await, [vec![people[3]]]);
    let username = format!("finn-{mark}");
    let register = json!({"username": username, "password": "correct horse", "name": "Somebody"});
    let finn = app.anon().post("/api/auth/register/", register).await.expect(201).body;
    assert_eq!(found(&username.to_uppercase()).await, [vec![finn["id"].as_i64().unwrap()]]);
    let row = mona.get(&path(people[0])).await.expect(200).body;
    let fields: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["avatar_url", "created_at", "id", "is_active", "last_seen", "name", "role", "username"]);
    for nobody in [app.fresh_id().to_string(), "0".into(), "x".into()] {
        mona.get(&format!("{USERS}{nobody}/")).await.refused(404, "not_found");
    }
    let first = mona.get(&format!("{USERS}?page_size=1")).await.expect(200).body;
    assert_eq!((rows(&first).len(), first["next"].is_string()), (1, true));
    mona.get(&format!("{USERS}?search=%00")).await.refused(400, "invalid");
    mona.get(&format!("{USERS}?cursor=x")).await.refused(400, "invalid");
}

#[tokio::test]
async fn put_creates_and_replaces_and_no_older_token_takes_it_back() {
    let app = App::shared().await;
    let (mona, machine) = (app.administrator("Mona").await, app.machine("Marketplace").await);
    let id = app.fresh_id();
    let avatar = "https://example.com/felix.png";
    let created =
        mona.put_json(&path(id), json!({"name": " Felix ", "role": "freelancer", "avatar_url": avatar})).await;
    let created = created.expect(201).body;
    assert_eq!((&created["name"], &created["role"]), (&json!("Felix"), &json!("freelancer")));
    assert_eq!((&created["avatar_url"], &created["is_active"]), (&json!(avatar), &json!(true)));
    let older = app.user_with(id, "Old", &app.token_from(id, "Old", TimeDelta::minutes(-5), Duration::from_hours(1)));
    assert_eq!(older.get("/api/auth/me/").await.expect(200).body["name"], "Felix");
    let replaced = machine.put_json(&path(id), json!({"name": "Felix F.", "role": "client"})).await.expect(200).body;
    assert_eq!(
        (&replaced["name"], &replaced["role"], &replaced["avatar_url"]),
        (&json!("Felix F."), &json!("client"), &Value::Null)
    );
    assert_eq!(older.get("/api/auth/me/").await.expect(200).body["name"], "Felix F.");
    for (field, bad) in [
        ("name", json!({"name": " ", "role": "client"})),
        ("name", json!({"name": "a\u{0}", "role": "client"})),
        ("role", json!({"name": "A", "role": "admin"})),
        ("role", json!({"name": "A", "role": "service"})),
        ("role", json!({"name": "A"})),
        ("avatar_url", json!({"name": "A", "role": "client", "avatar_url": "javascript:alert(1)"})),
        ("is_active", json!({"name": "A", "role": "client", "is_active": "no"})),
    ] {
        let refused = mona.put_json(&path(id), bad.clone()).await.refused(400, "invalid");
        assert!(refused.body["errors"][field].is_array(), "{bad}: {}", refused.body);
    }
    for nobody in ["0", "x", "9007199254740992"] {
        mona.put_json(&format!("{USERS}{nobody}/"), json!({"name": "A", "role": "client"}))
            .await
            .refused(404, "not_found");
    }
    assert_eq!(mona.get(&path(id)).await.expect(200).body["name"], "Felix F.");
}

#[tokio::test]
async fn whoever_is_locked_out_is_refused_everywhere_within_two_seconds() {
    let app = App::shared().await;
    let (mona, ada) = (app.administrator("Mona").await, app.user("Ada").await);
    let member = Member::register(&app).await;
    let tokens = member.log_in(&app).await;
    let outside = app.token(member.id, "Member");
    let group = ada.begin(json!({"kind": "group", "participant_ids": [member.id]})).await;
    let bearers = [&tokens.access, &outside].map(|token| app.user_with(member.id, "Member", token));
    let mut sockets = Vec::new();
    for (gateway, bearer) in bearers.iter().enumerate() {
        sockets.push(bearer.open(gateway, &group).await);
        let mut all = bearer.knock_all(gateway, "").await;
        all.expect("ready").await;
        sockets.push(all);
    }
    let ticket = bearers[0].post("/api/auth/ticket/", json!({})).await.expect(201).text("ticket");

    lock_out(&mona, member.id, false).await;
    let begun = Instant::now();
    for socket in &mut sockets {
        assert_eq!(socket.close_code().await, 4003);
    }
    for api in [0, 1] {
        for token in [&tokens.access, &outside] {
            while app.with_token_at(api, token).get("/api/auth/me/").await.status != 401 {
                assert!(begun.elapsed() < revoked_within(), "api {api} still lets somebody in who is locked out");
            }
        }
    }
    assert!(begun.elapsed() < revoked_within(), "{:?}", begun.elapsed());
    for gateway in [0, 1] {
        assert_eq!(bearers[1].knock(gateway, &group).await.close_code().await, 4003);
        let url = format!("{}?ticket={ticket}", app.chat_url(gateway, &group));
        assert_eq!(Socket::connect(&url, Credentials::None).await.unwrap().close_code().await, 4003);
    }
    // A token that was made since is that of somebody who is locked out, too: nothing was revoked that it belongs to.
    let late = app.token_from(member.id, "Member", TimeDelta::seconds(2), Duration::from_hours(1));
    let late = app.user_with(member.id, "Member", &late);
    while late.get("/api/auth/me/").await.status != 401 {
        assert!(begun.elapsed() < revoked_within(), "somebody is let in who is locked out");
    }
    for gateway in [0, 1] {
        assert_eq!(late.knock(gateway, &group).await.close_code().await, 4003);
    }
    refresh(&app, 0, &tokens.refresh).await.refused(401, "not_authenticated");
    log_out(&app, &tokens.refresh).await.expect(204);
    member.try_log_in(&app).await.refused(401, "not_authenticated");
    let row = ada.get(&format!("/api/chat/conversations/{group}/participants/")).await.expect(200).body;
    assert_eq!(rows(&row).len(), 2, "what was said and who was there stays");
}

#[tokio::test]
async fn whoever_is_let_in_again_needs_a_fresh_token() {
    let app = App::shared().await;
    let (mona, ada, machine) =
        (app.administrator("Mona").await, app.user("Ada").await, app.machine("Marketplace").await);
    ada.get("/api/auth/me/").await.expect(200);
    lock_out(&mona, ada.id, false).await;
    let put = json!({"name": "Ada L.", "role": "client"});
    let kept = machine.put_json(&path(ada.id), put).await.expect(200).body;
    assert_eq!(kept["is_active"], false, "absent leaves it as it is");
    lock_out(&mona, ada.id, true).await;
    let begun = Instant::now();
    while app.with_token(&app.token(ada.id, "Ada")).get("/api/auth/me/").await.status != 200 {
        assert!(begun.elapsed() < chat_e2e::PATIENCE, "a fresh token does not count");
    }
    ada.get("/api/auth/me/").await.refused(401, "not_authenticated");
}

#[tokio::test]
async fn administrators_and_machines_are_not_locked_out() {
    let app = App::shared().await;
    let (mona, nora, machine) =
        (app.administrator("Mona").await, app.administrator("Nora").await, app.machine("M").await);
    let out = |name: &str| json!({"name": name, "role": "client", "is_active": false});
    for whom in [&nora, &mona, &machine] {
        for by in [&mona, &machine] {
            by.put_json(&path(whom.id), out(&whom.name)).await.refused(409, "conflict");
        }
    }
    let put = machine.put_json(&path(nora.id), json!({"name": "Nora N.", "role": "freelancer"})).await.expect(200).body;
    assert_eq!((&put["name"], &put["role"]), (&json!("Nora N."), &json!("admin")), "no machine takes that back");
    nora.get(USERS).await.expect(200);
    app.chatctl(&["user", "revoke-admin", &nora.id.to_string()]).await;
    assert_eq!(mona.get(&path(nora.id)).await.expect(200).body["role"], "freelancer");
}
