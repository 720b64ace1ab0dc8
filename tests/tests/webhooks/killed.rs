//! The api dies in the middle: whatever was stored comes, by way of the other one, with its own id.

use std::collections::BTreeSet;

use chat_e2e::{App, Service, Signal, Stack};

use crate::hook::{Hook, about, talk};
use crate::receiver::{Answer, shared_receiver};
use crate::webhook_options;

const SAID: usize = 60;

#[tokio::test]
async fn nothing_is_lost_when_an_api_is_killed_in_the_middle() {
    let receiver = shared_receiver();
    let options = webhook_options(&[receiver.port]).env(Service::Api, "WEBHOOK_TIMEOUT_MS", "500");
    let stack = Stack::start(options).await.expect("the stack starts");
    let app = App::of(&stack).unwrap();
    let mona = app.administrator("Mona").await;
    let (ada, _, direct) = talk(&app).await;
    let hook = Hook::make(&mona, receiver, &["chat.message_received.v1"], Answer::Status(200, "")).await;
    let mut socket = ada.open(0, &direct).await;
    for number in 0..SAID {
        socket.say("x", &format!("m-{number}")).await;
    }
    let sent: BTreeSet<String> = {
        let mut sent = BTreeSet::new();
        while sent.len() < SAID / 2 {
            sent.insert(socket.expect("message_sent").await["id"].as_str().unwrap().to_owned());
        }
        // In the middle: something is told already, something is not yet said.
        hook.take(1, |_| true).await;
        let victim = &stack.instance(Service::Api, 1).unwrap().process;
        victim.kill(Signal::SIGKILL).await.unwrap();
        while sent.len() < SAID {
            sent.insert(socket.expect("message_sent").await["id"].as_str().unwrap().to_owned());
        }
        sent
    };
    for message in &sent {
        hook.take(1, about(message)).await;
    }
    let ids: BTreeSet<_> = hook.got().iter().map(|got| got.headers["webhook-id"].clone()).collect();
    assert_eq!(ids, sent, "and nothing else");
    socket.close().await;
    stack.stop().await.expect("the stack stops");
}
