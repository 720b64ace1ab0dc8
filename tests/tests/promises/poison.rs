//! Commands at which workers die, or which the database refuses, end on CHAT_DEAD_LETTERS; nobody else is held up or put away with them.

use std::collections::BTreeSet;

use chat_e2e::{PATIENCE, Service, StackOptions, User, Writer};
use chat_protocol::command::{Command, CommandBody};
use chat_protocol::error::ErrorCode;
use chat_protocol::partition::Partition;
use chat_protocol::reply::Outcome;
use chrono::TimeDelta;
use serde_json::json;
use tokio::time::timeout;

use crate::{Scene, failing, said, workers};

/// Conversations beside the poisoned one.
const OTHERS: usize = 6;

fn partition_of(conversation: &str) -> Partition {
    Partition::of_conversation(conversation.parse().expect("it can be read"))
}

/// A group in the same partition as a conversation: one in 64 is.
async fn neighbour(user: &User, other: &User, conversation: &str) -> String {
    let search = async {
        loop {
            let begun = user.group_with(&[other]).await;
            if partition_of(&begun) == partition_of(conversation) {
                return begun;
            }
        }
    };
    timeout(PATIENCE, search).await.expect("one in 64 is in the partition")
}

/// The same command with a text that no client can send, because it is checked at the door.
fn with_content(mut command: Command, content: &str) -> Command {
    if let CommandBody::SendMessage(body) = &mut command.body {
        content.clone_into(&mut body.message.content);
    }
    command
}

async fn put_away(writer: &Writer) -> Vec<(String, String)> {
    writer.dead_letters().await.expect("the stream is read")
}

#[tokio::test]
async fn message_at_which_workers_die_is_put_away_and_nobody_else_is() {
    let options = StackOptions { restart: true, ..failing(workers(2), Service::Persistence, "storing.panic=return") };
    let scene = Scene::on(options).await;
    let [cleo, dan] = scene.app.users(["Cleo", "Dan"]).await;
    let near = neighbour(&cleo, &dan, &scene.direct).await;
    let mut conversations = vec![near.clone()];
    for _ in 1..OTHERS {
        conversations.push(cleo.group_with(&[&dan]).await);
    }
    let victim = scene.owner().await;
    let pid = victim.pid();
    let mut poisoner = scene.ada.open(0, &scene.direct).await;
    let mut innocent = Vec::new();
    for (number, conversation) in conversations.iter().enumerate() {
        innocent.push(cleo.open(number, conversation).await);
    }
    // Before, beside and after it.
    poisoner.send(said("before", Some("before"))).await;
    for socket in &mut innocent {
        socket.send_all((0..5).map(|number| said(&format!("early {number}"), None))).await;
    }
    poisoner.send_all([said("poison", Some("poison")), said("after", Some("after"))]).await;
    for socket in &mut innocent {
        socket.send_all((5..10).map(|number| said(&format!("late {number}"), None))).await;
    }
    // Three workers die, and each leaves a lease behind.
    let refused = poisoner.expect_within("error", PATIENCE * 3).await;
    assert_eq!((&refused["code"], &refused["client_id"]), (&json!("unavailable"), &json!("poison")));
    let sent = [poisoner.expect("message_sent").await, poisoner.expect("message_sent").await];
    assert_eq!(
        sent.map(|sent| (sent["client_id"].clone(), sent["seq"].clone())),
        [(json!("before"), json!(2)), (json!("after"), json!(3))]
    );
    for (socket, conversation) in innocent.iter_mut().zip(&conversations) {
        for seq in 2..12 {
            assert_eq!(socket.expect("message_sent").await["seq"], seq, "{conversation}");
        }
    }
    assert_ne!(victim.pid(), pid, "the worker died of it");
    let letters = put_away(&scene.app.writer().await).await;
    assert!(matches!(&letters[..], [(_, body)] if body.contains(r#""poison""#)), "{letters:?}");
    assert_eq!(scene.count_content("poison").await, 0);
    scene.strike().await;
}

#[tokio::test]
async fn value_that_the_database_refuses_is_put_away_and_nobody_else_is() {
    let scene = Scene::shared().await;
    let other = scene.ada.group_with(&[&scene.ben]).await;
    let mut writer = scene.app.writer().await;
    let before: BTreeSet<_> = put_away(&writer).await.into_iter().collect();
    let say = |conversation: &str, content: &str| {
        writer.send_message(conversation, scene.ada.id, content, TimeDelta::minutes(1)).unwrap()
    };
    let mut commands = Vec::new();
    for number in 0..20 {
        commands.push(say([&scene.direct, &other][number % 2], &format!("good {number}")));
    }
    let bad = with_content(say(&scene.direct, "to be spoilt"), "no\0text");
    commands.insert(10, bad.clone());
    for command in &commands {
        writer.publish(command).await.unwrap();
    }
    for command in &commands {
        let outcome = writer.answer(command.id).await;
        let is_stored = matches!(outcome, Outcome::MessageStored { .. });
        let is_refused = matches!(&outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Unavailable);
        assert!(if command.id == bad.id { is_refused } else { is_stored }, "{outcome:?}");
    }
    let letters: BTreeSet<_> = put_away(&writer).await.into_iter().collect();
    let fresh: Vec<_> = letters.difference(&before).map(|(id, _)| id.clone()).collect();
    assert_eq!(fresh, [bad.id.to_string()]);
    for conversation in [&scene.direct, &other] {
        let page = scene.ben.history(conversation, "?order=asc").await;
        let seqs: Vec<_> =
            page["results"].as_array().into_iter().flatten().filter_map(|row| row["seq"].as_i64()).collect();
        assert_eq!(seqs, (2..12).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn command_of_an_unknown_kind_holds_up_nobody() {
    use async_nats::HeaderMap;
    use chat_protocol::command::{HEADER_COMMAND_ID, HEADER_KIND, HEADER_REPLY_TO};
    use chat_protocol::ids::CommandId;

    let scene = Scene::shared().await;
    let mut writer = scene.app.writer().await;
    let mut socket = scene.ada.open(0, &scene.direct).await;
    let subject = chat_protocol::subjects::command(partition_of(&scene.direct));
    let mut unknown = Vec::new();
    for number in 0..10 {
        let id = CommandId::generate();
        let headers = [
            (HEADER_COMMAND_ID, id.to_string()),
            (HEADER_KIND, "brew_coffee".to_owned()),
            (HEADER_REPLY_TO, writer.instance.to_string()),
        ];
        let headers: HeaderMap =
            headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        writer.publish_raw(subject.clone(), headers, b"{}").await.unwrap();
        socket.send(said(&format!("between {number}"), None)).await;
        unknown.push(id);
    }
    for id in unknown {
        let outcome = writer.answer(id).await;
        assert!(matches!(&outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Unavailable), "{outcome:?}");
    }
    for seq in 2..12 {
        assert_eq!(socket.expect("message_sent").await["seq"], seq);
    }
}
