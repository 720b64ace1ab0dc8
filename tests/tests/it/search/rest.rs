//! Searching over REST: words, phrases and what must not be there, filters, ranks, pages, and what is shown.

use std::time::Duration;

use chat_e2e::{Answer, App, User, send_path};
use reqwest::Url;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

const MESSAGES: &str = "/api/chat/messages/";

/// Within this time what was said is found.
fn promise() -> Duration {
    Duration::from_secs(if std::env::var_os("CI").is_some() { 15 } else { 5 })
}

async fn ask(user: &User, query: &[(&str, &str)]) -> Answer {
    let url = Url::parse_with_params("http://chat.test", query).unwrap();
    user.get(&format!("{MESSAGES}?{}", url.query().unwrap_or_default())).await
}

/// A page of what is found.
async fn page(user: &User, query: &[(&str, &str)]) -> Value {
    ask(user, query).await.expect(200).body
}

fn contents(page: &Value) -> Vec<String> {
    let rows = page["results"].as_array().expect("a page has results");
    rows.iter().map(|row| row["content"].as_str().expect("messages have content").to_owned()).collect()
}

async fn found(user: &User, search: &str) -> Vec<String> {
    contents(&page(user, &[("search", search)]).await)
}

async fn sorted(user: &User, query: &[(&str, &str)]) -> Vec<String> {
    let mut found = contents(&page(user, query).await);
    found.sort_unstable();
    found
}

/// Waits until so many are found, as promised.
async fn settle(user: &User, search: &str, count: usize) {
    let settled = async {
        while found(user, search).await.len() != count {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(promise(), settled).await.expect("what was said is found in time");
}

/// Two people, and what one of them has said.
async fn said(texts: &[&str]) -> (User, User, String) {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    for text in texts {
        ada.say(&direct, text).await;
    }
    ada.say(&direct, "lastword").await;
    settle(&ben, "lastword", 1).await;
    (ada, ben, direct)
}

#[tokio::test]
async fn messages_are_found_by_words_beginnings_phrases_and_what_is_not_there() {
    let texts = [
        "The red roof leaks",
        "A roof, red as wine",
        "Roofing in Zürich: Straße 7",
        "私は東京都に住んでいます",
        "東の京",
    ];
    let (_, ben, _) = said(&texts).await;
    for (search, expected) in [
        ("red", &[texts[1], texts[0]][..]),
        ("ROOF red", &[texts[1], texts[0]]),
        ("roof", &[texts[1], texts[2], texts[0]]),
        ("\"roof\"", &[texts[1], texts[0]]),
        ("roo* leaks", &[texts[0]]),
        ("\"red roof\"", &[texts[0]]),
        ("roof* -red", &[texts[2]]),
        ("roof -red", &[]),
        ("red -\"red roof\"", &[texts[1]]),
        ("zurich strasse", &[texts[2]]),
        ("東京", &[texts[3]]),
        ("京", &[texts[4], texts[3]]),
        ("東京都 -住んで", &[]),
        ("nothing like it", &[]),
        ("o'; drop table messages; --", &[]),
        ("roof | red & (wine) <-> !", &[texts[1]]),
    ] {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(sorted(&ben, &[("search", search)]).await, expected, "{search}");
    }
}

#[tokio::test]
async fn row_is_the_message_and_what_is_shown_of_it() {
    let (ada, ben, direct) = said(&[]).await;
    let text = format!("<b>Tom & \"Jerry\"</b> fix roofs {}", "and so on ".repeat(60));
    let message = ada.say(&direct, &text).await;
    settle(&ben, "roofs", 1).await;
    let mut row = page(&ben, &[("search", "tom roof")]).await["results"][0].clone();
    let shown = row.as_object_mut().unwrap().remove("highlight").unwrap();
    assert_eq!(row, message);
    let shown = shown.as_str().unwrap();
    let start = "&lt;b&gt;<mark>Tom</mark> &amp; &quot;Jerry&quot;&lt;/b&gt; fix <mark>roofs</mark> and so on";
    assert!(shown.starts_with(start) && shown.ends_with('…'), "{shown}");
    assert!(shown.chars().count() < 350, "{shown}");
    let listed = page(&ben, &[]).await["results"][0].clone();
    assert_eq!(listed, message, "a list has no highlights");
}

#[tokio::test]
async fn better_matches_come_first_and_of_equals_the_newest() {
    let texts = [
        "deployment",
        "deploy, deploy, deploy",
        "deploy and a lot of other things to be done before",
        "deploy one",
        "deploy two",
    ];
    let (_, ben, _) = said(&texts).await;
    assert_eq!(found(&ben, "deploy").await, [texts[1], texts[4], texts[3], texts[2], texts[0]]);
}

#[tokio::test]
async fn filters_and_search_hold_together() {
    let (ada, ben, direct) = said(&["roof by ada"]).await;
    let [cem] = App::shared().await.users(["Cem"]).await;
    let other = ben.direct_with(&cem).await;
    let middle = ben.say(&direct, "roof by ben").await;
    cem.say(&other, "roof by cem").await;
    ben.post(&send_path(&other), json!({"content": "roof as a picture", "message_type": "image"})).await.expect(201);
    settle(&ben, "roof", 4).await;
    let at = middle["created_at"].as_str().unwrap();
    let (ada_id, cem_id) = (ada.id.to_string(), cem.id.to_string());
    for (name, value, expected) in [
        ("conversation", &*direct, &["roof by ada", "roof by ben"][..]),
        ("sender", &*ada_id, &["roof by ada"]),
        ("sender", &*cem_id, &["roof by cem"]),
        ("message_type", "image", &["roof as a picture"]),
        ("message_type", "text", &["roof by ada", "roof by ben", "roof by cem"]),
        ("message_type", "voice", &[]),
        ("since", at, &["roof as a picture", "roof by ben", "roof by cem"]),
        ("until", at, &["roof by ada"]),
    ] {
        assert_eq!(sorted(&ben, &[("search", "roof"), (name, value)]).await, expected, "{name}={value}");
    }
    let both = [("search", "roof"), ("conversation", &*direct), ("sender", &*cem_id)];
    assert_eq!(sorted(&ben, &both).await, [""; 0]);
    assert_eq!(sorted(&ada, &[("search", "roof")]).await, ["roof by ada", "roof by ben"]);
    let query = [("search", "roof"), ("conversation", &*other)];
    ask(&ada, &query).await.refused(404, "not_found");
}

#[tokio::test]
async fn pages_lead_through_everything_once_there_and_back() {
    let (ada, ben, direct) = said(&[]).await;
    let mut expected = Vec::new();
    for number in 0..130 {
        // More than one slice is compared at once; every fifth is better than the others.
        let text =
            if number % 5 == 0 { format!("page {number}") } else { format!("page {number} and a few more words") };
        ada.say(&direct, &text).await;
        expected.push(text);
    }
    settle(&ben, "\"page 129\"", 1).await;
    for size in ["7", "50", "200"] {
        let mut page = page(&ben, &[("search", "page"), ("page_size", size)]).await;
        assert!(page["previous"].is_null());
        let mut there = vec![contents(&page)];
        ada.say(&direct, "page meanwhile").await;
        while let Some(next) = page["next"].as_str().map(str::to_owned) {
            page = ben.get(&next).await.expect(200).body;
            there.push(contents(&page));
        }
        let mut all = there.concat();
        assert_eq!(all.len() - all.iter().filter(|text| *text == "page meanwhile").count(), 130, "{size}");
        all.retain(|text| text != "page meanwhile");
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected, "{size}");
        let is_short = |text: &String| !text.contains("few");
        assert!(there[0].iter().take(7).all(is_short), "{size}: the best come first: {:?}", there[0]);
        let mut back = vec![contents(&page)];
        while back.len() < there.len() {
            let previous = page["previous"].as_str().expect("there are pages before").to_owned();
            page = ben.get(&previous).await.expect(200).body;
            back.insert(0, contents(&page));
        }
        assert_eq!(back, there, "{size}");
    }
}

#[tokio::test]
async fn query_that_asks_for_nothing_is_refused() {
    let [ada] = App::shared().await.users(["Ada"]).await;
    let long = "x".repeat(257);
    for search in [" ", "-roof", "!!!", "\"\"", "-\"red roof\" -x", &long, &"東京".repeat(40)] {
        let answer = ask(&ada, &[("search", search)]).await.refused(400, "invalid");
        assert!(answer.body["errors"]["search"].is_array(), "{search}: {}", answer.body);
    }
    for cursor in ["x", "eyJwIjpbMSwyXSwiYiI6ZmFsc2V9", "eyJwIjp7Im4iOltmYWxzZSxmYWxzZV19LCJiIjpmYWxzZX0"] {
        let answer = ada.get(&format!("{MESSAGES}?search=x&cursor={cursor}")).await.refused(400, "invalid");
        assert!(answer.body["errors"]["cursor"].is_array(), "{cursor}: {}", answer.body);
    }
    // The end of time, {"p":{"u":9223372036854775807,"n":[false,false]},"b":false}, and its beginning.
    for cursor in [
        "eyJwIjp7InUiOjkyMjMzNzIwMzY4NTQ3NzU4MDcsIm4iOltmYWxzZSxmYWxzZV19LCJiIjpmYWxzZX0",
        "eyJwIjp7InMiOi05MjIzMzcyMDM2ODU0Nzc1ODA4LCJuIjpbZmFsc2UsZmFsc2VdfSwiYiI6dHJ1ZX0",
    ] {
        ada.get(&format!("{MESSAGES}?search=x&cursor={cursor}")).await.expect(200);
    }
}

#[tokio::test]
async fn who_leaves_finds_nothing_any_more_and_strangers_never_did() {
    let [ada, ben, eve] = App::shared().await.users(["Ada", "Ben", "Eve"]).await;
    let group = ada.group_with(&[&ben]).await;
    ada.say(&group, "canary").await;
    settle(&ben, "canary", 1).await;
    assert_eq!(found(&eve, "canary").await, [""; 0]);
    ada.add(&group, &[&eve]).await;
    assert_eq!(found(&eve, "canary").await, ["canary"], "newcomers see the history");
    ada.remove(&group, &ben).await;
    assert_eq!(found(&ben, "canary").await, [""; 0], "at once");
    ada.delete(&format!("/api/chat/conversations/{group}/")).await.expect(204);
    assert_eq!(found(&ada, "canary").await, [""; 0], "at once");
}

#[tokio::test]
async fn edited_and_deleted_messages_are_found_as_they_are() {
    let (ada, ben, direct) = said(&[]).await;
    let id = ada.say(&direct, "before").await["id"].as_str().unwrap().to_owned();
    settle(&ben, "before", 1).await;
    ada.patch(&format!("{MESSAGES}{id}/"), json!({"content": "after"})).await.expect(200);
    assert_eq!(found(&ben, "before").await, [""; 0], "at once");
    settle(&ben, "after", 1).await;
    ada.delete(&format!("{MESSAGES}{id}/")).await.expect(204);
    assert_eq!(found(&ben, "after").await, [""; 0], "at once");
}
