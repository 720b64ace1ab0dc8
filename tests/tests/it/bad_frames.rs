//! A frame that cannot be honoured is answered with a coded error, and nothing is written.

use chat_e2e::{App, User};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

fn send_message(fields: &Value) -> Value {
    let mut frame = json!({"type": "send_message", "content": "x"});
    for (name, value) in fields.as_object().expect("fields") {
        frame[name] = value.clone();
    }
    frame
}

async fn pair(app: &App) -> (User, String) {
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    (ada, direct)
}

#[tokio::test]
async fn bad_frame_gets_its_code_and_writes_nothing() {
    let app = App::shared().await;
    let (ada, direct) = pair(&app).await;
    let unknown = chat_protocol::ids::MessageId::generate().to_string();
    let cases: [(Value, &str, Option<&str>); 19] = [
        (json!({"type": "send_message"}), "invalid", Some("content")),
        (send_message(&json!({"content": ""})), "invalid", Some("content")),
        (send_message(&json!({"content": " \n\t\u{2003}"})), "invalid", Some("content")),
        (send_message(&json!({"content": "a\0b"})), "invalid", Some("content")),
        (send_message(&json!({"content": "x".repeat(16 * 1024 + 1)})), "too_large", Some("content")),
        (send_message(&json!({"content": "é".repeat(8 * 1024 + 1)})), "too_large", Some("content")),
        (send_message(&json!({"content": 5})), "invalid", None),
        (send_message(&json!({"content": ["x"]})), "invalid", None),
        (send_message(&json!({"message_type": "system"})), "invalid", Some("message_type")),
        (send_message(&json!({"message_type": "shout"})), "invalid", Some("message_type")),
        (send_message(&json!({"message_type": 1})), "invalid", None),
        (send_message(&json!({"client_id": ""})), "invalid", Some("client_id")),
        (send_message(&json!({"client_id": "k".repeat(129)})), "invalid", Some("client_id")),
        (send_message(&json!({"client_id": 5})), "invalid", None),
        (send_message(&json!({"reply_to": "x"})), "invalid", Some("reply_to")),
        (send_message(&json!({"reply_to": unknown})), "invalid", Some("reply_to")),
        (send_message(&json!({"attachment_ids": ["x"]})), "invalid", Some("attachment_ids")),
        (send_message(&json!({"attachment_ids": [unknown]})), "invalid", Some("attachment_ids")),
        (send_message(&json!({"attachment_ids": vec![unknown.as_str(); 11]})), "invalid", Some("attachment_ids")),
    ];
    let mut database = app.database().await;
    let before = database.trace_of(ada.id, "nobody-").await;
    let mut socket = ada.open(0, &direct).await;
    for (frame, code, field) in cases {
        socket.send(frame.clone()).await;
        let error = socket.refused(code).await;
        if let Some(field) = field {
            assert!(error["errors"][field].is_array(), "{frame} {error}");
        }
    }
    for nonsense in [
        "",
        "x",
        "[]",
        "5",
        "null",
        "{}",
        r#"{"type":5}"#,
        r#"{"type":"shout"}"#,
        r#"{"type":"ready"}"#,
        "{\"type\":\"ping\"",
    ] {
        socket.send_text(nonsense).await;
        socket.refused("invalid").await;
    }
    assert_eq!(database.trace_of(ada.id, "nobody-").await, before);
    socket.say("fine", "fine").await;
    socket.expect("message_sent").await;
    assert_ne!(database.trace_of(ada.id, "nobody-").await, before, "the count sees what is written");
}

#[tokio::test]
async fn largest_content_is_taken_and_comes_back_whole() {
    let (ada, direct) = pair(&App::shared().await).await;
    let mut socket = ada.open(0, &direct).await;
    for content in
        ["\u{1}".repeat(16 * 1024), "é".repeat(8 * 1024), "\"\\\u{1F600}\u{202e}\u{2028}<script>&amp;".to_owned()]
    {
        socket.say(&content, &content.chars().take(3).collect::<String>().replace('\u{1}', "c")).await;
        assert_eq!(socket.messages(1).await[0]["content"], content);
    }
}

#[tokio::test]
async fn twenty_frames_in_a_row_that_mean_nothing_close_the_socket() {
    let (ada, direct) = pair(&App::shared().await).await;
    let mut patient = ada.open(0, &direct).await;
    for _ in 0..19 {
        patient.send_text("nonsense").await;
        patient.refused("invalid").await;
    }
    // A frame of a known type, good or bad, begins the count anew.
    patient.send(json!({"type": "send_message"})).await;
    patient.refused("invalid").await;
    for _ in 0..19 {
        patient.send(json!({"type": "shout"})).await;
        patient.refused("invalid").await;
    }
    patient.send_text("nonsense").await;
    assert_eq!(patient.close_code().await, 4500);
}

#[tokio::test]
async fn binary_frame_closes_the_socket() {
    let (ada, direct) = pair(&App::shared().await).await;
    let mut socket = ada.open(0, &direct).await;
    socket.send_raw(Message::binary(br#"{"type":"ping"}"#.to_vec())).await.unwrap();
    assert_eq!(socket.close_code().await, 4500);
}

#[tokio::test]
async fn frame_over_the_limit_closes_the_socket_and_one_at_the_limit_does_not() {
    let app = App::shared().await;
    let (ada, direct) = pair(&app).await;
    let mut socket = ada.open(0, &direct).await;
    let frame = |bytes: usize| {
        let empty = json!({"type": "send_message", "content": ""}).to_string();
        json!({"type": "send_message", "content": "x".repeat(bytes - empty.len())}).to_string()
    };
    socket.send_text(&frame(128 * 1024)).await;
    socket.refused("too_large").await;
    // The server may close before all of it is taken.
    let _ = socket.send_raw(Message::text(frame(128 * 1024 + 1))).await;
    assert_eq!(socket.close_code().await, 4513);
    let mut large = ada.open(1, &direct).await;
    let _ = large.send_raw(Message::text(frame(256 * 1024))).await;
    assert_eq!(large.close_code().await, 4513);
    assert_eq!(app.database().await.count_messages(&direct).await, 0);
}

#[tokio::test]
async fn text_that_is_no_utf8_closes_the_socket() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

    let (ada, direct) = pair(&App::shared().await).await;
    let mut socket = ada.open(0, &direct).await;
    let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    socket.send_raw(Message::Frame(frame)).await.unwrap();
    assert_eq!(socket.close_code().await, 1007);
}
