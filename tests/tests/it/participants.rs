//! Participants over REST: who may let in, give roles and remove, and what everybody sees of it.

use chat_e2e::{App, Rest, User};
use reqwest::Method;
use serde_json::{Value, json};

const CONVERSATIONS: &str = "/api/chat/conversations/";
const UNKNOWN: &str = "01a207ab-8f4e-7128-a65e-ab007adeb3cd";

fn people_of(conversation: &str) -> String {
    format!("{CONVERSATIONS}{conversation}/participants/")
}

fn person_in(conversation: &str, user: i64) -> String {
    format!("{CONVERSATIONS}{conversation}/participants/{user}/")
}

/// Ids and roles, in the order of the list.
fn roles(rows: &Value) -> Vec<(i64, String)> {
    let row = |row: &Value| (row["id"].as_i64().unwrap(), row["role"].as_str().unwrap().to_owned());
    rows.as_array().expect("rows").iter().map(row).collect()
}

async fn listed(user: &User, conversation: &str) -> Vec<(i64, String)> {
    roles(&user.get(&people_of(conversation)).await.expect(200).body["results"])
}

fn role(user: &User, role: &str) -> (i64, String) {
    (user.id, role.to_owned())
}

/// The newest events of a log, the newest first, without what is the same in all.
async fn newest_events(user: &User, conversation: &str, count: usize) -> Vec<Value> {
    let path = format!("{CONVERSATIONS}{conversation}/events/?order=desc&page_size={count}");
    let page = user.get(&path).await.expect(200).body;
    let fields = ["type", "actor_id", "user_id", "role"];
    let short = |event: &Value| fields.map(|field| event[field].clone()).into_iter().collect();
    page["results"].as_array().unwrap().iter().map(short).collect()
}

#[tokio::test]
async fn owner_adds_people_who_see_the_history() {
    let [ada, ben, cem, dan] = App::shared().await.users(["Ada", "Ben", "Cem", "Dan"]).await;
    let group = ada.group_with(&[&ben]).await;
    let before = ada.say(&group, "before you came").await;
    let body = json!({"user_ids": [dan.id, cem.id, cem.id]});
    let answer = ada.post(&people_of(&group), body.clone()).await.expect(201).body;
    let expected = [role(&ada, "owner"), role(&ben, "member"), role(&cem, "member"), role(&dan, "member")];
    assert_eq!(roles(&answer["participants"]), expected);
    assert_eq!(answer.as_object().unwrap().len(), 1);
    assert_eq!(listed(&cem, &group).await, expected);
    let row = cem.get(&format!("{CONVERSATIONS}{group}/")).await.expect(200).body;
    assert_eq!((&row["participant_count"], &row["unread_count"], &row["last_seq"]), (&json!(4), &json!(0), &json!(4)));
    assert_eq!(cem.history(&group, "").await["results"], json!([before]));
    let added = |one: &User| json!(["participant_added", ada.id, one.id, "member"]);
    assert_eq!(newest_events(&dan, &group, 2).await, [added(&dan), added(&cem)]);

    ada.post(&people_of(&group), body).await.expect(201);
    let row = ada.get(&format!("{CONVERSATIONS}{group}/")).await.expect(200).body;
    assert_eq!(row["last_seq"], 4, "those who take part already stay as they are");
}

#[tokio::test]
async fn people_have_exactly_the_fields_of_the_contract() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let page = ben.get(&people_of(&group)).await.expect(200).body;
    let rows = page["results"].as_array().unwrap();
    let expected = json!({"id": ada.id, "name": "Ada", "avatar_url": null, "role": "owner", "user_role": "freelancer",
                          "is_online": rows[0]["is_online"], "last_seen": rows[0]["last_seen"]});
    assert_eq!(rows[0], expected);
    assert_eq!((&page["next"], &page["previous"], rows.len()), (&Value::Null, &Value::Null, 2));
    let shown = ben.get(&format!("{CONVERSATIONS}{group}/")).await.expect(200).body;
    assert_eq!(shown["participants"][0]["id"], json!(ada.id));
}

#[tokio::test]
async fn pages_of_people_lead_there_and_back() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let others = app.users(["B", "C", "D", "E", "F", "G"]).await;
    let group = ada.group_with(&others.iter().collect::<Vec<_>>()).await;
    let late = app.users(["Late", "Later", "Latest"]).await;
    for one in &late {
        ada.add(&group, &[one]).await;
    }
    let expected: Vec<_> = [&ada].into_iter().chain(&others).chain(&late).map(|one| one.id).collect();
    let ids = |page: &Value| roles(&page["results"]).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let mut page = ada.get(&format!("{}?page_size=3", people_of(&group))).await.expect(200).body;
    let mut there = vec![ids(&page)];
    while let Some(next) = page["next"].as_str().map(str::to_owned) {
        page = ada.get(&next).await.expect(200).body;
        there.push(ids(&page));
    }
    assert_eq!(there.concat(), expected);
    let mut back = vec![ids(&page)];
    while let Some(previous) = page["previous"].as_str().map(str::to_owned) {
        page = ada.get(&previous).await.expect(200).body;
        back.push(ids(&page));
    }
    back.reverse();
    assert_eq!(back, there);
}

#[tokio::test]
async fn admins_add_members_only_and_members_nobody() {
    let [ada, ben, cem, dan] = App::shared().await.users(["Ada", "Ben", "Cem", "Dan"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    ada.patch(&person_in(&group, ben.id), json!({"role": "admin"})).await.expect(200);
    let add = json!({"user_ids": [dan.id]});
    cem.post(&people_of(&group), add.clone()).await.refused(403, "permission_denied");
    let as_admin = json!({"user_ids": [dan.id], "role": "admin"});
    ben.post(&people_of(&group), as_admin.clone()).await.refused(403, "permission_denied");
    dan.get(&people_of(&group)).await.refused(404, "not_found");
    ben.post(&people_of(&group), add).await.expect(201);
    ada.remove(&group, &dan).await;
    let answer = ada.post(&people_of(&group), as_admin).await.expect(201).body;
    assert_eq!(roles(&answer["participants"]).last(), Some(&role(&dan, "admin")));
}

#[tokio::test]
async fn owner_gives_roles_and_hands_over() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    let changed = ada.patch(&person_in(&group, ben.id), json!({"role": "admin"})).await.expect(200).body;
    assert_eq!((&changed["id"], &changed["role"], &changed["name"]), (&json!(ben.id), &json!("admin"), &json!("Ben")));
    assert_eq!(newest_events(&cem, &group, 1).await, [json!(["participant_changed", ada.id, ben.id, "admin"])]);
    ben.patch(&person_in(&group, cem.id), json!({"role": "admin"})).await.refused(403, "permission_denied");
    ada.patch(&person_in(&group, ada.id), json!({"role": "member"})).await.refused(409, "conflict");

    ada.patch(&person_in(&group, cem.id), json!({"role": "owner"})).await.expect(200);
    assert_eq!(listed(&ada, &group).await, [role(&cem, "owner"), role(&ada, "admin"), role(&ben, "admin")]);
    let handed_over = [
        json!(["participant_changed", ada.id, ada.id, "admin"]),
        json!(["participant_changed", ada.id, cem.id, "owner"]),
    ];
    assert_eq!(newest_events(&ben, &group, 2).await, handed_over);
    ada.patch(&person_in(&group, ben.id), json!({"role": "member"})).await.refused(403, "permission_denied");
}

#[tokio::test]
async fn members_are_removed_by_owner_and_admins_and_admins_by_the_owner() {
    let [ada, ben, cem, dan] = App::shared().await.users(["Ada", "Ben", "Cem", "Dan"]).await;
    let group = ada.group_with(&[&ben, &cem, &dan]).await;
    ada.patch(&person_in(&group, ben.id), json!({"role": "admin"})).await.expect(200);
    cem.delete(&person_in(&group, dan.id)).await.refused(403, "permission_denied");
    cem.delete(&person_in(&group, ben.id)).await.refused(403, "permission_denied");
    ben.delete(&person_in(&group, ada.id)).await.refused(403, "permission_denied");
    let answer = ben.delete(&person_in(&group, dan.id)).await.expect(204);
    assert_eq!(answer.body, Value::Null);
    ben.delete(&person_in(&group, dan.id)).await.refused(404, "not_found");
    ada.delete(&person_in(&group, ben.id)).await.expect(204);
    assert_eq!(listed(&cem, &group).await, [role(&ada, "owner"), role(&cem, "member")]);
    assert_eq!(newest_events(&cem, &group, 1).await, [json!(["participant_removed", ada.id, ben.id, "admin"])]);
}

#[tokio::test]
async fn removed_one_has_no_access_of_any_kind() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let message = ben.say(&group, "I was here").await;
    ada.remove(&group, &ben).await;
    let path = format!("{CONVERSATIONS}{group}/");
    for path in [
        path.clone(),
        format!("{path}messages/"),
        format!("{path}events/"),
        format!("{path}participants/"),
        format!("/api/chat/messages/{}/", message["id"].as_str().unwrap()),
        format!("/api/chat/messages/?conversation={group}"),
    ] {
        ben.get(&path).await.refused(404, "not_found");
    }
    ben.patch(&path, json!({"muted": true})).await.refused(404, "not_found");
    ben.patch(&format!("{path}mark_as_read/"), json!({})).await.refused(404, "not_found");
    ben.post(&people_of(&group), json!({"user_ids": [ben.id]})).await.refused(404, "not_found");
    ben.delete(&path).await.refused(404, "not_found");
    for list in [CONVERSATIONS, "/api/chat/messages/"] {
        assert_eq!(ben.get(list).await.expect(200).body["results"], json!([]), "{list}");
    }
    assert_eq!(ben.get("/api/chat/unread/").await.expect(200).body, json!({"total": 0, "conversations": []}));
}

#[tokio::test]
async fn owner_who_leaves_hands_over_to_the_longest_serving_admin_else_member() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben, &cem]).await;
    ada.patch(&person_in(&group, cem.id), json!({"role": "admin"})).await.expect(200);
    ada.delete(&person_in(&group, ada.id)).await.expect(204);
    assert_eq!(listed(&ben, &group).await, [role(&cem, "owner"), role(&ben, "member")]);
    cem.delete(&person_in(&group, cem.id)).await.expect(204);
    assert_eq!(listed(&ben, &group).await, [role(&ben, "owner")]);
    ada.get(&people_of(&group)).await.refused(404, "not_found");
}

#[tokio::test]
async fn pair_of_a_direct_conversation_is_fixed() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.post(&people_of(&direct), json!({"user_ids": [cem.id]})).await.refused(409, "conflict");
    ada.delete(&person_in(&direct, ben.id)).await.refused(409, "conflict");
    ben.delete(&person_in(&direct, ben.id)).await.refused(409, "conflict");
    ada.patch(&person_in(&direct, ben.id), json!({"role": "admin"})).await.refused(409, "conflict");
    assert_eq!(listed(&ben, &direct).await, [role(&ada, "owner"), role(&ben, "member")]);
}

#[tokio::test]
async fn job_conversation_with_other_people_is_another_one() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let about = |others: &[i64]| json!({"participant_ids": others, "job": {"id": "roof"}});
    let first = ada.begin(about(&[ben.id])).await;
    ada.add(&first, &[&cem]).await;
    let second = ada.begin(about(&[ben.id])).await;
    assert_ne!(first, second, "the present people of the first are others now");
}

#[tokio::test]
async fn bad_people_get_their_code_and_nothing_happens() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let unknown = app.fresh_id();
    for (body, field) in [
        (json!({}), "user_ids"),
        (json!({"user_ids": []}), "user_ids"),
        (json!({"user_ids": "2"}), "user_ids"),
        (json!({"user_ids": ["2"]}), "user_ids"),
        (json!({"user_ids": [0]}), "user_ids"),
        (json!({"user_ids": [1_i64 << 53]}), "user_ids"),
        (json!({"user_ids": [ben.id, unknown]}), "user_ids"),
        (json!({"user_ids": (1..=201).collect::<Vec<_>>()}), "user_ids"),
        (json!({"user_ids": [ben.id], "role": "owner"}), "role"),
        (json!({"user_ids": [ben.id], "role": "king"}), "role"),
    ] {
        let answer = ada.post(&people_of(&group), body.clone()).await.refused(400, "invalid");
        assert!(answer.body["errors"][field].is_array(), "{body}: {}", answer.body);
    }
    let named = ada.post(&people_of(&group), json!({"user_ids": [unknown]})).await.refused(400, "invalid").body;
    assert!(named["errors"]["user_ids"][0].as_str().unwrap().contains(&unknown.to_string()), "{named}");
    for body in [json!({}), json!({"role": "king"}), json!({"role": 1}), json!({"role": null})] {
        let answer = ada.patch(&person_in(&group, ben.id), body).await.refused(400, "invalid");
        assert!(answer.body["errors"]["role"].is_array(), "{}", answer.body);
    }
    for query in ["page_size=0", "cursor=x"] {
        ada.get(&format!("{}?{query}", people_of(&group))).await.refused(400, "invalid");
    }
    assert_eq!(listed(&ada, &group).await.len(), 2);
}

#[tokio::test]
async fn unknown_foreign_and_malformed_ids_are_the_same_404() {
    let app = App::shared().await;
    let [ada, ben, eve] = app.users(["Ada", "Ben", "Eve"]).await;
    let group = ada.group_with(&[&ben]).await;
    let stranger = app.fresh_id();
    let mut answers = Vec::new();
    for conversation in [group.as_str(), UNKNOWN, "x"] {
        let (people, person) = (people_of(conversation), person_in(conversation, ben.id));
        answers.push(eve.get(&people).await);
        answers.push(eve.post(&people, json!({"user_ids": [eve.id]})).await);
        answers.push(eve.patch(&person, json!({"role": "admin"})).await);
        answers.push(eve.delete(&person).await);
    }
    for user in [stranger.to_string(), eve.id.to_string(), "x".into(), "0".into(), "-1".into()] {
        let person = format!("{}{user}/", people_of(&group));
        answers.push(ada.patch(&person, json!({"role": "admin"})).await);
        answers.push(ada.delete(&person).await);
    }
    let first = answers[0].clone().refused(404, "not_found").body;
    for answer in answers {
        assert_eq!(answer.refused(404, "not_found").body, first);
    }
}

#[tokio::test]
async fn paths_have_a_closing_slash_or_not_and_their_methods() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.group_with(&[&ben]).await;
    let people = people_of(&group);
    ada.get(people.trim_end_matches('/')).await.expect(200);
    ada.post(people.trim_end_matches('/'), json!({"user_ids": [cem.id]})).await.expect(201);
    let person = person_in(&group, cem.id);
    ada.patch(person.trim_end_matches('/'), json!({"role": "admin"})).await.expect(200);
    ada.delete(person.trim_end_matches('/')).await.expect(204);
    for (method, path, allowed) in [(Method::PUT, &people, "GET,HEAD,POST"), (Method::GET, &person, "PATCH,DELETE")] {
        let answer = Rest::send(ada.request(method, path)).await.refused(405, "method_not_allowed");
        assert_eq!(answer.headers["allow"], allowed, "{path}");
    }
}
