//! Machines: they begin conversations for others and speak as the system, and take part in nothing.

use chat_e2e::{App, User, send_path};
use chat_protocol::command::{CommandBody, CreateConversation, DeleteMessage, PostSystemMessage};
use chat_protocol::error::ErrorCode;
use chat_protocol::ids::{CommandId, ConversationId, UserId};
use chat_protocol::reply::Outcome;
use chat_protocol::rest::CreateConversationRequest;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::admin::{UNKNOWN, rows};

const CONVERSATIONS: &str = "/api/chat/conversations/";

fn closed(client_id: &str) -> Value {
    json!({"content": "The job is now closed.", "message_type": "system", "client_id": client_id})
}

async fn unread(user: &User) -> Value {
    user.get("/api/chat/unread/").await.expect(200).body["total"].clone()
}

#[tokio::test]
async fn machine_begins_a_conversation_for_people_never_seen() {
    let app = App::shared().await;
    let (ada, machine) = (app.user("Ada").await, app.machine("Marketplace").await);
    let [felix, clara] = [app.fresh_id(), app.fresh_id()];
    let job = json!({"id": felix, "status": "open"});
    let avatar = "https://example.com/felix.png";
    let users = json!([
        {"id": felix, "name": "Felix", "role": "freelancer", "avatar_url": avatar},
        {"id": clara, "name": "Clara"},
        {"id": ada.id, "name": "Somebody else", "role": "freelancer"},
    ]);
    let body = json!({"participant_ids": [felix, ada.id], "owner_id": clara, "users": users, "job": job});
    let begun = machine.post(CONVERSATIONS, body.clone()).await.expect(201).body;
    let people: Vec<_> = begun["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["id"].as_i64().unwrap(),
                one["name"].as_str().unwrap(),
                one["role"].as_str().unwrap(),
                one["user_role"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        people,
        [
            (clara, "Clara", "owner", "client"),
            (ada.id, "Ada", "member", "freelancer"),
            (felix, "Felix", "member", "freelancer")
        ]
    );
    assert_eq!((&begun["kind"], &begun["participant_count"]), (&json!("job"), &json!(3)));
    let id = begun["id"].as_str().unwrap();
    let events = ada.get(&format!("{CONVERSATIONS}{id}/events/")).await.expect(200).body;
    assert_eq!(
        (&events["results"][0]["type"], &events["results"][0]["actor_id"]),
        (&json!("conversation_created"), &json!(machine.id))
    );

    ada.say(id, "a secret").await;
    let again = machine.post(CONVERSATIONS, body).await.expect(200).body;
    assert_eq!((&again["id"], &again["last_message"], &again["unread_count"]), (&begun["id"], &Value::Null, &json!(0)));
    // Felix comes with a token of his own.
    let felix = app.user_with(felix, "Felix", &app.token(felix, "Felix"));
    assert_eq!(rows(&felix.get(CONVERSATIONS).await.expect(200).body)[0]["unread_count"], 1);
}

#[tokio::test]
async fn first_named_is_the_owner_by_default() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let machine = app.machine("Marketplace").await;
    let mut sockets = [ada.knock_all(0, "").await, ben.knock_all(1, "").await];
    for socket in &mut sockets {
        socket.expect("ready").await;
    }
    let begun = machine.post(CONVERSATIONS, json!({"participant_ids": [ben.id, ada.id]})).await.expect(201).body;
    assert_eq!((&begun["kind"], &begun["participants"][0]["id"]), (&json!("direct"), &json!(ben.id)));
    for socket in &mut sockets {
        let told = socket.expect("conversation_created").await;
        assert_eq!((&told["conversation_id"], &told["actor_id"]), (&begun["id"], &json!(machine.id)));
    }
    let same = ada.post(CONVERSATIONS, json!({"participant_ids": [ben.id]})).await.expect(200).body;
    assert_eq!(same["id"], begun["id"], "the pair's conversation exists once");
}

#[tokio::test]
async fn machine_sees_nothing_of_what_it_began() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let machine = app.machine("Marketplace").await;
    let begun = machine.post(CONVERSATIONS, json!({"participant_ids": [ada.id, ben.id]})).await.expect(201).text("id");
    let said = ada.say(&begun, "between us").await["id"].as_str().unwrap().to_owned();
    for path in ["", "messages/", "events/", "participants/"] {
        machine.get(&format!("{CONVERSATIONS}{begun}/{path}")).await.refused(404, "not_found");
    }
    machine.get(&format!("/api/chat/messages/{said}/")).await.refused(404, "not_found");
    machine.delete(&format!("/api/chat/messages/{said}/")).await.refused(404, "not_found");
    machine.patch(&format!("{CONVERSATIONS}{begun}/"), json!({"title": "x"})).await.refused(404, "not_found");
    machine.post(&send_path(&begun), json!({"content": "as myself"})).await.refused(404, "not_found");
    for list in ["conversations/", "messages/", "messages/?search=between", "presence/"] {
        assert_eq!(
            *rows(&machine.get(&format!("/api/chat/{list}")).await.expect(200).body),
            [Value::Null; 0],
            "{list}"
        );
    }
    assert_eq!(machine.knock(0, &begun).await.close_code().await, 4504);
}

#[tokio::test]
async fn what_a_machine_asks_for_wrongly_is_refused() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let machine = app.machine("Marketplace").await;
    let (nobody, brought) = (app.fresh_id(), app.fresh_id());
    let pair = json!([ada.id, ben.id]);
    for (field, bad) in [
        ("participant_ids", json!({"participant_ids": []})),
        ("participant_ids", json!({"participant_ids": [ada.id]})),
        ("participant_ids", json!({"participant_ids": [ada.id, nobody]})),
        ("participant_ids", json!({"participant_ids": [ada.id, machine.id]})),
        ("participant_ids", json!({"participant_ids": pair, "owner_id": machine.id})),
        ("users", json!({"participant_ids": pair, "users": [{"id": brought, "name": "Takes no part"}]})),
        ("users", json!({"participant_ids": [ada.id, brought], "users": [{"id": brought, "name": ""}]})),
        (
            "users",
            json!({"participant_ids": [ada.id, brought], "users": [{"id": brought, "name": "A", "role": "admin"}]}),
        ),
        (
            "users",
            json!({"participant_ids": [ada.id, brought], "users": [{"id": brought, "name": "A", "avatar_url": "data:x"}]}),
        ),
    ] {
        let refused = machine.post(CONVERSATIONS, bad.clone()).await.refused(400, "invalid");
        assert!(refused.body["errors"][field].is_array(), "{bad}: {}", refused.body);
    }
    for of_machines in [json!({"owner_id": ben.id}), json!({"users": []})] {
        let mut body = json!({"participant_ids": [ben.id]});
        body.as_object_mut().unwrap().extend(of_machines.as_object().unwrap().clone());
        ada.post(CONVERSATIONS, body).await.refused(403, "permission_denied");
    }
    ada.post(CONVERSATIONS, json!({"participant_ids": [ben.id], "owner_id": ada.id})).await.expect(201);
    let group = ada.group_with(&[&ben]).await;
    let add = json!({"user_ids": [machine.id]});
    ada.post(&format!("{CONVERSATIONS}{group}/participants/"), add).await.refused(400, "invalid");
    ada.post(CONVERSATIONS, json!({"participant_ids": [machine.id]})).await.refused(400, "invalid");
}

#[tokio::test]
async fn words_of_the_system_reach_everybody_and_are_never_unread() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let machine = app.machine("Marketplace").await;
    let direct = ada.direct_with(&ben).await;
    let mut sockets = [ada.open(0, &direct).await, ben.open(1, &direct).await];
    let mut everywhere = ben.knock_all(0, "").await;
    everywhere.expect("ready").await;
    let posted = machine.post(&send_path(&direct), closed("job-7")).await.expect(201).body;
    assert_eq!((&posted["sender"], &posted["message_type"]), (&Value::Null, &json!("system")));
    assert_eq!((&posted["client_id"], &posted["seq"]), (&json!("job-7"), &json!(2)));
    for socket in sockets.iter_mut().chain([&mut everywhere]) {
        let told = socket.expect("message_received").await;
        assert_eq!((&told["message"], &told["actor_id"]), (&posted, &json!(machine.id)));
    }
    let said = ada.say(&direct, "oh").await;
    for user in [&ada, &ben] {
        assert_eq!(user.history(&direct, "").await["results"], json!([said, posted]));
    }
    assert_eq!((unread(&ada).await, unread(&ben).await), (json!(0), json!(1)), "Ada's word alone");
    let told = everywhere.settle().await;
    let counts: Vec<_> =
        told.iter().filter(|frame| frame["type"] == "unread_changed").map(|frame| &frame["unread_count"]).collect();
    assert!(counts.iter().all(|count| **count == json!(1)), "{told:?}");
    let events = ben.get(&format!("{CONVERSATIONS}{direct}/events/?after_seq=1")).await.expect(200).body;
    assert_eq!((&events["results"][0]["message"], &events["results"][0]["actor_id"]), (&posted, &json!(machine.id)));
}

#[tokio::test]
async fn repeated_client_id_is_answered_with_the_first_words() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let (machine, other) = (app.machine("Marketplace").await, app.machine("Billing").await);
    let group = ada.group_with(&[&ben]).await;
    let first = machine.post(&send_path(&group), closed("once")).await.expect(201).body;
    let mut different = closed("once");
    different["content"] = json!("Something else.");
    let path = send_path(&group);
    let (one, two) = tokio::join!(machine.post(&path, different.clone()), machine.post(&path, closed("once")));
    assert_eq!((one.expect(200).body, two.expect(200).body), (first.clone(), first.clone()));
    assert_ne!(other.post(&send_path(&group), different.clone()).await.expect(201).body["id"], first["id"]);
    assert_ne!(
        ada.post(&send_path(&group), json!({"content": "x", "client_id": "once"})).await.expect(201).body["id"],
        first["id"]
    );
    assert_ne!(
        machine.post(&send_path(&ada.direct_with(&ben).await), different).await.expect(201).body["id"],
        first["id"]
    );
    let made = machine.post(&send_path(&group), json!({"content": "y", "message_type": "system"})).await.expect(201);
    assert!(made.body["client_id"].is_string(), "the server makes one");
    ada.delete(&format!("{CONVERSATIONS}{group}/")).await.expect(204);
    assert_eq!(
        machine.post(&send_path(&group), closed("once")).await.expect(200).body,
        first,
        "what was stored is confirmed"
    );
    machine.post(&send_path(&group), closed("late")).await.refused(404, "not_found");
}

#[tokio::test]
async fn nobody_else_speaks_as_the_system_and_machines_say_text_alone() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let (mona, machine) = (app.administrator("Mona").await, app.machine("Marketplace").await);
    let direct = ada.direct_with(&ben).await;
    for person in [&ada, &mona] {
        let refused = person.post(&send_path(&direct), closed("x")).await.refused(400, "invalid");
        assert!(refused.body["errors"]["message_type"].is_array());
    }
    for (field, more) in [
        ("content", json!({"content": " "})),
        ("attachment_ids", json!({"attachment_ids": [UNKNOWN]})),
        ("reply_to", json!({"reply_to": UNKNOWN})),
        ("client_id", json!({"client_id": ""})),
    ] {
        let mut body = closed("x");
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = machine.post(&send_path(&direct), body).await.refused(400, "invalid");
        assert!(refused.body["errors"][field].is_array(), "{more}: {}", refused.body);
    }
    machine.post(&send_path(UNKNOWN), closed("x")).await.refused(404, "not_found");
    machine.post(&send_path("x"), closed("x")).await.refused(404, "not_found");
    assert_eq!(ada.history(&direct, "").await["results"], json!([]));
    // In a block nothing passes between the two; what the system says is neither's.
    ben.put(&format!("/api/chat/blocks/{}/", ada.id)).await.expect(201);
    machine.post(&send_path(&direct), closed("x")).await.expect(201);
}

#[tokio::test]
async fn machines_and_people_never_share_an_id() {
    let app = App::shared().await;
    let (ada, machine) = (app.user("Ada").await, app.machine("Marketplace").await);
    app.with_token(&app.machine_token(ada.id, "Ada")).get(CONVERSATIONS).await.refused(401, "not_authenticated");
    app.with_token(&app.token(machine.id, "Eve")).get(CONVERSATIONS).await.refused(401, "not_authenticated");
    let direct = ada.direct_with(&app.user("Ben").await).await;
    let stolen = app.user_with(ada.id, "Ada", &app.machine_token(ada.id, "Ada"));
    assert_eq!(stolen.knock(0, &direct).await.close_code().await, 4003);
    ada.get(CONVERSATIONS).await.expect(200);
}

#[tokio::test]
async fn statement_that_stores_asks_who_it_is_for_itself() {
    let app = App::shared().await;
    let [ada, ben, eve] = app.users(["Ada", "Ben", "Eve"]).await;
    let direct = ada.direct_with(&ben).await;
    let said = ada.say(&direct, "x").await["id"].as_str().unwrap().to_owned();
    let mut writer = app.writer().await;
    let user = |who: &User| UserId::new(who.id).unwrap();
    let (conversation_id, not_after) = (direct.parse().unwrap(), (Utc::now() + TimeDelta::minutes(1)).into());
    for actor_id in [user(&ada), user(&eve)] {
        let content = "I am the system".to_owned();
        let post = PostSystemMessage { conversation_id, actor_id, content, client_id: None, not_after };
        let delete = DeleteMessage { conversation_id, message_id: said.parse().unwrap(), actor_id, not_after };
        for body in [CommandBody::PostSystemMessage(post), CommandBody::ModerateMessage(delete)] {
            let outcome = writer.ask(&writer.command(body)).await;
            assert!(
                matches!(&outcome, Outcome::Refused(why) if why.code == ErrorCode::PermissionDenied),
                "{outcome:?}"
            );
        }
    }
    let request =
        CreateConversationRequest { participant_ids: vec![user(&ben)], ..CreateConversationRequest::default() };
    let fresh = ConversationId::generate();
    let body = CommandBody::CreateConversation(Box::new(CreateConversation {
        conversation_id: fresh,
        actor_id: user(&eve),
        owner_id: Some(user(&ada)),
        conversation: CreateConversationRequest { kind: Some(chat_protocol::rest::ConversationKind::Group), ..request }
            .check(user(&ada), 10)
            .unwrap(),
        not_after,
    }));
    let mut command = writer.command(body);
    command.id = CommandId::from_uuid(fresh.uuid());
    let outcome = writer.ask(&command).await;
    assert!(matches!(&outcome, Outcome::Refused(why) if why.code == ErrorCode::PermissionDenied), "{outcome:?}");
    assert_eq!(rows(&ada.history(&direct, "").await).len(), 1);
}
