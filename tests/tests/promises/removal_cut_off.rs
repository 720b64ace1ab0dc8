//! Whoever is removed while the gateway is cut off, or while it is being found out where they take part, gets nothing that
//! comes after the removal.

use std::time::Duration;

use chat_bus::live;
use chat_e2e::{Instances, PATIENCE, Relay, Service, Socket, StackOptions, User};
use chat_protocol::ids::UserId;
use chat_protocol::live::LiveNews;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{Kept, Scene, ensure, failing, workers};

/// Whatever reveals the removal comes after everything else is told again.
const LATE: &str = "gateway.late_standpoints=return;mutant.no_heads=return";
/// What is said after a removal.
const MESSAGES: usize = 150;

fn one_gateway() -> StackOptions {
    workers(1).instances(Instances { gateways: 1, persistence: 1, api: 1, presence: 0 })
}

async fn relayed(points: &str) -> (Relay, Scene) {
    Scene::relayed(Service::Gateway, failing(one_gateway(), Service::Gateway, points)).await
}

/// Tells that Ada types, and that she has read, until it is dropped.
pub(crate) async fn types_without_end(scene: &Scene, group: &str) -> tokio::task::JoinHandle<()> {
    let (writer, id) = (scene.app.writer().await, group.parse().expect("an id"));
    let user_id = UserId::new(scene.ada.id).expect("an id");
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        loop {
            ticks.tick().await;
            let typing = LiveNews::Typing { user_id, user_name: "Ada".into(), is_typing: true };
            live::publish_to_conversation(&writer.bus, id, &typing).await.expect("NATS takes it");
        }
    })
}

/// Removes somebody and goes on talking.
async fn remove_and_talk(scene: &Scene, group: &str, other: &User) {
    scene.ada.remove(group, other).await;
    for number in 0..MESSAGES {
        scene.ada.say(group, &format!("after it {number}")).await;
    }
}

/// What tells of a conversation, and is no event of its log from before the removal.
fn leaks(frames: &[Value], removed_at: i64) -> Vec<&Value> {
    let is_leak = |frame: &&Value| match frame["type"].as_str() {
        Some("typing_indicator" | "messages_read") => true,
        Some("message_received") => frame["message"]["seq"].as_i64() > Some(removed_at),
        Some("heartbeat" | "ready" | "participant_removed" | "unread_changed") => false,
        _ => frame["seq"].as_i64() > Some(removed_at),
    };
    frames.iter().filter(is_leak).collect()
}

/// Reads to the end: nothing is told after the removal, which is told last.
async fn ends_with_the_removal(socket: &mut Socket) -> Kept {
    let (mut frames, mut removed_at) = (socket.kept(), None);
    loop {
        let leaked = leaks(&frames, removed_at.unwrap_or(i64::MAX));
        ensure(leaked.is_empty(), format!("told after the removal: {leaked:?}"))?;
        match socket.next().await {
            Ok(frame) => {
                if frame["type"] == "participant_removed" {
                    removed_at = frame["seq"].as_i64();
                }
                frames.push(frame);
            }
            Err(closed) => {
                ensure(removed_at.is_some(), "the removal was not told")?;
                return ensure(closed.code == 4503, format!("{closed:?}"));
            }
        }
    }
}

/// The same on a socket of all conversations, which stays open.
async fn falls_silent(socket: &mut Socket) -> Kept {
    let removed_at = socket.expect("participant_removed").await["seq"].as_i64().unwrap_or(0);
    nothing_leaked(socket, removed_at).await
}

async fn nothing_leaked(socket: &mut Socket, removed_at: i64) -> Kept {
    let frames = socket.settle().await;
    let leaked = leaks(&frames, removed_at);
    ensure(leaked.is_empty(), format!("told after the removal: {leaked:?}"))
}

/// Reads what is under way from before the cut: a gateway may hold what comes quickly back for some milliseconds, and answers meanwhile.
async fn run_dry(socket: &mut Socket) {
    let mut quiet = 0;
    while quiet < 20 {
        quiet = if socket.settle().await.is_empty() { quiet + 1 } else { 0 };
    }
}

/// The socket of all conversations may fall silent without a word, if the removal is revealed late.
async fn removal_while_cut_off(relay: &Relay, scene: &Scene) -> Kept {
    let [ben, cem] = scene.app.users(["Ben", "Cem"]).await;
    let group = scene.ada.group_with(&[&ben, &cem]).await;
    let (mut one, mut stays) = (ben.open(0, &group).await, cem.open(0, &group).await);
    let mut all = ben.knock_all(0, "").await;
    all.expect("ready").await;
    let typing = types_without_end(scene, &group).await;
    stays.expect("typing_indicator").await;
    relay.cut();
    // What was told until now has reached them.
    for socket in [&mut one, &mut all] {
        run_dry(socket).await;
    }
    remove_and_talk(scene, &group, &ben).await;
    relay.restore();
    let kept = async {
        ends_with_the_removal(&mut one).await?;
        for number in 0..MESSAGES {
            let said = stays.expect("message_received").await;
            ensure(said["message"]["content"] == format!("after it {number}"), format!("out of order: {said}"))?;
        }
        nothing_leaked(&mut all, 0).await
    };
    let kept = kept.await;
    typing.abort();
    kept
}

#[tokio::test]
async fn removed_while_the_gateway_is_cut_off() {
    let (relay, scene) = relayed(LATE).await;
    removal_while_cut_off(&relay, &scene).await.unwrap();
    scene.strike().await;
}

#[tokio::test]
async fn gateway_that_suspects_nothing_is_noticed() {
    let (relay, scene) = relayed(&format!("{LATE};mutant.no_suspicion=return")).await;
    let kept = removal_while_cut_off(&relay, &scene).await;
    assert!(format!("{kept:?}").contains("typing_indicator"), "{kept:?}");
    scene.strike().await;
}

/// Waits until so many answers wait to be late.
async fn until_late(scene: &Scene, count: u64) {
    let late = async { while scene.counted(0, "chat_gateway_late_answers_total", None).await < count {} };
    timeout(PATIENCE, late).await.expect("the answers are decided");
}

async fn answer_from_before_the_removal(scene: &Scene) -> Kept {
    let ben = scene.app.user("Ben").await;
    let group = scene.ada.group_with(&[&ben]).await;
    let (mut one, mut all) = (ben.knock(0, &group).await, ben.knock_all(0, "").await);
    until_late(scene, 2).await;
    let typing = types_without_end(scene, &group).await;
    remove_and_talk(scene, &group, &ben).await;
    let kept = async {
        ends_with_the_removal(&mut one).await?;
        falls_silent(&mut all).await
    };
    let kept = kept.await;
    typing.abort();
    kept?;
    let path = format!("/api/chat/conversations/{group}/messages/");
    ensure(ben.get(&path).await.status == 404, "it still has access")?;
    all.send(json!({"type": "typing_start", "conversation_id": group})).await;
    ensure(all.expect("error").await["code"] == "not_found", "it still has a seat")
}

#[tokio::test]
async fn answer_that_was_decided_before_the_removal_opens_nothing() {
    let scene = Scene::on(failing(one_gateway(), Service::Gateway, "gateway.late_answer=return")).await;
    answer_from_before_the_removal(&scene).await.unwrap();
    scene.strike().await;
}

#[tokio::test]
async fn gateway_that_looks_past_removals_is_noticed() {
    let points = "gateway.late_answer=return;mutant.no_removal=return";
    let scene = Scene::on(failing(one_gateway(), Service::Gateway, points)).await;
    let kept = answer_from_before_the_removal(&scene).await;
    assert!(format!("{kept:?}").contains("told after the removal"), "{kept:?}");
    scene.strike().await;
}
