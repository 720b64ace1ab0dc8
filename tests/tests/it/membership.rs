//! A non-participant gets nothing and writes nothing; that is decided where it is stored.

use chat_e2e::{App, send_path};
use chat_protocol::error::Refusal;
use chat_protocol::ids::{ConversationId, MessageId};
use chat_protocol::reply::Outcome;
use chrono::TimeDelta;
use serde_json::json;

#[tokio::test]
async fn stranger_is_refused_in_the_storing_statement_whatever_the_gateway_believes() {
    let app = App::shared().await;
    let [ada, ben, mallory] = app.users(["Ada", "Ben", "Mallory"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut listener = ben.open(1, &direct).await;
    let mut writer = app.writer().await;

    let forged = writer.send_message(&direct, mallory.id, "let me in", TimeDelta::minutes(1)).unwrap();
    assert_eq!(writer.ask(&forged).await, Outcome::Refused(Refusal::not_found()));
    let nobody = writer.send_message(&direct, app.fresh_id(), "let me in", TimeDelta::minutes(1)).unwrap();
    assert_eq!(writer.ask(&nobody).await, Outcome::Refused(Refusal::not_found()));
    let nowhere = ConversationId::generate().to_string();
    let lost = writer.send_message(&nowhere, ada.id, "hello?", TimeDelta::minutes(1)).unwrap();
    assert_eq!(writer.ask(&lost).await, Outcome::Refused(Refusal::not_found()));

    // The same command of a participant is stored: the victim was in the path.
    let genuine = writer.send_message(&direct, ada.id, "it is me", TimeDelta::minutes(1)).unwrap();
    assert!(matches!(writer.ask(&genuine).await, Outcome::MessageStored { created: true, .. }));
    let heard = listener.messages(1).await;
    assert_eq!((&heard[0]["content"], &heard[0]["seq"]), (&json!("it is me"), &json!(2)));
    assert_eq!(app.database().await.count_messages(&direct).await, 1);
}

#[tokio::test]
async fn repeated_command_is_answered_with_its_first_outcome() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut writer = app.writer().await;
    let command = writer.send_message(&direct, ada.id, "once", TimeDelta::minutes(1)).unwrap();
    let first = writer.ask(&command).await;
    assert!(matches!(first, Outcome::MessageStored { created: true, .. }));
    assert_eq!(writer.ask(&command).await, first);
    assert_eq!(app.database().await.count_messages(&direct).await, 1);
}

#[tokio::test]
async fn strangers_socket_is_closed_as_if_there_were_no_such_conversation() {
    let [ada, ben, mallory] = App::shared().await.users(["Ada", "Ben", "Mallory"]).await;
    let direct = ada.direct_with(&ben).await;
    let unknown = ConversationId::generate().to_string();
    let mut closings = Vec::new();
    for conversation in [direct.as_str(), &unknown, "not-an-id", "%00"] {
        closings.push(mallory.knock(0, conversation).await.closed().await);
    }
    assert_eq!(closings[0].code, 4504);
    assert!(closings.iter().all(|closing| *closing == closings[0]), "{closings:?}");
}

#[tokio::test]
async fn message_sent_before_the_door_shut_is_not_stored() {
    let app = App::shared().await;
    let [ada, ben, mallory] = app.users(["Ada", "Ben", "Mallory"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut socket = mallory.knock(0, &direct).await;
    // The socket may be closed before it takes the frame.
    let frame = json!({"type": "send_message", "content": "quick"}).to_string();
    let _ = socket.send_raw(tokio_tungstenite::tungstenite::Message::text(frame)).await;
    assert_eq!(socket.close_code().await, 4504);
    // What came after it in the same partition is stored: so is it decided.
    ada.say(&direct, "slow").await;
    assert_eq!(app.database().await.count_messages(&direct).await, 1);
}

#[tokio::test]
async fn foreign_unknown_and_malformed_ids_get_the_same_404() {
    let [ada, ben, mallory] = App::shared().await.users(["Ada", "Ben", "Mallory"]).await;
    let direct = ada.direct_with(&ben).await;
    let message = ada.say(&direct, "secret").await;
    let (unknown, other) = (ConversationId::generate().to_string(), MessageId::generate().to_string());
    let mut bodies = Vec::new();
    for id in [direct.as_str(), &unknown, "1", "not-an-id", "%ff", "%00", &direct.replace('-', "")] {
        for path in ["", "messages/"] {
            let path = format!("/api/chat/conversations/{id}/{path}");
            bodies.push(mallory.get(&path).await.refused(404, "not_found").body);
        }
        bodies.push(mallory.post(&send_path(id), json!({"content": "x"})).await.refused(404, "not_found").body);
    }
    for id in [message["id"].as_str().unwrap(), &other, "x"] {
        bodies.push(mallory.get(&format!("/api/chat/messages/{id}/")).await.refused(404, "not_found").body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
    assert_eq!(mallory.get("/api/chat/conversations/").await.expect(200).body["results"], json!([]));
    let query = format!("/api/chat/conversations/?participant={}&search=Ada", ada.id);
    assert_eq!(mallory.get(&query).await.expect(200).body["results"], json!([]));
}
