//! Nothing is carried out after its time.

use chat_e2e::App;
use chat_protocol::command::{Command, CommandBody, CreateConversation};
use chat_protocol::error::ErrorCode;
use chat_protocol::ids::{CommandId, ConversationId, UserId};
use chat_protocol::reply::Outcome;
use chat_protocol::rest::CreateConversationRequest;
use chrono::{TimeDelta, Utc};
use serde_json::json;

#[tokio::test]
async fn message_whose_time_has_passed_is_refused_and_not_stored() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut writer = app.writer().await;
    let late = writer.send_message(&direct, ada.id, "late", TimeDelta::milliseconds(-1)).unwrap();
    let outcome = writer.ask(&late).await;
    assert!(matches!(&outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Unavailable), "{outcome:?}");
    assert_eq!(app.database().await.count_messages(&direct).await, 0);
    let next = ada.say(&direct, "in time").await;
    assert_eq!(next["seq"], 2, "a refusal takes no position");
}

#[tokio::test]
async fn message_stored_in_time_is_confirmed_at_any_time() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut writer = app.writer().await;
    let mut command = writer.send_message(&direct, ada.id, "in time", TimeDelta::minutes(1)).unwrap();
    let stored = writer.ask(&command).await;
    let CommandBody::SendMessage(body) = &mut command.body else { panic!("a message") };
    body.not_after = (Utc::now() - TimeDelta::hours(1)).into();
    assert_eq!(writer.ask(&command).await, stored);
}

#[tokio::test]
async fn conversation_whose_time_has_passed_is_not_begun() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let mut writer = app.writer().await;
    let request = CreateConversationRequest {
        participant_ids: vec![UserId::new(ben.id).unwrap()],
        ..CreateConversationRequest::default()
    };
    let actor_id = UserId::new(ada.id).unwrap();
    let conversation_id = ConversationId::generate();
    let command = Command {
        id: CommandId::from_uuid(conversation_id.uuid()),
        reply_to: writer.instance.clone(),
        body: CommandBody::CreateConversation(Box::new(CreateConversation {
            conversation_id,
            actor_id,
            owner_id: None,
            conversation: request.check(actor_id, 10).unwrap(),
            not_after: (Utc::now() - TimeDelta::milliseconds(1)).into(),
        })),
    };
    let outcome = writer.ask(&command).await;
    assert!(matches!(&outcome, Outcome::Refused(refusal) if refusal.code == ErrorCode::Unavailable), "{outcome:?}");
    let list = ben.get("/api/chat/conversations/").await.expect(200).body;
    assert_eq!(list["results"], json!([]));
}
