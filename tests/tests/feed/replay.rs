//! Replay: the reader pulls from a consumer that the operator made to begin at a time, or at a number of the stream.

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use chat_e2e::PATIENCE;
use chat_protocol::permissions::{READER_API_PREFIX, READER_CONSUMERS};
use chat_protocol::subjects::{EVENTS_STREAM, inbox_prefix};
use chrono::{SecondsFormat, Utc};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::time::timeout;

use crate::operator::Feed;

/// The first event that the reader gets from a consumer, and its number on the stream.
async fn first(feed: &Feed, consumer: &str) -> (Value, u64) {
    let options = async_nats::ConnectOptions::with_user_and_password("reader".into(), feed.reader_password.clone());
    let client = options.custom_inbox_prefix(inbox_prefix("reader")).connect(&feed.nats_address).await.unwrap();
    let context = ContextBuilder::new().api_prefix(READER_API_PREFIX).build(client);
    let stream = context.get_stream_no_info(EVENTS_STREAM).await.unwrap();
    let consumer: Consumer<pull::Config> = stream.get_consumer(consumer).await.unwrap();
    let mut events = consumer.fetch().max_messages(1).expires(PATIENCE).messages().await.unwrap();
    let event = timeout(PATIENCE, events.next()).await.expect("something comes").unwrap().unwrap();
    event.double_ack().await.unwrap();
    (serde_json::from_slice(&event.payload).unwrap(), event.info().unwrap().stream_sequence)
}

#[tokio::test]
async fn reader_gets_events_from_a_time_or_a_number_on() {
    let feed = Feed::take().await;
    let [ada, ben] = feed.app.users(["Ada", "Ben"]).await;
    let conversation = ada.direct_with(&ben).await;
    ada.say(&conversation, "too early").await;
    let time = Utc::now();
    let said = ada.say(&conversation, "from here on").await;
    let next = ada.say(&conversation, "and this").await;
    let [follower, replay] = READER_CONSUMERS;

    feed.create(follower, &["--from-time", &time.to_rfc3339_opts(SecondsFormat::Nanos, true)]).await;
    let (event, number) = first(&feed, follower).await;
    assert_eq!(event["message"]["id"], said["id"]);

    feed.create(replay, &["--from-stream-seq", &(number + 1).to_string()]).await;
    let (event, after) = first(&feed, replay).await;
    assert_eq!((&event["message"]["id"], after), (&next["id"], number + 1));

    feed.create(replay, &["--from-now"]).await;
    let latest = ada.say(&conversation, "now").await;
    assert_eq!(first(&feed, replay).await.0["message"]["id"], latest["id"]);
    let shown = feed.operate(&["feed", "show", replay]).await;
    assert!(String::from_utf8_lossy(&shown.stdout).contains("to come            0"), "{shown:?}");
}

#[tokio::test]
async fn consumers_have_the_names_that_readers_may_use() {
    let feed = Feed::take().await;
    let made = feed.operate(&["feed", "create", "another"]).await;
    assert_eq!(made.status.code(), Some(2), "{made:?}");
    feed.create("replay", &["--from-now"]).await;
    let again = feed.operate(&["feed", "create", "replay", "--from-time", "1d"]).await;
    assert!(!again.status.success(), "a place is not moved by accident: {again:?}");
}
