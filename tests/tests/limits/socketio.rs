//! Limits belong to the person, whatever somebody speaks through.

use chat_e2e::SocketIo;
use serde_json::json;

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
    while plain.next().await.unwrap()["code"] != "rate_limited" {}
    for number in 100..130 {
        socket.send(say(number)).await;
    }
    while socket.next().await.unwrap()["code"] != "rate_limited" {}
}
