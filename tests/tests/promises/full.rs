//! The stream of commands is full: senders hear so, nothing is carried out later, and everything works again afterwards.

use chat_e2e::{Service, Socket, send_path};
use chat_protocol::subjects::COMMANDS_STREAM;
use serde_json::{Value, json};

use crate::{Scene, go_on, halt, said, workers};

/// As little as may be configured: four long messages do not fit.
const STREAM_BYTES: u64 = 1 << 16;
const SENT: usize = 5;

/// A text of the greatest length.
fn long(name: &str) -> String {
    format!("{name:.<16384}")
}

/// The next answer to something that was said.
async fn answer(socket: &mut Socket) -> Value {
    loop {
        let frame = socket.next().await.expect("the socket stays open");
        if frame["type"] == "message_sent" || frame["type"] == "error" {
            return frame;
        }
    }
}

#[tokio::test]
async fn what_a_full_stream_does_not_take_is_unavailable_and_not_carried_out_later() {
    let options = workers(1).env(Service::Persistence, "COMMANDS_MAX_BYTES", STREAM_BYTES.to_string()).env(
        Service::Persistence,
        "COMMANDS_KEEP_SECS",
        "1",
    );
    let scene = Scene::on(options).await;
    let mut socket = scene.ada.open(0, &scene.direct).await;
    let worker = scene.owner().await;
    halt(worker).await;
    socket.send_all((0..SENT).map(|number| said(&long(&format!("m-{number}")), Some(&format!("m-{number}"))))).await;
    // The last is refused last, about five seconds after it was said.
    let mut refused = vec![socket.refused("unavailable").await["client_id"].clone()];
    while refused.last() != Some(&json!(format!("m-{}", SENT - 1))) {
        refused.push(socket.refused("unavailable").await["client_id"].clone());
    }
    let taken = SENT - refused.len();
    assert!(taken > 0, "the first fits");
    assert_eq!(refused, (taken..SENT).map(|number| json!(format!("m-{number}"))).collect::<Vec<_>>());
    let rest = scene.ada.post(&send_path(&scene.direct), json!({"content": long("by REST"), "client_id": "r"})).await;
    let rest = rest.refused(503, "unavailable");
    assert!(rest.headers.contains_key("retry-after") && rest.body["outcome"].is_null(), "{}", rest.body);
    let writer = scene.app.writer().await;
    let stream = writer.bus.jetstream().get_stream(COMMANDS_STREAM).await.unwrap();
    let bytes = stream.cached_info().state.bytes;
    assert!(bytes + 16384 > STREAM_BYTES, "{bytes}");

    go_on(worker).await;
    for number in 0..taken {
        let sent = socket.expect("message_sent").await;
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(format!("m-{number}")), &json!(number + 2)));
    }
    // As soon as what was stored is forgotten there is room again.
    for number in taken..SENT {
        let name = format!("m-{number}");
        let sent = loop {
            socket.send(said(&long(&name), Some(&name))).await;
            let answer = answer(&mut socket).await;
            if answer["type"] == "message_sent" {
                break answer;
            }
            assert_eq!(answer["code"], "unavailable", "{answer}");
        };
        assert_eq!((&sent["client_id"], &sent["seq"]), (&json!(name), &json!(number + 2)));
    }
    for content in (0..SENT).map(|number| long(&format!("m-{number}"))) {
        assert_eq!(scene.count_content(&content).await, 1);
    }
    assert_eq!(scene.count_content(&long("by REST")).await, 0);
    scene.strike().await;
}
