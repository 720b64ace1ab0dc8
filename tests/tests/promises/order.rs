//! What one socket says is stored in the order in which it was said, up to the number that may wait.

use std::time::Duration;

use chat_bus::Bus;
use chat_bus::commands::EncodedCommand;
use chat_e2e::PATIENCE;
use chat_protocol::subjects::COMMANDS_STREAM;
use chrono::TimeDelta;
use serde_json::json;
use tokio::time::{interval, timeout};

use crate::{Scene, go_on, halt, said, workers};

/// As many as may wait unanswered on one socket.
const MAX_UNANSWERED: usize = 256;

#[tokio::test]
async fn one_more_than_may_wait_is_unavailable_and_the_others_are_stored_in_order() {
    let scene = Scene::on(workers(2)).await;
    let mut socket = scene.ada.open(0, &scene.direct).await;
    halt(scene.stack.postgres()).await;
    let name = |number: usize| format!("m-{number}");
    socket.send_all((0..=MAX_UNANSWERED).map(|number| said(&name(number), Some(&name(number))))).await;
    let refused = socket.refused("unavailable").await;
    assert_eq!(refused["client_id"], name(MAX_UNANSWERED));
    go_on(scene.stack.postgres()).await;
    for number in 0..MAX_UNANSWERED {
        let sent = socket.expect("message_sent").await;
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(name(number)), &json!(number + 2)));
    }
    // There is room again, and the refused one was never carried out.
    socket.send(said("next", Some(&name(MAX_UNANSWERED)))).await;
    assert_eq!(socket.expect("message_sent").await["seq"], MAX_UNANSWERED + 2);
    assert_eq!(scene.count_content(&name(MAX_UNANSWERED)).await, 0);
    scene.strike().await;
}

/// Waits until the stream of commands has taken more than `than`; the position that it gave out last.
async fn taken_beyond(bus: &Bus, than: u64) -> u64 {
    let mut looks = interval(Duration::from_millis(20));
    let looking = async {
        loop {
            looks.tick().await;
            let stream = bus.jetstream().get_stream(COMMANDS_STREAM).await.expect("the stream is there");
            let last = stream.cached_info().state.last_sequence;
            if last > than {
                return last;
            }
        }
    };
    timeout(PATIENCE, looking).await.expect("the stream takes what was said")
}

/// Deletes the stream of commands with what it holds, and makes another.
async fn make_anew(bus: &Bus) {
    let stream = bus.jetstream().get_stream(COMMANDS_STREAM).await.expect("the stream is there");
    let config = stream.cached_info().config.clone();
    bus.jetstream().delete_stream(COMMANDS_STREAM).await.expect("the stream goes");
    bus.jetstream().create_stream(config).await.expect("another can be made");
}

#[tokio::test]
async fn what_a_new_stream_takes_is_not_stored_before_what_was_lost_with_the_old_one() {
    let scene = Scene::on(workers(1)).await;
    let writer = scene.app.writer().await;
    let mut socket = scene.ada.open(0, &scene.direct).await;
    socket.send(said("zeroth", None)).await;
    let zeroth = socket.expect("message_sent").await["seq"].as_i64().expect("a position");
    for worker in scene.workers() {
        halt(worker).await;
    }
    let stored = taken_beyond(&writer.bus, 0).await;
    socket.send(said("first", Some("first"))).await;
    taken_beyond(&writer.bus, stored).await;
    make_anew(&writer.bus).await;
    socket.send(said("second", Some("second"))).await;
    taken_beyond(&writer.bus, 0).await;
    for worker in scene.workers() {
        go_on(worker).await;
    }
    for (name, seq) in [("first", zeroth + 1), ("second", zeroth + 2)] {
        let sent = socket.expect("message_sent").await;
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(name), &json!(seq)));
    }
    scene.strike().await;
}

#[tokio::test]
async fn command_for_a_stream_that_is_gone_is_carried_out_when_it_is_said_again() {
    let scene = Scene::shared().await;
    let mut writer = scene.app.writer().await;
    let command = writer
        .send_message(&scene.direct, scene.ada.id, "for an earlier stream", TimeDelta::minutes(1))
        .expect("a command");
    let stale = EncodedCommand::new(&command).expect("it can be encoded").within(0);
    stale.offer(&writer.bus).await.expect("the stream takes it");
    let later = writer.send_message(&scene.direct, scene.ada.id, "later", TimeDelta::minutes(1)).expect("a command");
    writer.ask(&later).await;
    assert_eq!(scene.count_content("for an earlier stream").await, 0);
    writer.ask(&command).await;
    assert_eq!(scene.count_content("for an earlier stream").await, 1);
}
