//! The messages of all conversations as one list: newest first, in each conversation's own order, for its people alone.

use chat_e2e::{App, User};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const MESSAGES: &str = "/api/chat/messages/";

async fn page(user: &User, query: &str) -> Value {
    user.get(&format!("{MESSAGES}{query}")).await.expect(200).body
}

fn contents(page: &Value) -> Vec<String> {
    let rows = page["results"].as_array().expect("a page has results");
    rows.iter().map(|row| row["content"].as_str().expect("messages have content").to_owned()).collect()
}

async fn list(user: &User, query: &str) -> Vec<String> {
    contents(&page(user, query).await)
}

/// Two conversations of Ada's with ten messages, said in turns: `0` to `9`.
async fn ten_in_turns() -> (User, User, User, [String; 2], Vec<Value>) {
    let [ada, ben, cem] = App::shared().await.users(["Ada", "Ben", "Cem"]).await;
    let both = [ada.direct_with(&ben).await, ada.direct_with(&cem).await];
    let mut said = Vec::new();
    for number in 0..10 {
        let speaker = [&ada, &ben, &ada, &cem][number % 4];
        let conversation = &both[usize::from(number % 4 >= 2)];
        said.push(speaker.say(conversation, &number.to_string()).await);
    }
    (ada, ben, cem, both, said)
}

#[tokio::test]
async fn newest_come_first_over_all_conversations() {
    let (ada, ben, _, _, said) = ten_in_turns().await;
    assert_eq!(list(&ada, "").await, ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    assert_eq!(list(&ben, "").await, ["9", "8", "5", "4", "1", "0"], "only what one takes part in");
    let newest = page(&ada, "?page_size=1").await["results"][0].clone();
    assert_eq!(newest, said[9]);
    assert_eq!(ada.get(MESSAGES.trim_end_matches('/')).await.expect(200).body["results"][0], said[9]);
}

#[tokio::test]
async fn pages_cover_everything_once_there_and_back() {
    let (ada, ben, _, both, _) = ten_in_turns().await;
    let mut page = page(&ada, "?page_size=3").await;
    assert!(page["previous"].is_null());
    let mut there = vec![contents(&page)];
    // What is said meanwhile is newer than every page to come.
    ben.say(&both[0], "meanwhile").await;
    while let Some(next) = page["next"].as_str().map(str::to_owned) {
        page = ada.get(&next).await.expect(200).body;
        there.push(contents(&page));
    }
    assert_eq!(there, [vec!["9", "8", "7"], vec!["6", "5", "4"], vec!["3", "2", "1"], vec!["0"]]);
    let mut back = Vec::new();
    while let Some(previous) = page["previous"].as_str().map(str::to_owned) {
        page = ada.get(&previous).await.expect(200).body;
        back.push(contents(&page));
    }
    assert_eq!(back, [vec!["3", "2", "1"], vec!["6", "5", "4"], vec!["9", "8", "7"], vec!["meanwhile"]]);
}

#[tokio::test]
async fn pages_part_messages_of_the_same_moment_by_conversation_and_position() {
    let (ada, _, _, both, said) = ten_in_turns().await;
    let moment = said[4]["created_at"].as_str().unwrap();
    App::shared().await.database().await.date_messages(&both, moment).await;
    for size in [1, 2, 3, 7] {
        let mut page = page(&ada, &format!("?page_size={size}")).await;
        let mut seen = page["results"].as_array().unwrap().clone();
        while let Some(next) = page["next"].as_str().map(str::to_owned) {
            page = ada.get(&next).await.expect(200).body;
            seen.extend(page["results"].as_array().unwrap().clone());
        }
        let key = |row: &Value| (row["conversation_id"].as_str().unwrap().to_owned(), row["seq"].as_i64().unwrap());
        let keys: Vec<_> = seen.iter().map(key).collect();
        assert_eq!(keys.len(), 10, "{size}");
        assert!(keys.is_sorted_by(|a, b| a > b), "{size}: {keys:?}");
        let mut back = Vec::new();
        while let Some(previous) = page["previous"].as_str().map(str::to_owned) {
            page = ada.get(&previous).await.expect(200).body;
            back.splice(0..0, page["results"].as_array().unwrap().iter().map(key).collect::<Vec<_>>());
        }
        assert_eq!(back, keys[..back.len()], "{size}");
    }
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let (ada, ben, cem, [with_ben, with_cem], _) = ten_in_turns().await;
    let picture = json!({"content": "a picture", "message_type": "image"});
    ben.post(&chat_e2e::send_path(&with_ben), picture).await.expect(201);
    let of = |id: i64| format!("?sender={id}");
    assert_eq!(list(&ada, &format!("?conversation={with_cem}")).await, ["7", "6", "3", "2"]);
    assert_eq!(list(&ada, &of(ben.id)).await, ["a picture", "9", "5", "1"]);
    assert_eq!(list(&ada, &of(ada.id)).await, ["8", "6", "4", "2", "0"]);
    assert_eq!(list(&ben, &of(cem.id)).await, [""; 0], "not what others said elsewhere");
    assert_eq!(list(&ada, "?message_type=image").await, ["a picture"]);
    assert_eq!(list(&ada, "?message_type=text&page_size=2").await, ["9", "8"]);
    assert_eq!(list(&ada, "?message_type=system").await, [""; 0]);
    let both = format!("{}&conversation={with_ben}&message_type=text&page_size=1", of(ben.id));
    let first = page(&ada, &both).await;
    assert_eq!(contents(&first), ["9"]);
    let next = ada.get(first["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!(contents(&next), ["5"], "the filter goes on with the page");
}

#[tokio::test]
async fn since_is_then_or_later_and_until_is_before() {
    let (ada, _, _, _, said) = ten_in_turns().await;
    let at = |number: usize| said[number]["created_at"].as_str().unwrap();
    assert_eq!(list(&ada, &format!("?since={}", at(7))).await, ["9", "8", "7"]);
    assert_eq!(list(&ada, &format!("?until={}", at(2))).await, ["1", "0"]);
    let between = format!("?since={}&until={}&page_size=2", at(3), at(6));
    let first = page(&ada, &between).await;
    let second = ada.get(first["next"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((contents(&first), contents(&second)), (vec!["5".into(), "4".into()], vec!["3".into()]));
    assert!(second["next"].is_null());
    let back = ada.get(second["previous"].as_str().unwrap()).await.expect(200).body;
    assert_eq!((contents(&back), &back["previous"]), (vec!["5".into(), "4".into()], &Value::Null));
    let (future, past) = (Utc::now() + TimeDelta::hours(1), Utc::now() - TimeDelta::hours(1));
    assert_eq!(list(&ada, &format!("?since={}", future.to_rfc3339())).await, [""; 0]);
    assert_eq!(list(&ada, &format!("?until={}", past.to_rfc3339())).await, [""; 0]);
    let offset = at(7).parse::<DateTime<Utc>>().unwrap().with_timezone(&chrono::FixedOffset::east_opt(7200).unwrap());
    assert_eq!(list(&ada, &format!("?since={}", offset.to_rfc3339())).await, ["9", "8", "7"], "a bare + is a blank");
}

#[tokio::test]
async fn list_agrees_with_every_history_whatever_the_cut() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let mut conversations = Vec::new();
    for _ in 0..4 {
        let other = app.user("Other").await;
        conversations.push((ada.direct_with(&other).await, other));
    }
    // Changes of participants leave holes between the positions of messages.
    let group = ada.group_with(&[&conversations[0].1]).await;
    for number in 0..40 {
        let (direct, other) = &conversations[number * number % 7 % 4];
        other.say(direct, &number.to_string()).await;
        if number % 9 == 4 {
            ada.add(&group, &[&app.user("New").await]).await;
            ada.say(&group, &number.to_string()).await;
        }
    }
    let mut expected = Vec::new();
    for conversation in conversations.iter().map(|(id, _)| id).chain([&group]) {
        expected.extend(ada.history(conversation, "?page_size=200").await["results"].as_array().unwrap().clone());
    }
    let key = |row: &Value| {
        let text = |field: &str| row[field].as_str().unwrap().to_owned();
        std::cmp::Reverse((text("created_at"), text("conversation_id"), row["seq"].as_i64().unwrap()))
    };
    expected.sort_by_key(key);
    assert_eq!(page(&ada, "?page_size=200").await["results"], json!(expected));
    for cut in (0..expected.len()).step_by(3) {
        let until = page(&ada, &format!("?page_size=5&until={}", expected[cut]["created_at"].as_str().unwrap())).await;
        let rows = until["results"].as_array().unwrap();
        let older: Vec<_> = expected
            .iter()
            .filter(|row| row["created_at"].as_str() < expected[cut]["created_at"].as_str())
            .take(5)
            .collect();
        assert_eq!(rows.iter().collect::<Vec<_>>(), older, "{cut}");
    }
}

#[tokio::test]
async fn bad_query_names_the_parameter() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    for (query, field) in [
        ("sender=x", "sender"),
        ("sender=0", "sender"),
        ("message_type=party", "message_type"),
        ("since=yesterday", "since"),
        ("until=2026-11-23", "until"),
        ("search=-x", "search"),
        ("page_size=0", "page_size"),
        ("cursor=x", "cursor"),
    ] {
        let answer = ada.get(&format!("{MESSAGES}?{query}")).await.refused(400, "invalid");
        assert!(answer.body["errors"][field].is_array(), "{query}: {}", answer.body);
    }
    ada.say(&direct, "1").await;
    ada.say(&direct, "2").await;
    let history = ada.history(&direct, "?page_size=1").await["next"].as_str().unwrap().to_owned();
    let cursor = history.split_once("cursor=").unwrap().1;
    ada.get(&format!("{MESSAGES}?cursor={cursor}")).await.refused(400, "invalid");
    ada.post(MESSAGES, json!({})).await.refused(405, "method_not_allowed");
}

#[tokio::test]
async fn conversation_that_is_not_the_callers_is_the_same_404() {
    let [ada, ben, eve] = App::shared().await.users(["Ada", "Ben", "Eve"]).await;
    let (direct, empty) = (ada.direct_with(&ben).await, ada.direct_with(&eve).await);
    ada.say(&direct, "not yours").await;
    let mut bodies = Vec::new();
    for conversation in [&*direct, "01a207ab-8f4e-7128-a65e-ab007adeb3cd", "x"] {
        let answer = eve.get(&format!("{MESSAGES}?conversation={conversation}")).await;
        bodies.push(answer.refused(404, "not_found").body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    assert_eq!(list(&eve, &format!("?conversation={empty}")).await, [""; 0], "one's own may be empty");
}
