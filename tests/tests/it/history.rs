//! History is what was delivered, in whichever way it is asked for.

use chat_e2e::{App, User};
use serde_json::Value;

struct Story {
    reader: User,
    conversation: String,
    /// As they came live, oldest first.
    delivered: Vec<Value>,
}

/// A conversation with twelve messages of two people, seq 2 to 13.
async fn story() -> Story {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let conversation = ada.direct_with(&ben).await;
    let mut listener = ben.open(1, &conversation).await;
    let mut speaker = ada.open(0, &conversation).await;
    for number in 0..12 {
        if number % 3 == 0 {
            ben.say(&conversation, &format!("number {number}")).await;
        } else {
            speaker.say(&format!("number {number}"), &format!("n-{number}")).await;
            speaker.expect("message_sent").await;
        }
    }
    let delivered = listener.messages(12).await;
    Story { reader: ben, conversation, delivered }
}

impl Story {
    async fn rows(&self, query: &str) -> Vec<Value> {
        rows(&self.reader.history(&self.conversation, query).await)
    }

    async fn seqs(&self, query: &str) -> Vec<i64> {
        seqs(&self.rows(query).await)
    }

    /// The rows of all pages along `next` or `previous`, page by page, beginning with this one.
    async fn walk(&self, mut page: Value, direction: &str) -> Vec<Vec<Value>> {
        let mut pages = vec![rows(&page)];
        while let Some(url) = page[direction].as_str().map(str::to_owned) {
            assert!(url.starts_with("http"), "{url}");
            page = self.reader.get(&url).await.expect(200).body;
            pages.push(rows(&page));
        }
        pages
    }
}

fn rows(page: &Value) -> Vec<Value> {
    page["results"].as_array().expect("a page has results").clone()
}

fn seqs(rows: &[Value]) -> Vec<i64> {
    rows.iter().map(|row| row["seq"].as_i64().expect("messages have positions")).collect()
}

#[tokio::test]
async fn history_is_what_was_delivered_in_both_orders() {
    let story = story().await;
    assert_eq!(seqs(&story.delivered), (2..=13).collect::<Vec<_>>());
    assert_eq!(story.rows("?order=asc").await, story.delivered);
    let newest_first: Vec<_> = story.delivered.iter().rev().cloned().collect();
    assert_eq!(story.rows("").await, newest_first);
}

#[tokio::test]
async fn pages_hold_every_message_once_there_and_back() {
    let story = story().await;
    for (query, expected) in [
        ("?page_size=5", (2..=13).rev().collect::<Vec<_>>()),
        ("?page_size=5&order=asc", (2..=13).collect()),
        ("?page_size=4&after_seq=4", (5..=13).collect()),
        ("?page_size=4&before_seq=11", (2..=10).rev().collect()),
        ("?page_size=12", (2..=13).rev().collect()),
    ] {
        let first = story.reader.history(&story.conversation, query).await;
        assert!(first["previous"].is_null(), "{query}");
        let there = story.walk(first.clone(), "next").await;
        assert_eq!(seqs(&there.concat()), expected, "{query}");
        let Some(second) = first["next"].as_str() else { continue };
        let mut last = story.reader.get(second).await.expect(200).body;
        while let Some(url) = last["next"].as_str().map(str::to_owned) {
            last = story.reader.get(&url).await.expect(200).body;
        }
        let mut back = story.walk(last, "previous").await;
        back.reverse();
        assert_eq!(back, there, "{query}");
    }
}

#[tokio::test]
async fn bounds_are_exclusive() {
    let story = story().await;
    assert_eq!(story.seqs("?before_seq=5").await, [4, 3, 2]);
    assert_eq!(story.seqs("?after_seq=10").await, [11, 12, 13]);
    assert_eq!(story.seqs("?after_seq=3&before_seq=6").await, [5, 4]);
    assert_eq!(story.seqs("?after_seq=13").await, Vec::<i64>::new());
    assert_eq!(story.seqs("?before_seq=2").await, Vec::<i64>::new());
}

#[tokio::test]
async fn around_shows_both_sides_of_a_position_or_message() {
    let story = story().await;
    assert_eq!(story.seqs("?around=7&page_size=3&order=asc").await, [6, 7, 8]);
    let id = story.delivered[5]["id"].as_str().unwrap();
    assert_eq!(story.seqs(&format!("?around={id}&page_size=3&order=asc")).await, [6, 7, 8]);
    let page = story.reader.history(&story.conversation, &format!("?around={id}&page_size=3&order=asc")).await;
    let newer = story.walk(page.clone(), "next").await.concat();
    assert_eq!(seqs(&newer), (6..=13).collect::<Vec<_>>());
    let mut older = story.walk(page, "previous").await;
    older.reverse();
    assert_eq!(seqs(&older.concat()), (2..=8).collect::<Vec<_>>());
    let foreign = chat_protocol::ids::MessageId::generate();
    let path = format!("/api/chat/conversations/{}/messages/?around={foreign}", story.conversation);
    story.reader.get(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn conversation_without_messages_has_an_empty_history() {
    let [ada, ben] = App::shared().await.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let page = ada.history(&direct, "").await;
    assert_eq!(page, serde_json::json!({"next": null, "previous": null, "results": []}));
}
