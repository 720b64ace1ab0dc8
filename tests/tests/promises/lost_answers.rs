//! A worker that stored and could not say so: the sender is answered all the same, without saying it again, and there is one message.

use std::time::Duration;

use async_nats::{Message, Subscriber};
use chat_e2e::{PATIENCE, Service, StackOptions, Writer, send_path};
use chat_protocol::command::HEADER_COMMAND_ID;
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::{Kept, Scene, Violation, ensure, failing, next_message, said, workers};

/// How long the partitions of a dead worker may stay without an owner that publishes; three times as long in CI.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(3);

/// One worker, a command at a time. The first answer to whatever says `answered late` is lost; those to repetitions and to everything
/// else arrive.
pub(crate) fn losing_answers() -> StackOptions {
    failing(workers(1).env(Service::Persistence, "BATCH_MAX", "1"), Service::Persistence, "storing.lose_answers=return")
}

pub(crate) fn take_over_limit() -> Duration {
    if std::env::var_os("CI").is_some() { TAKEN_OVER_WITHIN * 3 } else { TAKEN_OVER_WITHIN }
}

/// The next command that says this; its id.
pub(crate) async fn next_command(commands: &mut Subscriber, content: &str) -> String {
    let says = |command: &Message| String::from_utf8_lossy(&command.payload).contains(content);
    let next = async {
        loop {
            let command = commands.next().await.expect("the subscription lasts");
            if says(&command) {
                return command;
            }
        }
    };
    let command = timeout(PATIENCE, next).await.expect("the command is published");
    let headers = command.headers.expect("commands have headers");
    headers.get(HEADER_COMMAND_ID).expect("commands have ids").to_string()
}

/// Everything that is on the stream by now has been decided when this returns.
async fn everything_is_decided(scene: &Scene, writer: &mut Writer) {
    let marker = writer.send_message(&scene.direct, scene.ada.id, "marker", TimeDelta::minutes(1)).expect("a command");
    writer.ask(&marker).await;
}

/// Four messages whose answers are lost: over a socket and over REST, with and without a `client_id`.
pub(crate) async fn command_without_an_answer_is_repeated_and_stored_once(scene: &Scene) -> Kept {
    let mut writer = scene.app.writer().await;
    let mut commands = writer.hear("chat.command.*").await.expect("NATS lets us in");
    for (client_id, by_rest) in [(None, false), (Some("mine"), false), (None, true), (Some("yours"), true)] {
        let content = format!("answered late, {client_id:?}, {by_rest}").replace('"', "'");
        let (ada, direct, frame) = (scene.ada.clone(), scene.direct.clone(), said(&content, client_id));
        let sending = tokio::spawn(async move {
            if by_rest {
                return ada.post(&send_path(&direct), frame).await.expect(201).body;
            }
            let mut socket = ada.open(0, &direct).await;
            socket.send(frame).await;
            socket.expect("message_sent").await
        });
        let first = next_command(&mut commands, &content).await;
        // It was published again, so its answer was lost.
        let again = next_command(&mut commands, &content).await;
        everything_is_decided(scene, &mut writer).await;
        let count = scene.count_content(&content).await;
        ensure(count == 1, format!("{count} messages say {content}; {first} became {again}"))?;
        let answer = timeout(PATIENCE, sending).await.expect("the sender is answered").expect("as it must be");
        let stored = &scene.ben.history(&scene.direct, "?page_size=2").await["results"][1];
        let identity = |message: &Value| [message["id"].clone(), message["seq"].clone(), message["created_at"].clone()];
        assert_eq!((identity(&answer), &stored["content"]), (identity(stored), &json!(content)));
        assert_eq!(answer["id"], first);
    }
    Ok(())
}

#[tokio::test]
async fn sender_whose_answer_was_lost_is_answered_without_saying_it_again() {
    let scene = Scene::on(losing_answers()).await;
    command_without_an_answer_is_repeated_and_stored_once(&scene).await.unwrap();
    scene.strike().await;
}

/// How a message is said.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Socket,
    Rest,
}

/// A message at which its worker dies after the commit (see `FAILPOINTS`): it is answered once, stored once, and published by the next
/// owner of its partition.
pub(crate) async fn message_survives_its_worker(scene: &Scene, by: By) -> Kept {
    const CONTENT: &str = "last words";
    let victim = scene.owner().await;
    let mut listener = scene.ben.open(1, &scene.direct).await;
    let (ada, direct) = (scene.ada.clone(), scene.direct.clone());
    let begun = Instant::now();
    let sending = tokio::spawn(async move {
        match by {
            By::Rest => ada.say(&direct, CONTENT).await,
            By::Socket => {
                let mut socket = ada.open(0, &direct).await;
                socket.send(said(CONTENT, None)).await;
                socket.expect("message_sent").await
            }
        }
    });
    let heard = timeout(take_over_limit(), next_message(&mut listener)).await;
    let answer = timeout(PATIENCE, sending).await.expect("the sender is answered").expect("as it must be");
    assert!(victim.pid().is_none(), "the worker has died of it");
    assert_ne!(scene.owner().await.name(), victim.name(), "another has taken over");

    let published = scene.app.writer().await.events_of(&scene.direct).await.expect("the stream is read");
    let expected = (answer["seq"].as_i64().unwrap_or_default(), answer["id"].as_str().unwrap_or_default().to_owned());
    ensure(published.contains(&expected), format!("{expected:?} is not among the events {published:?}"))?;
    ensure(published.iter().all(|(seq, id)| *seq != 2 || *id == expected.1), format!("{published:?}"))?;
    let heard = heard.map_err(|_| Violation(format!("nobody heard of it within {:?}", begun.elapsed())))?;
    assert_eq!(
        (&heard["id"], &heard["seq"], heard["content"].as_str()),
        (&answer["id"], &answer["seq"], Some(CONTENT))
    );
    assert_eq!(scene.count_content(CONTENT).await, 1);
    assert_eq!(listener.settle().await, Vec::<Value>::new());
    Ok(())
}

/// Every worker dies at its second batch, at this point. The first is the creation's, or a repetition after the take-over.
pub(crate) fn dying_at(point: &str) -> String {
    format!("{point}=1*off->1*return")
}

#[tokio::test]
async fn message_of_a_worker_that_died_before_it_could_answer_is_answered_and_published() {
    let scene = Scene::on(failing(workers(2), Service::Persistence, &dying_at("storing.after_commit"))).await;
    message_survives_its_worker(&scene, By::Socket).await.unwrap();
    scene.strike().await;
    let scene = Scene::on(failing(workers(2), Service::Persistence, &dying_at("storing.after_commit"))).await;
    message_survives_its_worker(&scene, By::Rest).await.unwrap();
    scene.strike().await;
}

#[tokio::test]
async fn message_of_a_worker_that_died_before_it_could_publish_is_published() {
    let scene = Scene::on(failing(workers(2), Service::Persistence, &dying_at("storing.after_answer"))).await;
    message_survives_its_worker(&scene, By::Socket).await.unwrap();
    scene.strike().await;
}
