//! The real `socket.io-client` on a gateway: as the web client uses it, with every transport.

use chat_e2e::{App, Node, User, own_stack, run_node};
use chat_e2e::{Service, Signal};
use serde_json::{Value, json};

use crate::tokens::{Member, log_out};

/// How the real client may be told to connect.
const TRANSPORTS: [&[&str]; 3] = [&["polling", "websocket"], &["websocket"], &["polling"]];

fn url(app: &App, gateway: usize, path: &str) -> String {
    format!("{}{path}", app.gateways()[gateway])
}

fn chat(conversation: &str) -> String {
    format!("/ws/chat/{conversation}/")
}

/// What a client says to open a socket on a path, with a person's token.
fn opening(app: &App, gateway: usize, path: &str, user: &User, options: &Value) -> Value {
    json!({"url": url(app, gateway, path), "auth": {"token": user.token}, "options": options})
}

#[tokio::test]
async fn snippet_of_the_seed_works_as_it_stands() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    ada.say(&direct, "before").await;
    let snippet = "
import io from 'socket.io-client';

const socket = io('ws://localhost:8001/ws/chat/{conversationId}/', {
    auth: {
        token: userToken
    }
});

socket.on('message_received', (data) => {
    // Handle new message
});
";
    let port = app.gateways()[0].rsplit(':').next().unwrap().to_owned();
    let filled = snippet.replace("{conversationId}", &direct).replace("8001", &port);
    let program = format!(
        "const userToken = {token};
{filled}
socket.on('message_received', (data) => {{
    console.log(JSON.stringify(data));
    socket.disconnect();
}});
socket.on('ready', () => socket.emit('send_message', {{ content: 'Hello!', message_type: 'text' }}));
",
        token = json!(ben.token)
    );
    let told: Value = serde_json::from_str(&run_node(&program).await).unwrap();
    assert_eq!((&told["conversation_id"], &told["seq"]), (&json!(direct), &json!(3)));
    assert_eq!((&told["message"]["content"], &told["message"]["sender"]["id"]), (&json!("Hello!"), &json!(ben.id)));
}

#[tokio::test]
async fn every_transport_carries_frames_and_callbacks() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut node = Node::start().await;
    for (number, transports) in TRANSPORTS.iter().enumerate() {
        let name = format!("ada-{number}");
        node.open(&name, opening(&app, number % 2, &chat(&direct), &ada, &json!({"transports": transports}))).await;
        node.expect(&name, "connect").await;
        let ready = node.frame(&name, "ready").await;
        assert_eq!((&ready["user_id"], &ready["conversation_id"]), (&json!(ada.id), &json!(direct)));
        if transports.len() > 1 {
            node.expect(&name, "upgrade").await;
        }
        let content = format!("é\u{1F600}\u{2028}\u{1e}{number}");
        let sent = node.ask(&name, "send_message", json!({"content": content, "client_id": name})).await;
        assert_eq!((&sent["client_id"], &sent["conversation_id"]), (&json!(name), &json!(direct)));
        assert!(sent["id"].is_string() && sent["created_at"].is_string() && sent.get("type").is_none(), "{sent}");
        let received = node.frame(&name, "message_received").await;
        assert_eq!((&received["message"]["id"], &received["seq"]), (&sent["id"], &sent["seq"]));
        assert_eq!(received["message"]["content"], json!(content));
        let message = ben.say(&direct, "an answer").await;
        assert_eq!(node.frame(&name, "message_received").await["message"]["id"], message["id"]);
        let refused = node.ask(&name, "send_message", json!({"content": " ", "client_id": "bad"})).await;
        assert_eq!((&refused["error"]["code"], &refused["error"]["client_id"]), (&json!("invalid"), &json!("bad")));
        assert!(refused["error"]["detail"].is_string() && refused["error"].get("type").is_none(), "{refused}");
        assert_eq!(node.ask(&name, "typing_start", json!({})).await, json!({}));
        assert_eq!(node.ask(&name, "ping", json!({})).await, json!({}));
        node.emit(&name, "mark_as_read", json!({"message_ids": [message["id"]]})).await;
        assert_eq!(node.frame(&name, "messages_read").await["message_ids"], json!([message["id"]]));
        node.emit(&name, "authenticate", json!({"token": ada.token})).await;
        assert!(node.frame(&name, "authenticated").await["expires_at"].is_string());
        node.emit(&name, "resume", json!({"after_seq": sent["seq"]})).await;
        assert_eq!(node.frame(&name, "resumed").await["last_seq"], message["seq"]);
        node.close(&name).await;
        let kept = node.kept(&name);
        let is_answer = |line: &Value| matches!(line["event"].as_str(), Some("message_sent" | "pong" | "error"));
        assert!(!kept.iter().any(is_answer), "a callback's answer comes there alone: {kept:?}");
    }
    assert_eq!(app.database().await.count_messages(&direct).await, 6);
}

#[tokio::test]
async fn without_a_callback_the_answer_is_an_event() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut node = Node::start().await;
    node.open("ada", opening(&app, 1, chat(&direct).trim_end_matches('/'), &ada, &json!({}))).await;
    node.expect("ada", "ready").await;
    node.emit("ada", "send_message", json!({"content": "x", "client_id": "c", "type": "send_message"})).await;
    assert_eq!(node.frame("ada", "message_sent").await["client_id"], "c");
    node.emit("ada", "send_message", json!({"content": ""})).await;
    assert_eq!(node.frame("ada", "error").await["code"], "invalid");
}

#[tokio::test]
async fn refused_connection_says_why() {
    let app = App::shared().await;
    let [ada, ben, eve] = app.users(["Ada", "Ben", "Eve"]).await;
    let path = chat(&ada.direct_with(&ben).await);
    let mut node = Node::start().await;
    for (number, transports) in TRANSPORTS.iter().enumerate() {
        for (token, path, code, close_code) in [
            ("nonsense", path.as_str(), "not_authenticated", 4501),
            ("", &path, "not_authenticated", 4501),
            (&app.expired_token(ada.id), &path, "not_authenticated", 4003),
            (&eve.token, &path, "not_found", 4504),
            (&ada.token, "/ws/chat/nonsense/", "not_found", 4504),
            (&ada.token, "/elsewhere", "not_found", 4504),
        ] {
            let name = format!("{number} {code} {path} {token:.8}");
            let auth = if token.is_empty() { json!({}) } else { json!({"token": token}) };
            let open = json!({"url": url(&app, 0, path), "auth": auth, "options": {"transports": transports}});
            node.open(&name, open).await;
            let error = node.expect(&name, "connect_error").await;
            assert_eq!(error["data"], json!({"code": code, "close_code": close_code}), "{name}: {error}");
            node.close(&name).await;
        }
    }
}

#[tokio::test]
async fn several_namespaces_share_a_connection_and_end_one_by_one() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let (direct, group) = (ada.direct_with(&ben).await, ada.group_with(&[&ben]).await);
    let mut node = Node::start().await;
    for (name, path) in [
        ("direct", chat(&direct)),
        ("group", chat(&group)),
        ("presence", "/ws/presence/".into()),
        ("all", "/ws/".into()),
    ] {
        node.open(name, opening(&app, 0, &path, &ben, &json!({}))).await;
        node.expect(name, "ready").await;
    }
    node.expect("presence", "presence_snapshot").await;
    ada.say(&group, "to the group").await;
    for name in ["group", "all"] {
        assert_eq!(node.frame(name, "message_received").await["conversation_id"], json!(group));
    }
    ada.remove(&group, &ben).await;
    assert_eq!(node.frame("group", "participant_removed").await["user_id"], json!(ben.id));
    let closing = node.frame("group", "closing").await;
    assert_eq!(closing, json!({"code": 4503, "reason": "no longer a participant"}));
    assert_eq!(node.expect("group", "disconnect").await["reason"], "io server disconnect");
    ada.say(&direct, "only here").await;
    for name in ["direct", "all"] {
        assert_eq!(node.frame(name, "message_received").await["conversation_id"], json!(direct));
    }
    node.close("direct").await;
    node.open("again", opening(&app, 0, &chat(&direct), &ben, &json!({}))).await;
    assert_eq!(node.frame("again", "ready").await["conversation_id"], json!(direct));
    assert!(node.kept("direct").iter().all(|line| line["event"] != "message_received"));
}

#[tokio::test]
async fn namespace_may_be_left_and_entered_again_on_the_same_connection() {
    let app = App::shared().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let mut node = Node::start().await;
    node.open("stays", opening(&app, 1, "/ws/", &ada, &json!({}))).await;
    node.open("ada", opening(&app, 1, &chat(&direct), &ada, &json!({}))).await;
    for number in 0..5 {
        node.expect("ada", "ready").await;
        node.emit("ada", "send_message", json!({"content": format!("{number}")})).await;
        node.close("ada").await;
        node.connect("ada").await;
    }
    node.expect("ada", "ready").await;
    let stored = async { while ada.history(&direct, "").await["results"].as_array().unwrap().len() < 5 {} };
    tokio::time::timeout(chat_e2e::PATIENCE, stored).await.expect("what was said before leaving is stored");
}

#[tokio::test]
async fn log_out_ends_the_namespace_and_it_does_not_come_back() {
    let app = App::shared().await;
    let tokens = Member::register(&app).await.log_in(&app).await;
    let mut node = Node::start().await;
    for (number, transports) in TRANSPORTS.iter().enumerate() {
        let auth = json!({"token": tokens.access});
        let open = json!({"url": url(&app, 0, "/ws/"), "auth": auth, "options": {"transports": transports}});
        node.open(&number.to_string(), open).await;
        node.expect(&number.to_string(), "ready").await;
    }
    log_out(&app, &tokens.refresh).await.expect(204);
    for number in 0..TRANSPORTS.len() {
        let name = number.to_string();
        assert_eq!(node.frame(&name, "closing").await["code"], 4003);
        assert_eq!(node.expect(&name, "disconnect").await["reason"], "io server disconnect");
    }
}

#[tokio::test]
async fn ticket_opens_a_namespace_once() {
    let app = App::shared().await;
    let ada = app.user("Ada").await;
    let ticket = ada.post("/api/auth/ticket/", json!({})).await.expect(201).text("ticket");
    let mut node = Node::start().await;
    let open = json!({"url": url(&app, 0, "/ws/"), "auth": {"ticket": ticket}});
    node.open("first", open.clone()).await;
    assert_eq!(node.frame("first", "ready").await["user_id"], json!(ada.id));
    let again = json!({"url": url(&app, 1, "/ws/"), "auth": {"ticket": ticket}});
    node.open("second", again).await;
    assert_eq!(node.expect("second", "connect_error").await["data"]["close_code"], 4501);
}

/// Nothing is lost and nothing comes twice while gateways are stopped in order and started again.
#[tokio::test]
async fn client_of_a_gateway_that_stops_comes_back_by_itself_and_misses_nothing() {
    let stack = own_stack().await.unwrap();
    let app = App::of(&stack).unwrap();
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let gateway = &stack.instances(Service::Gateway)[0].process;
    let mut node = Node::start().await;
    for (number, transports) in TRANSPORTS.iter().enumerate() {
        let options = json!({"transports": transports, "reconnectionDelay": 100, "reconnectionDelayMax": 300});
        let mut open = opening(&app, 0, &chat(&direct), &ben, &options);
        open["follow"] = json!(true);
        open["auth"]["after_seq"] = json!(1);
        node.open(&number.to_string(), open).await;
        node.expect(&number.to_string(), "resumed").await;
    }
    ada.say(&direct, "before").await;
    for number in 0..TRANSPORTS.len() {
        node.expect(&number.to_string(), "message_received").await;
    }
    gateway.stop(Signal::SIGTERM, chat_e2e::PATIENCE).await.unwrap();
    for (number, transports) in TRANSPORTS.iter().enumerate() {
        // Whoever has no request under way at that moment finds nobody to ask.
        if transports.contains(&"websocket") {
            assert_eq!(node.frame(&number.to_string(), "closing").await["code"], 4001);
        }
        node.expect(&number.to_string(), "disconnect").await;
    }
    ada.say(&direct, "meanwhile").await;
    gateway.start(chat_e2e::PATIENCE).await.unwrap();
    for number in 0..TRANSPORTS.len() {
        let name = number.to_string();
        assert_eq!(node.frame(&name, "message_received").await["message"]["content"], "meanwhile");
        node.expect(&name, "resumed").await;
    }
    ada.say(&direct, "after").await;
    for number in 0..TRANSPORTS.len() {
        let name = number.to_string();
        assert_eq!(node.frame(&name, "message_received").await["message"]["content"], "after");
        assert!(node.kept(&name).iter().all(|line| line["event"] != "message_received"));
    }
    stack.stop().await.unwrap();
}
