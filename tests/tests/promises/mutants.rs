//! The mistakes that these services are built to rule out, made on purpose one at a time: the scenario that passes without the mistake
//! notices it.

use std::time::Duration;

use chat_e2e::{PATIENCE, Service, Signal, Stack, StackOptions};
use chat_protocol::command::{CommandBody, SendMessage};
use chat_protocol::ids::{CommandId, ConversationId, UserId};
use chat_protocol::message::SendMessageRequest;
use chat_protocol::partition::Partition;
use chat_protocol::rest::PlatformRole;
use chat_store::apply::{BatchOutcome, Fence, Placed, apply_commands};
use chat_store::{Database, partitions, users};
use chrono::{TimeDelta, Utc};
use tokio::time::timeout;

use crate::changes::{dying_of_a_removal, dying_workers, removal_survives_its_worker};
use crate::lost_answers::{
    By, command_without_an_answer_is_repeated_and_stored_once, dying_at, losing_answers, message_survives_its_worker,
    next_command,
};
use crate::lost_events::{last_event_is_found, nothing_overtakes_a_lost_event};
use crate::resume::resume_brings_what_is_missing_and_no_more;
use crate::{Kept, Scene, TURN, Violation, ensure, failing, said, small_rings, workers};

/// How often a kill is aimed at a mistake that stays open for 40 ms.
const SHOTS: usize = 5;
const START: Duration = Duration::from_secs(30);

/// The violation that a mistake led to.
#[track_caller]
fn noticed(outcome: Kept, what: &str) {
    let Violation(how) = outcome.expect_err("the mistake is noticed");
    assert!(how.contains(what), "noticed otherwise: {how}");
}

fn gateway_mutant(mutant: &str) -> StackOptions {
    failing(small_rings(), Service::Gateway, &format!("gateway.lose_event=return;{mutant}=return"))
}

/// The first batch of each process goes well: the scene is set with it.
fn worker_mutant(mutant: &str) -> StackOptions {
    failing(one_worker(), Service::Persistence, &format!("{mutant}=1*off->return"))
}

/// A worker that moves partitions with their commands alone.
fn one_worker() -> StackOptions {
    workers(1).env(Service::Persistence, "IDLE_ADVANCE_MS", "600000")
}

#[tokio::test]
async fn resume_from_the_position_itself_is_noticed() {
    let scene = Scene::on(gateway_mutant("mutant.resume_from_n")).await;
    noticed(resume_brings_what_is_missing_and_no_more(&scene).await, "[10, 11");
    scene.strike().await;
}

#[tokio::test]
async fn ring_that_does_not_look_for_holes_is_noticed() {
    let scene = Scene::on(gateway_mutant("mutant.no_hole_check")).await;
    noticed(nothing_overtakes_a_lost_event(&scene).await, r#"String("after it")"#);
    scene.strike().await;
}

#[tokio::test]
async fn gateway_that_does_not_listen_to_heads_is_noticed() {
    let scene = Scene::on(gateway_mutant("mutant.no_heads")).await;
    noticed(last_event_is_found(&scene).await, "not found after");
    scene.strike().await;
}

#[tokio::test]
async fn repetition_with_another_command_id_is_noticed() {
    let scene = Scene::on(failing(losing_answers(), Service::Gateway, "mutant.new_command_id=return")).await;
    noticed(command_without_an_answer_is_repeated_and_stored_once(&scene).await, "messages say answered late");
    scene.strike().await;
}

#[tokio::test]
async fn owner_that_does_not_publish_what_its_predecessor_stored_is_noticed() {
    let points = format!("{};mutant.no_republication=return", dying_at("storing.after_answer"));
    let scene = Scene::on(failing(workers(2), Service::Persistence, &points)).await;
    noticed(message_survives_its_worker(&scene, By::Socket).await, "is not among the events");
    scene.strike().await;
}

#[tokio::test]
async fn owner_that_does_not_tell_what_its_predecessor_should_have_told_is_noticed() {
    let points = format!("{};mutant.no_news_again=return", dying_of_a_removal());
    let scene = Scene::on(dying_workers(&points)).await;
    noticed(removal_survives_its_worker(&scene).await, "after the removal, None was told");
    scene.strike().await;
}

/// Kills the worker at the moment of the answer: what was answered is there.
async fn what_is_answered_is_committed(scene: &Scene, shots: usize) -> Kept {
    let worker = scene.owner().await;
    let mut socket = scene.ada.open(0, &scene.direct).await;
    for shot in 0..shots {
        let content = format!("shot {shot}");
        socket.send(said("after a start", None)).await;
        socket.expect("message_sent").await;
        socket.send(said(&content, None)).await;
        let sent = socket.expect("message_sent").await;
        worker.kill(Signal::SIGKILL).await.expect("a running process can be signalled");
        let count = scene.count_content(&content).await;
        ensure(count == 1, format!("answered with {sent}, and {count} messages say it"))?;
        worker.start(START).await.expect("it starts again");
    }
    Ok(())
}

/// Kills the worker at the moment at which a position is moved: what it stands for has been stored with it, in its order.
async fn position_moves_with_what_it_stands_for(scene: &Scene, shots: usize) -> Kept {
    let worker = scene.owner().await;
    let mut commands = scene.app.writer().await.hear("chat.command.*").await.expect("NATS lets us in");
    let mut socket = scene.ada.open(0, &scene.direct).await;
    for shot in 0..shots {
        let (first, second) = (format!("first {shot}"), format!("second {shot}"));
        socket.send(said("after a start", None)).await;
        socket.expect("message_sent").await;
        socket.send(said(&first, Some(&first))).await;
        let id = next_command(&mut commands, &first).await.parse().expect("it can be read");
        wait_until_moved_to(scene, id).await;
        worker.kill(Signal::SIGKILL).await.expect("a running process can be signalled");
        socket.send(said(&second, Some(&second))).await;
        // On the stream, behind the first.
        next_command(&mut commands, &second).await;
        worker.start(START).await.expect("it starts again");
        let mut answers = [socket.expect("message_sent").await, socket.expect("message_sent").await];
        answers.sort_by_key(|answer| answer["seq"].as_i64());
        ensure(answers[0]["client_id"] == first.as_str(), format!("said first, stored second: {answers:?}"))?;
    }
    Ok(())
}

/// Waits until a command is where its partition stands. Asks without a pause: what follows has 40 ms.
async fn wait_until_moved_to(scene: &Scene, command: CommandId) {
    let mut database = scene.app.database().await;
    let moved = async { while database.stored_command(scene.partition()).await != Some(command.uuid()) {} };
    timeout(PATIENCE, moved).await.expect("the position moves");
    database.close().await;
}

#[tokio::test]
async fn worker_killed_at_any_moment_leaves_answers_commits_and_positions_together() {
    let scene = Scene::on(one_worker()).await;
    what_is_answered_is_committed(&scene, 2).await.unwrap();
    position_moves_with_what_it_stands_for(&scene, 2).await.unwrap();
    scene.strike().await;
}

#[tokio::test]
async fn answer_before_the_commit_is_noticed() {
    let scene = Scene::on(worker_mutant("mutant.ack_before_commit")).await;
    noticed(what_is_answered_is_committed(&scene, SHOTS).await, "0 messages say it");
    scene.strike().await;
}

#[tokio::test]
async fn position_moved_before_what_it_stands_for_is_noticed() {
    let scene = Scene::on(worker_mutant("mutant.position_first")).await;
    noticed(position_moves_with_what_it_stands_for(&scene, SHOTS).await, "said first, stored second");
    scene.strike().await;
}

const LEASE: Duration = Duration::from_secs(30);
/// The conversation of nobody: what is fenced is not looked at.
const COMMAND_POS: i64 = 7;

/// A batch of somebody who held the partition once, or thinks so.
#[derive(Debug, Clone, Copy)]
struct Stale {
    worker: &'static str,
    incarnation: i64,
    epoch: i64,
    from_pos: i64,
}

/// Tries a batch on a partition whose owner is `owner` since epoch 1, at position 0 of incarnation 0.
async fn stale_owner_commits_nothing(store: &Database, stale: Stale) -> Kept {
    let conversation = ConversationId::generate();
    let partition = Partition::of_conversation(conversation);
    partitions::claim(store.pool(), "owner", &[partition], LEASE).await.expect("the database answers");
    let user = UserId::new(1).expect("an id");
    users::insert_many(store.pool(), &[(user, "Ada".into(), PlatformRole::Client)])
        .await
        .expect("the database answers");
    let request = SendMessageRequest { content: Some("stale".into()), ..SendMessageRequest::default() };
    let body = CommandBody::SendMessage(SendMessage {
        conversation_id: conversation,
        sender_id: user,
        message: request.check(100).expect("a good message"),
        not_after: (Utc::now() + TimeDelta::minutes(1)).into(),
    });
    let id = CommandId::generate();
    let command = Placed { id, partition, pos: COMMAND_POS, step: 0, body };
    let Stale { worker, incarnation, epoch, from_pos } = stale;
    let fence = Fence { partition, epoch, from_pos, to_pos: COMMAND_POS, to_command: Some(id) };
    let mut connection = store.connect_for_batches().await.expect("the database answers");
    let outcome = apply_commands(&mut connection, worker, incarnation, LEASE, &[fence], &[command])
        .await
        .expect("the database answers");
    ensure(matches!(outcome, BatchOutcome::Fenced(_)), format!("committed by {stale:?}"))
}

/// Takes one condition out of the fence.
async fn strip(store: &Database, condition: &str) {
    let pool = store.pool();
    let text: String = sqlx::query_scalar("select pg_get_functiondef('apply_commands'::regproc)")
        .fetch_one(pool)
        .await
        .expect("the database answers");
    assert_eq!(text.matches(condition).count(), 1, "{condition} is in the fence");
    let without = text.replace(condition, "true");
    sqlx::raw_sql(sqlx::AssertSqlSafe(without)).execute(pool).await.expect("the database answers");
}

#[tokio::test]
async fn fence_without_any_one_of_its_conditions_is_noticed() {
    let _turn = TURN.lock().await;
    let stack = Stack::prepare(workers(1)).await.unwrap();
    stack.launch_servers().await.unwrap();
    let app = chat_e2e::App::of(&stack).unwrap();
    let right = Stale { worker: "owner", incarnation: 0, epoch: 1, from_pos: 0 };
    for (condition, stale) in [
        ("p.owner = p_worker", Stale { worker: "predecessor", ..right }),
        ("p.epoch = f.epoch", Stale { epoch: 0, ..right }),
        ("p.incarnation = p_incarnation", Stale { incarnation: 1, ..right }),
        ("p.stored_pos = f.from_pos", Stale { from_pos: 5, ..right }),
    ] {
        let store = app.fresh_store().await;
        stale_owner_commits_nothing(&store, stale).await.unwrap();
        strip(&store, condition).await;
        noticed(stale_owner_commits_nothing(&store, stale).await, "committed by");
        store.pool().close().await;
    }
    stack.stop().await.unwrap();
}
