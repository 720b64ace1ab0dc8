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
