//! Limits belong to the person, whatever somebody speaks through.

use chat_e2e::{PATIENCE, SocketIo};
use serde_json::json;
use tokio::time::timeout;

use crate::app;

#[tokio::test]
async fn socket_io_is_the_same_person() {
    let app = app().await;
    let [ada, ben] = app.users(["Ada", "Ben"]).await;
    let direct = ada.direct_with(&ben).await;
    let namespace = format!("/ws/chat/{direct}/");
    let mut socket = SocketIo::connect(&app.gateways()[0], &namespace, &json!({"token": ada.token})).await;
    while socket.next().await.unwrap()["type"] != "ready" {}
    let mut plain = ada.open(0, &direct).await;
    let say = |number| json!({"type": "send_message", "content": "x", "client_id": format!("s{number}")});
    plain.send_all((0..45).map(say)).await;
    plain.refused("rate_limited").await;
    for number in 100..130 {
        socket.send(say(number)).await;
    }
    let refused = async { while socket.next().await.unwrap()["code"] != "rate_limited" {} };
    timeout(PATIENCE, refused).await.expect("the same person is refused here, too");
}
