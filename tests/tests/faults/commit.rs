//! Acknowledged means committed: nobody is answered while the database is halted or gone.

use std::time::Duration;

use chat_e2e::{PATIENCE, Signal, send_path};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{Scene, heartbeats};

#[tokio::test]
async fn sender_is_answered_after_the_commit_and_not_before() {
    let scene = Scene::set().await;
    let (mut speaker, mut listener) = (scene.ada.open(0, &scene.direct).await, scene.ben.open(1, &scene.direct).await);
    let writer = scene.app.writer().await;
    let commands = writer.hear("chat.command.*").await.unwrap();

    scene.stack.postgres().kill(Signal::SIGSTOP).await.unwrap();
    speaker.say("by socket", "s").await;
    let (ada, path) = (scene.ada.clone(), send_path(&scene.direct));
    let rest = tokio::spawn(async move { ada.post(&path, json!({"content": "by REST", "client_id": "r"})).await });
    // Both are on the stream: nothing but the commit is missing.
    let taken = timeout(PATIENCE, commands.take(2).collect::<Vec<_>>()).await.unwrap();
    let taken = taken.iter().map(|command| String::from_utf8_lossy(&command.payload).into_owned()).collect::<String>();
    assert!(taken.contains("by socket") && taken.contains("by REST"), "{taken}");
    heartbeats(&mut speaker, 4).await;
    assert_eq!((speaker.settle().await, listener.settle().await), (Vec::<Value>::new(), Vec::new()));
    assert!(!rest.is_finished());
    assert!(scene.stack.postgres().is_halted());

    scene.stack.postgres().kill(Signal::SIGCONT).await.unwrap();
    let sent = speaker.expect("message_sent").await;
    let answer = timeout(PATIENCE, rest).await.unwrap().unwrap().expect(201).body;
    let heard = listener.messages(2).await;
    assert_eq!(scene.ben.history(&scene.direct, "?order=asc").await["results"], json!(heard));
    let by = |client_id: &str| heard.iter().find(|message| message["client_id"] == client_id).unwrap();
    assert_eq!(
        (&by("s")["id"], &by("s")["seq"], &by("s")["created_at"]),
        (&sent["id"], &sent["seq"], &sent["created_at"])
    );
    assert_eq!(*by("r"), answer);
    scene.strike().await;
}

#[tokio::test]
async fn what_was_sent_while_the_database_was_gone_is_stored_in_order_when_it_is_back() {
    let scene = Scene::set().await;
    let (mut speaker, mut listener) = (scene.ada.open(0, &scene.direct).await, scene.ben.open(1, &scene.direct).await);
    scene.stack.postgres().kill(Signal::SIGKILL).await.unwrap();
    let frame = |number: usize| json!({"type": "send_message", "content": format!("m-{number}"), "client_id": format!("m-{number}")});
    speaker.send_all((0..20).map(frame)).await;
    heartbeats(&mut speaker, 2).await;
    assert_eq!((speaker.settle().await, listener.settle().await), (Vec::<Value>::new(), Vec::new()));
    // Who is not in yet is told to come back; whoever writes over REST, too.
    assert_eq!(scene.ben.knock(1, &scene.direct).await.close_code().await, 4013);
    let unread = scene.ada.get(&format!("/api/chat/conversations/{}/", scene.direct)).await.refused(503, "unavailable");
    assert!(unread.headers.contains_key("retry-after"));

    scene.stack.postgres().start(Duration::from_mins(1)).await.unwrap();
    for number in 0..20_i64 {
        let sent = speaker.expect("message_sent").await;
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(format!("m-{number}")), &json!(number + 2)));
    }
    let heard = listener.messages(20).await;
    assert!((2_i64..).zip(&heard).all(|(seq, message)| message["seq"] == seq));
    scene.strike().await;
}
