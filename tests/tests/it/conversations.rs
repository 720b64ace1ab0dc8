//! Conversations: begun once, listed newest activity first, shown as the contract has it.

use chat_e2e::{App, User};
use serde_json::{Value, json};

const CONVERSATIONS: &str = "/api/chat/conversations/";

async fn list(user: &User, query: &str) -> Vec<String> {
    ids(&user.get(&format!("{CONVERSATIONS}{query}")).await.expect(200).body)
}

fn ids(page: &Value) -> Vec<String> {
    let rows = page["results"].as_array().expect("a page has results");
    rows.iter().map(|row| row["id"].as_str().expect("rows have ids").to_owned()).collect()
}

#[tokio::test]
async fn direct_conversation_of_two_people_exists_once() {
    let [ada, ben, cleo] = App::shared().await.users(["Ada", "Ben", "Cleo"]).await;
    let first = ada.post(CONVERSATIONS, json!({"participant_ids": [ben.id]})).await.expect(201).body;
    assert_eq!(
        ada.post(CONVERSATIONS, json!({"participant_ids": [ben.id, ada.id]})).await.expect(200).body["id"],
        first["id"]
    );
    let other_way = json!({"participant_ids": [ada.id], "kind": "direct", "title": "changes nothing"});
    let again = ben.post(CONVERSATIONS, other_way).await.expect(200).body;
    assert_eq!((&again["id"], &again["title"]), (&first["id"], &Value::Null));
    assert_ne!(ada.direct_with(&cleo).await, first["id"].as_str().unwrap());
    assert_eq!(list(&ben, "").await.len(), 1);
}

#[tokio::test]
async fn direct_conversation_asked_for_from_both_sides_at_once_exists_once() {
    for _ in 0..5 {
        let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
        let ask =
            |one: User, other: i64| async move { one.post(CONVERSATIONS, json!({"participant_ids": [other]})).await };
        let answers = tokio::join!(ask(ada.clone(), ben.id), ask(ben.clone(), ada.id), ask(ada.clone(), ben.id));
        let answers = [answers.0, answers.1, answers.2];
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(answers.iter().all(|answer| answer.body["id"] == answers[0].body["id"]), "{answers:?}");
        assert_eq!((list(&ada, "").await.len(), list(&ben, "").await.len()), (1, 1));
    }
}

#[tokio::test]
async fn job_conversation_of_the_same_people_exists_once_a_job() {
    let [ada, ben, cleo] = App::shared().await.users(["Ada", "Ben", "Cleo"]).await;
    let about = |job: Value, people: Vec<i64>| json!({"participant_ids": people, "job": {"id": job}});
    let first = ada.begin(about(json!("j-7"), vec![ben.id])).await;
    let again = ben.post(CONVERSATIONS, about(json!("j-7"), vec![ada.id])).await.expect(200);
    assert_eq!(again.text("id"), first);
    let numbered = ada.begin(about(json!(8), vec![ben.id])).await;
    assert_eq!(ada.post(CONVERSATIONS, about(json!("8"), vec![ben.id])).await.expect(200).text("id"), numbered);
    let with_cleo = ada.begin(about(json!("j-7"), vec![ben.id, cleo.id])).await;
    let mut different = vec![first, numbered, with_cleo, ada.direct_with(&ben).await];
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 4);
}

#[tokio::test]
async fn group_is_always_new() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let groups = [ada.group_with(&[&ben]).await, ada.group_with(&[&ben]).await, ben.group_with(&[&ada]).await];
    assert!(groups[0] != groups[1] && groups[1] != groups[2] && groups[0] != groups[2]);
}

#[tokio::test]
async fn row_has_exactly_the_fields_of_the_contract() {
    let [ada, ben, cleo] = App::shared().await.users(["Ada", "Ben", "Cleo"]).await;
    let body = json!({
        "participant_ids": [cleo.id, ben.id], "title": "Roof", "metadata": {"bid": {"amount": 1.5}},
        "job": {"id": 77, "title": "New roof", "status": "open", "url": "https://example.com/jobs/77"},
    });
    let made = ada.post(CONVERSATIONS, body.clone()).await.expect(201).body;
    let participant = |user: &User, role: &str| {
        json!({"id": user.id, "name": user.name, "avatar_url": null, "role": role, "user_role": "freelancer",
               "is_online": made["participants"][0]["is_online"], "last_seen": null})
    };
    let expected = json!({
        "id": made["id"], "kind": "job", "title": "Roof", "job": body["job"], "metadata": body["metadata"],
        "participants": [participant(&ada, "owner"), participant(&ben, "member"), participant(&cleo, "member")],
        "participant_count": 3, "last_message": null, "unread_count": 0, "muted": false, "archived": false, "last_seq": 1,
        "created_at": made["created_at"], "updated_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let id = made["id"].as_str().unwrap();
    assert_eq!(id.as_bytes()[14], b'7', "a UUID of version 7");
    assert_eq!(ben.get(&format!("{CONVERSATIONS}{id}/")).await.expect(200).body, expected);

    let message = ada.say(id, "Hello").await;
    let row = cleo.get(CONVERSATIONS).await.expect(200).body["results"][0].clone();
    assert_eq!((&row["last_message"], &row["unread_count"], &row["last_seq"]), (&message, &json!(1), &json!(2)));
    assert_eq!(row["updated_at"], message["created_at"]);
    let own = ada.get(&format!("{CONVERSATIONS}{id}/")).await.expect(200).body;
    assert_eq!((&own["last_message"], &own["unread_count"]), (&message, &json!(0)));
}

#[tokio::test]
async fn new_conversation_is_the_first_event_of_its_log() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let writer = app.writer().await;
    let mut events = writer.hear("chat.conversation.*.*.log").await.unwrap();
    let group = ada.begin(json!({"kind": "group", "participant_ids": [ben.id], "title": "Team"})).await;
    let event = loop {
        use futures_util::StreamExt as _;
        let next = tokio::time::timeout(chat_e2e::PATIENCE, events.next()).await;
        let event: Value = serde_json::from_slice(&next.expect("the event is published").unwrap().payload).unwrap();
        if event["conversation_id"] == group {
            break event;
        }
    };
    assert_eq!(
        (&event["type"], &event["seq"], &event["actor_id"]),
        (&json!("conversation_created"), &json!(1), &json!(ada.id))
    );
    assert_eq!((&event["conversation"]["title"], &event["conversation"]["kind"]), (&json!("Team"), &json!("group")));
}

#[tokio::test]
async fn list_has_the_newest_activity_first() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(ada.group_with(&[&ben]).await);
    }
    assert_eq!(list(&ada, "").await, [&*made[2], &made[1], &made[0]]);
    ben.say(&made[0], "up").await;
    assert_eq!(list(&ada, "").await, [&*made[0], &made[2], &made[1]]);
}

#[tokio::test]
async fn pages_cover_everything_once_there_and_back() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(ada.group_with(&[&ben]).await);
    }
    made.reverse();
    let mut page = ada.get(&format!("{CONVERSATIONS}?page_size=3")).await.expect(200).body;
    assert!(page["previous"].is_null());
    let mut there = vec![ids(&page)];
    while let Some(url) = page["next"].as_str().map(str::to_owned) {
        page = ada.get(&url).await.expect(200).body;
        there.push(ids(&page));
    }
    assert_eq!(there.concat(), made);
    assert_eq!(there.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let mut back = vec![ids(&page)];
    while let Some(url) = page["previous"].as_str().map(str::to_owned) {
        page = ada.get(&url).await.expect(200).body;
        back.push(ids(&page));
    }
    back.reverse();
    assert_eq!(back, there);
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let app = App::shared().await;
    let [ada, ben, cleo] = app.users(["Ada", "Ben", "Cleopatra"]).await;
    let direct = ada.direct_with(&ben).await;
    let job = ada.begin(json!({"participant_ids": [cleo.id], "job": {"id": "roof-1"}})).await;
    let group = ada.begin(json!({"participant_ids": [ben.id, cleo.id], "title": "Roofing 100%"})).await;
    ben.say(&group, "unread").await;
    for (query, expected) in [
        ("?job_id=roof-1".to_owned(), vec![&job]),
        (format!("?participant={}", ben.id), vec![&group, &direct]),
        ("?search=roofing".into(), vec![&group]),
        ("?search=100%25".into(), vec![&group]),
        ("?search=%25".into(), vec![&group]),
        ("?search=cleop".into(), vec![&group, &job]),
        ("?unread=true".into(), vec![&group]),
        ("?unread=false".into(), vec![&job, &direct]),
        ("?archived=true".into(), vec![]),
        ("?archived=false&page_size=1&search=cleo".into(), vec![&group]),
        ("?job_id=none".into(), vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(String::as_str).collect();
        assert_eq!(list(&ada, &query).await, expected, "{query}");
    }
    let page = ada.get(&format!("{CONVERSATIONS}?page_size=1&search=cleo")).await.expect(200).body;
    let next = ada.get(page["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!(ids(&next), [job], "the filter goes on with the page");
}

fn path_of(conversation: &str) -> String {
    format!("{CONVERSATIONS}{conversation}/")
}

async fn row(user: &User, conversation: &str) -> Value {
    user.get(&path_of(conversation)).await.expect(200).body
}

async fn newest_event(user: &User, conversation: &str) -> Value {
    let page = user.get(&format!("{CONVERSATIONS}{conversation}/events/?order=desc&page_size=1")).await;
    page.expect(200).body["results"][0].clone()
}

#[tokio::test]
async fn owner_and_admins_change_what_all_see() {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let group = ada.begin(json!({"kind": "group", "participant_ids": [ben.id, cem.id], "title": "Old"})).await;
    let job = json!({"id": 7, "title": "Roof", "status": "open", "url": "https://example.com/7"});
    let changes = json!({"title": "New", "job": job, "metadata": {"a": [1]}});
    let now = ada.patch(&path_of(&group), changes.clone()).await.expect(200).body;
    for field in ["title", "job", "metadata"] {
        assert_eq!(now[field], changes[field], "{field}");
    }
    assert_eq!((&now["last_seq"], now["updated_at"] != now["created_at"]), (&json!(2), true));
    assert_eq!(row(&cem, &group).await["job"], job);
    let event = newest_event(&cem, &group).await;
    assert_eq!((&event["type"], &event["actor_id"]), (&json!("conversation_updated"), &json!(ada.id)));
    assert_eq!((&event["conversation"]["title"], &event["conversation"]["job"]), (&json!("New"), &job));
    assert_eq!(list(&ben, "?job_id=7").await, [&*group]);

    ben.patch(&path_of(&group), json!({"title": "Mine"})).await.refused(403, "permission_denied");
    ben.patch(&path_of(&group), json!({"title": "Mine", "muted": true})).await.refused(403, "permission_denied");
    assert_eq!(row(&ben, &group).await["muted"], false, "all of it or nothing");
    ada.patch(&format!("{}participants/{}/", path_of(&group), ben.id), json!({"role": "admin"})).await.expect(200);
    let cleared =
        ben.patch(&path_of(&group), json!({"title": null, "job": null, "metadata": {}})).await.expect(200).body;
    assert_eq!((&cleared["title"], &cleared["job"], &cleared["metadata"]), (&Value::Null, &Value::Null, &json!({})));
}

#[tokio::test]
async fn what_stays_as_it_was_is_no_event() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ada.begin(json!({"kind": "group", "participant_ids": [ben.id], "title": "Same"})).await;
    for body in [json!({}), json!({"title": "Same"}), json!({"metadata": {}, "job": null}), json!({"unknown": 1})] {
        let changed = ada.patch(&path_of(&group), body.clone()).await.expect(200).body;
        assert_eq!(changed["last_seq"], 1, "{body}");
    }
}

#[tokio::test]
async fn everybody_mutes_and_archives_for_oneself() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let changed = ben.patch(&path_of(&direct), json!({"muted": true, "archived": true})).await.expect(200).body;
    assert_eq!(
        (&changed["muted"], &changed["archived"], &changed["last_seq"]),
        (&json!(true), &json!(true), &json!(1))
    );
    let other = row(&ada, &direct).await;
    assert_eq!((&other["muted"], &other["archived"]), (&json!(false), &json!(false)));
    assert_eq!(list(&ben, "?archived=true").await, [&*direct]);
    assert_eq!(list(&ben, "?archived=false").await, [""; 0]);
    ada.say(&direct, "an archived one stays archived").await;
    assert_eq!(list(&ben, "?archived=true").await, [&*direct]);
    ben.patch(&path_of(&direct), json!({"archived": false})).await.expect(200);
    let back = row(&ben, &direct).await;
    assert_eq!((&back["muted"], &back["archived"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn bad_changes_get_their_code_and_change_nothing() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let job = ada.begin(json!({"participant_ids": [ben.id], "job": {"id": 1}, "title": "Kept"})).await;
    let direct = ada.direct_with(&ben).await;
    let before = row(&ada, &job).await;
    for (body, field) in [
        (json!({"title": "x".repeat(201)}), "title"),
        (json!({"title": "a\0b"}), "title"),
        (json!({"title": 5}), "title"),
        (json!({"job": {"id": ""}}), "job"),
        (json!({"job": {"id": 1, "url": "javascript:alert(1)"}}), "job"),
        (json!({"job": null}), "job"),
        (json!({"job": "1"}), "job"),
        (json!({"metadata": []}), "metadata"),
        (json!({"metadata": {"k": "v".repeat(4096)}}), "metadata"),
        (json!({"muted": "yes"}), "muted"),
        (json!({"archived": 1}), "archived"),
        (json!({"title": "ok", "archived": 1}), "archived"),
    ] {
        let answer = ada.patch(&path_of(&job), body.clone()).await.refused(400, "invalid");
        assert!(answer.body["errors"][field].is_array(), "{body}: {}", answer.body);
    }
    let answer = ada.patch(&path_of(&direct), json!({"job": {"id": 1}})).await.refused(400, "invalid");
    assert!(answer.body["errors"]["job"].is_array(), "{}", answer.body);
    assert_eq!(row(&ada, &job).await, before);
}

#[tokio::test]
async fn group_is_deleted_by_its_owner_for_all() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let group = ada.group_with(&[&ben]).await;
    let message = ben.say(&group, "gone soon").await;
    let mut socket = ben.open(1, &group).await;
    ben.delete(&path_of(&group)).await.refused(403, "permission_denied");
    let answer = ada.delete(&path_of(&group)).await.expect(204);
    assert_eq!(answer.body, Value::Null);
    let deleted = socket.expect("conversation_deleted").await;
    assert_eq!((&deleted["conversation_id"], &deleted["actor_id"]), (&json!(group), &json!(ada.id)));
    assert_eq!(socket.close_code().await, 4504);
    for user in [&ada, &ben] {
        for path in [
            path_of(&group),
            format!("{}messages/", path_of(&group)),
            format!("{}events/", path_of(&group)),
            format!("{}participants/", path_of(&group)),
            format!("/api/chat/messages/{}/", message["id"].as_str().unwrap()),
        ] {
            user.get(&path).await.refused(404, "not_found");
        }
        user.post(&chat_e2e::send_path(&group), json!({"content": "x"})).await.refused(404, "not_found");
        user.delete(&path_of(&group)).await.refused(404, "not_found");
        assert_eq!(list(user, "").await, [""; 0]);
        assert_eq!(user.get("/api/chat/messages/").await.expect(200).body["results"], json!([]));
    }
}

#[tokio::test]
async fn direct_conversation_is_only_hidden_until_something_new_is_said() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ben.say(&direct, "old").await;
    ben.delete(&path_of(&direct)).await.expect(204);
    assert_eq!(list(&ben, "").await, [""; 0]);
    assert_eq!(list(&ada, "").await, [&*direct], "the other's list is the other's");
    assert_eq!(row(&ben, &direct).await["id"], direct, "it still answers");
    ada.say(&direct, "new").await;
    assert_eq!(list(&ben, "").await, [&*direct]);

    ben.delete(&path_of(&direct)).await.expect(204);
    assert_eq!(list(&ben, "").await, [""; 0]);
    assert_eq!(ben.post(CONVERSATIONS, json!({"participant_ids": [ada.id]})).await.expect(200).text("id"), direct);
    assert_eq!(list(&ben, "").await, [&*direct], "asked for again");
}

#[tokio::test]
async fn job_conversation_is_hidden_and_stays_archived() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let body = json!({"participant_ids": [ben.id], "job": {"id": "roof"}});
    let job = ada.begin(body.clone()).await;
    ada.patch(&path_of(&job), json!({"archived": true})).await.expect(200);
    ada.delete(&path_of(&job)).await.expect(204);
    assert_eq!(list(&ada, "").await, [""; 0]);
    ada.patch(&path_of(&job), json!({"title": "A change is nothing said"})).await.expect(200);
    assert_eq!(list(&ada, "").await, [""; 0]);
    assert_eq!(ada.post(CONVERSATIONS, body).await.expect(200).text("id"), job);
    assert_eq!(list(&ada, "?archived=true").await, [&*job]);
    assert_eq!(list(&ben, "").await, [&*job]);
}

#[tokio::test]
async fn conversations_of_others_are_neither_changed_nor_deleted() {
    let [ada, ben, eve] = App::shared().await.users(["Ada", "Ben", "Eve"]).await;
    let group = ada.group_with(&[&ben]).await;
    let mut bodies = Vec::new();
    for conversation in [&*group, "01a207ab-8f4e-7128-a65e-ab007adeb3cd", "x"] {
        for body in [json!({"title": "x"}), json!({"muted": true}), json!({})] {
            bodies.push(eve.patch(&path_of(conversation), body).await.refused(404, "not_found").body);
        }
        bodies.push(eve.delete(&path_of(conversation)).await.refused(404, "not_found").body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    let path = path_of(&group);
    ben.patch(path.trim_end_matches('/'), json!({"muted": true})).await.expect(200);
    ada.delete(path.trim_end_matches('/')).await.expect(204);
}
