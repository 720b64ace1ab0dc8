//! The examples of consumers: stopped while much happens, and with a stream that was lost and published again.

use crate::consumer::{Consumer, Language, StateFile, assert_once_in_order};
use crate::operator::Feed;
use crate::traffic::Groups;

/// Messages in each of three conversations while the consumer is away: an hour of a busy installation's busiest people.
const MEANWHILE: u64 = 600;

async fn goes_on_where_it_was(language: Language) {
    let feed = Feed::take().await;
    feed.create("reader", &["--from-now"]).await;
    let mut groups = Groups::begin(&feed.app).await;
    groups.talk(&feed.app, 5).await;
    let (state, before) = (StateFile::none(), groups.standings().await);
    let mut consumer = Consumer::start(language, &feed, &state);
    consumer.until(&before).await;
    let mut taken = consumer.interrupt().await;
    assert_once_in_order(&taken, &before);

    groups.talk(&feed.app, MEANWHILE).await;
    groups.change().await;
    let after = groups.standings().await;
    let mut consumer = Consumer::start(language, &feed, &state);
    consumer.until(&after).await;
    taken.extend(consumer.interrupt().await);
    assert_once_in_order(&taken, &after);
}

async fn ends_in_the_same_state_when_everything_is_published_again(language: Language) {
    let feed = Feed::take().await;
    feed.create("reader", &["--from-now"]).await;
    let mut groups = Groups::begin(&feed.app).await;
    groups.talk(&feed.app, 40).await;
    groups.change().await;
    let (state, before) = (StateFile::none(), groups.standings().await);
    let mut consumer = Consumer::start(language, &feed, &state);
    consumer.until(&before).await;
    let mut taken = consumer.interrupt().await;

    feed.lose_stream().await;
    // What is said now comes first on the new stream, before everything that was said before it.
    groups.talk(&feed.app, 1).await;
    feed.republish(&[]).await;
    let after = groups.standings().await;
    for (state, mut taken) in [(state, std::mem::take(&mut taken)), (StateFile::none(), Vec::new())] {
        feed.create("reader", &[]).await;
        let mut consumer = Consumer::start(language, &feed, &state);
        consumer.until(&after).await;
        taken.extend(consumer.interrupt().await);
        assert_once_in_order(&taken, &after);
        assert_eq!(state.standings(&after), after);
    }
}

#[tokio::test]
async fn consumer_in_rust_goes_on_where_it_was() {
    goes_on_where_it_was(Language::Rust).await;
}

#[tokio::test]
async fn consumer_in_javascript_goes_on_where_it_was() {
    goes_on_where_it_was(Language::Node).await;
}

#[tokio::test]
async fn consumer_in_python_goes_on_where_it_was() {
    goes_on_where_it_was(Language::Python).await;
}

#[tokio::test]
async fn consumer_in_rust_ends_in_the_same_state_when_everything_is_published_again() {
    ends_in_the_same_state_when_everything_is_published_again(Language::Rust).await;
}

#[tokio::test]
async fn consumer_in_javascript_ends_in_the_same_state_when_everything_is_published_again() {
    ends_in_the_same_state_when_everything_is_published_again(Language::Node).await;
}

#[tokio::test]
async fn consumer_in_python_ends_in_the_same_state_when_everything_is_published_again() {
    ends_in_the_same_state_when_everything_is_published_again(Language::Python).await;
}
