//! Commands that nobody can carry out are put away and answered; the others go on.

use async_nats::HeaderMap;
use chat_e2e::{App, Writer};
use chat_protocol::command::{HEADER_COMMAND_ID, HEADER_KIND, HEADER_REPLY_TO};
use chat_protocol::error::ErrorCode;
use chat_protocol::ids::{CommandId, ConversationId};
use chat_protocol::partition::Partition;
use chat_protocol::reply::Outcome;
use chat_protocol::subjects;
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use tokio::time::timeout;

fn headers(writer: &Writer, id: CommandId, kind: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER_COMMAND_ID, id.to_string());
    headers.insert(HEADER_REPLY_TO, writer.instance.as_str());
    headers.insert(HEADER_KIND, kind);
    headers
}

#[track_caller]
fn assert_unavailable(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Unavailable), "{outcome:?}");
}

#[tokio::test]
async fn command_that_nobody_understands_is_put_away_and_answered_and_the_next_is_stored() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let partition = Partition::of_conversation(direct.parse().unwrap());
    let mut writer = app.writer().await;
    let good = writer.send_message(&direct, ada.id, "x", TimeDelta::minutes(1)).unwrap().body.encode().unwrap();
    for (kind, body) in [
        ("brew_coffee", good.as_slice()),
        ("send_message", b"no JSON"),
        ("send_message", b"{}"),
        ("create_conversation", good.as_slice()),
        ("send_message", b"\xff\xfe"),
    ] {
        let id = CommandId::generate();
        let headers = headers(&writer, id, kind);
        writer.publish_raw(subjects::command(partition), headers, body).await.unwrap();
        assert_unavailable(&writer.answer(id).await);
        let (headers, kept) = writer.newest_dead_letter(&subjects::dead_letter(partition)).await.unwrap();
        assert_eq!(headers.get(HEADER_COMMAND_ID).map(async_nats::HeaderValue::as_str), Some(id.to_string().as_str()));
        assert_eq!(kept, body);
        assert!(headers.get("chat-reason").is_some() && headers.get("chat-position").is_some());
    }
    assert_eq!(ada.say(&direct, "goes on").await["seq"], 2);
}

#[tokio::test]
async fn command_in_a_partition_that_is_not_its_own_is_put_away() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let own = Partition::of_conversation(direct.parse().unwrap());
    let foreign = Partition::new((own.get() + 1) % 64).unwrap();
    let mut writer = app.writer().await;
    let command = writer.send_message(&direct, ada.id, "x", TimeDelta::minutes(1)).unwrap();
    let headers = headers(&writer, command.id, "send_message");
    writer.publish_raw(subjects::command(foreign), headers, &command.body.encode().unwrap()).await.unwrap();
    assert_unavailable(&writer.answer(command.id).await);
    assert_eq!(app.database().await.count_messages(&direct).await, 0);
}

#[tokio::test]
async fn command_without_a_name_or_an_asker_is_put_away_and_nobody_is_held_up() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let conversation: ConversationId = direct.parse().unwrap();
    let partition = Partition::of_conversation(conversation);
    let writer = app.writer().await;
    let mut letters = writer.hear(&subjects::dead_letter(partition)).await.unwrap();
    let body = format!("nameless in {direct}");
    for headers in
        [HeaderMap::new(), HeaderMap::from_iter([("chat-kind".parse().unwrap(), "send_message".parse().unwrap())])]
    {
        writer.publish_raw(subjects::command(partition), headers, body.as_bytes()).await.unwrap();
        let put_away = async {
            letters.by_ref().any(|letter| async move { letter.payload == format!("nameless in {conversation}") }).await
        };
        assert!(timeout(chat_e2e::PATIENCE, put_away).await.unwrap());
    }
    assert_eq!(ada.say(&direct, "goes on").await["seq"], 2);
}
