//! An event that gets lost on its way to a gateway is noticed and fetched: in the middle of the log and at its end.

use std::time::Duration;

use chat_e2e::Socket;
use chat_protocol::reply::Outcome;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::changes::title;
use crate::{Kept, Scene, ensure, said};

/// What events say that do not reach the gateways of these tests.
const LOST: &str = "lost on its way";
const HOLES: &str = "chat_gateway_holes_total";
/// How long it may take until the loss of a last event is made good.
const FOUND_WITHIN: Duration = Duration::from_secs(5);
/// How long is looked whether something comes that must not: many times as long as it takes, and less than a hole may stay.
const IN_THE_MEANTIME: Duration = Duration::from_millis(500);
const RESYNC: u16 = 4004;

/// The next message, or the end of the socket, if either comes soon enough.
async fn message_within(socket: &mut Socket, limit: Duration) -> Option<Value> {
    let next = async {
        loop {
            match socket.next().await {
                Ok(mut frame) if frame["type"] == "message_received" => return frame["message"].take(),
                Ok(_) => {}
                Err(closed) => return json!(format!("{closed:?}")),
            }
        }
    };
    timeout(limit, next).await.ok()
}

/// Nothing comes after the lost event: nobody would miss it, were it not for the heads.
pub(crate) async fn last_event_is_found(scene: &Scene) -> Kept {
    let mut listener = scene.ben.open(1, &scene.direct).await;
    scene.ada.say(&scene.direct, "arrives").await;
    assert_eq!(listener.messages(1).await[0]["content"], "arrives");
    let holes = scene.counted(1, HOLES, None).await;
    scene.ada.say(&scene.direct, LOST).await;
    let said = Instant::now();
    let found = message_within(&mut listener, FOUND_WITHIN).await;
    ensure(found.is_some_and(|message| message["content"] == LOST), format!("not found after {:?}", said.elapsed()))?;
    assert!(scene.counted(1, HOLES, None).await > holes, "it was lost before");
    Ok(())
}

/// While the apis are halted the hole stays open: what came after it must wait.
pub(crate) async fn nothing_overtakes_a_lost_event(scene: &Scene) -> Kept {
    let mut listener = scene.ben.open(1, &scene.direct).await;
    let mut speaker = scene.ada.open(0, &scene.direct).await;
    let holes = scene.counted(1, HOLES, None).await;
    speaker.send(said("arrives", None)).await;
    let arrived = listener.messages(1).await;
    speaker.expect("message_sent").await;
    scene.halt_apis().await;
    for content in [LOST, "after it", "and after that"] {
        speaker.send(said(content, None)).await;
        speaker.expect("message_sent").await;
    }
    let early = message_within(&mut listener, IN_THE_MEANTIME).await;
    scene.go_on_with_apis().await;
    ensure(early.is_none(), format!("after {arrived:?} came {early:?}"))?;
    for content in [LOST, "after it", "and after that"] {
        let heard = message_within(&mut listener, FOUND_WITHIN).await;
        let is_heard = heard.as_ref().is_some_and(|heard| heard["content"] == content);
        ensure(is_heard, format!("{heard:?} came instead of {content}"))?;
    }
    assert!(scene.counted(1, HOLES, None).await > holes, "it was lost before");
    Ok(())
}

#[tokio::test]
async fn last_event_of_a_quiet_conversation_is_found_within_five_seconds() {
    last_event_is_found(&Scene::shared().await).await.unwrap();
}

/// The head moves with every event, not with messages alone.
#[tokio::test]
async fn last_event_that_is_no_message_is_found_within_five_seconds() {
    let scene = Scene::shared().await;
    let group = scene.ada.group_with(&[&scene.ben]).await;
    let mut listener = scene.ben.open(1, &group).await;
    let holes = scene.counted(1, HOLES, None).await;
    let mut writer = scene.app.writer().await;
    let command = writer.command(title(&group, &scene.ada, LOST));
    assert_eq!(writer.ask(&command).await, Outcome::Done);
    let updated = timeout(FOUND_WITHIN, listener.expect("conversation_updated")).await.unwrap();
    assert_eq!((&updated["seq"], updated["conversation"]["title"].as_str()), (&json!(2), Some(LOST)));
    assert!(scene.counted(1, HOLES, None).await > holes, "it was lost before");
}

#[tokio::test]
async fn nothing_of_a_later_event_leaves_before_the_lost_one() {
    nothing_overtakes_a_lost_event(&Scene::shared().await).await.unwrap();
}

#[tokio::test]
async fn hole_that_cannot_be_filled_sends_the_client_away_to_resume() {
    let scene = Scene::shared().await;
    let mut listener = scene.ben.open(1, &scene.direct).await;
    let mut speaker = scene.ada.open(0, &scene.direct).await;
    scene.halt_apis().await;
    for content in [LOST, "after it"] {
        speaker.send(said(content, None)).await;
        speaker.expect("message_sent").await;
    }
    let mut leaked = Vec::new();
    let closed = loop {
        match listener.next().await {
            Ok(frame) => leaked.extend((frame["type"] == "message_received").then_some(frame)),
            Err(closed) => break closed,
        }
    };
    scene.go_on_with_apis().await;
    assert_eq!((closed.code, leaked), (RESYNC, Vec::new()));
    let mut back = scene.ben.knock_with(1, &scene.direct, "after_seq=1").await;
    let heard = back.messages(2).await;
    assert_eq!([&heard[0]["content"], &heard[1]["content"]], [LOST, "after it"]);
    // The conversation is held anew, from its head on.
    scene.ada.say(&scene.direct, "goes on").await;
    assert_eq!(back.messages(1).await[0]["content"], "goes on");
}
